//! What a model's answers look like, by its task.

use iris_core::{Label, Labels, Schema, Task};
use iris_serving::{Datatype, Model, TensorMetadata};
use serde_json::{Map, Value, json};

use super::json_schema::{object, schema, text};

/// Names that other servers and converters give outputs of ours.
const ALIASES: [(&str, &str); 5] = [
    ("output-0", "predict"),
    ("label", "predict"),
    ("output_label", "predict"),
    ("probabilities", "predict_proba"),
    ("output_probability", "predict_proba"),
];

/// One row's answer at `/predict`.
pub(super) fn prediction(served: &Model) -> Value {
    let (mut properties, mut required) = match served.schema().task() {
        Task::Classify { labels, has_probabilities } => {
            let mut properties = class(labels, *has_probabilities);
            let mut required = vec!["predicted_species", "prediction_probability", "probabilities"];
            if !served.is_of_flowers() {
                properties.insert("label".to_owned(), label(labels));
                required.insert(0, "label");
            }
            (properties, required)
        }
        Task::Regress { n_targets } => {
            let name = if *n_targets == 1 { "value" } else { "values" };
            (Map::from_iter([(name.to_owned(), value(*n_targets))]), vec![name])
        }
    };
    for name in ["model", "version"] {
        properties.insert(name.to_owned(), text());
        required.push(name);
    }
    if served.schema().contributions().is_ok() {
        properties.insert("contributions".to_owned(), contributions(served.schema()));
    }
    object(properties.into(), &required)
}

/// What each feature contributes, if that is asked for: an object for each output.
fn contributions(of: &Schema) -> Value {
    let number = json!({ "type": "number" });
    let names: Vec<&str> = of.features().iter().map(iris_core::Feature::name).collect();
    let each: Map<String, Value> = names.iter().map(|name| ((*name).to_owned(), number.clone())).collect();
    let features = object(each.into(), &names);
    let mut properties =
        Map::from_iter([("expected_value".to_owned(), number), ("features".to_owned(), features)]);
    if let Task::Classify { labels, .. } = of.task() {
        properties.insert("label".to_owned(), label(labels));
    }
    let n_outputs = of.contributions().unwrap_or_default();
    let items = object(properties.into(), &["expected_value", "features"]);
    json!({ "type": "array", "items": items, "minItems": n_outputs, "maxItems": n_outputs })
}

fn class(labels: &Labels, has_probabilities: bool) -> Map<String, Value> {
    let none = json!({ "type": "null", "description": "This model gives scores only" });
    let one = json!({ "type": "number", "minimum": 0, "maximum": 1 });
    let each = || {
        let names: Vec<String> = labels.iter().map(|label| label.to_string()).collect();
        let properties: Map<String, Value> = names.iter().map(|name| (name.clone(), one.clone())).collect();
        json!({ "type": "object", "properties": properties, "required": names })
    };
    let probabilities = if has_probabilities { each() } else { none.clone() };
    Map::from_iter([
        ("predicted_species".to_owned(), label(labels)),
        ("prediction_probability".to_owned(), if has_probabilities { one } else { none }),
        ("probabilities".to_owned(), probabilities),
    ])
}

/// What a row comes to where nothing stands beside it: its label, its value, or its values.
pub(super) fn plain(schema: &Schema) -> Value {
    match schema.task() {
        Task::Classify { labels, .. } => label(labels),
        Task::Regress { n_targets } => value(*n_targets),
    }
}

fn label(labels: &Labels) -> Value {
    json!({ "enum": labels.iter().collect::<Vec<Label<'_>>>() })
}

fn value(n_targets: usize) -> Value {
    match n_targets {
        1 => json!({ "type": "number" }),
        n => json!({ "type": "array", "items": { "type": "number" }, "minItems": n, "maxItems": n }),
    }
}

/// Every name of an output that this model may be asked for.
pub(super) fn output_names(served: &Model) -> Value {
    let outputs = served.metadata().outputs;
    outputs.iter().flat_map(|output| names(output.name)).collect()
}

/// One output tensor of an answer: any of those that the model has.
pub(super) fn output_tensor(served: &Model) -> Value {
    let outputs = served.metadata().outputs;
    json!({ "anyOf": outputs.iter().map(tensor).collect::<Vec<_>>() })
}

fn tensor(TensorMetadata { name, datatype, shape }: &TensorMetadata<'static>) -> Value {
    let dimension = |size: &i64| match size {
        -1 => json!({ "type": "integer", "minimum": 1 }),
        size => json!({ "const": size }),
    };
    let dimensions: Vec<Value> = shape.iter().map(dimension).collect();
    let n = dimensions.len();
    let element = match datatype {
        Datatype::Bytes => "string",
        Datatype::Int64 => "integer",
        Datatype::Bool => "boolean",
        _ => "number",
    };
    let properties = json!({
        "name": { "enum": names(name).collect::<Vec<_>>() },
        "datatype": { "const": datatype.name() },
        "shape": { "type": "array", "prefixItems": dimensions, "minItems": n, "maxItems": n },
        "data": {
            "type": "array",
            "items": { "type": element },
            "description": "Row-major; not there if it stands behind the JSON",
        },
        "parameters": schema("OutputParameters"),
    });
    object(properties, &["name", "shape", "datatype"])
}

/// The output's own name, and the others that it is known by.
fn names(output: &'static str) -> impl Iterator<Item = &'static str> {
    let others = ALIASES.into_iter().filter(move |(_, of)| *of == output);
    std::iter::once(output).chain(others.map(|(alias, _)| alias))
}
