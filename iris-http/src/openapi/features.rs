//! What a row looks like, as JSON Schema: by name, and as a list.

use iris_core::{Categories, ColumnKind, Feature, Schema, Statistics};
use serde_json::{Map, Value, json};

use super::json_schema::object;
use crate::example::rounded_mean;

/// Texts that are listed of a column that takes others as well.
const N_EXAMPLES: usize = 8;

/// One row as an object, with what the model's file says of each feature and the cells of an example.
pub(super) fn features(model: &Schema, example: &[Value]) -> Value {
    let mut properties = Map::new();
    for (feature, cell) in model.features().iter().zip(example) {
        let mut described = described(model, feature);
        if described.get("enum").is_none() && described.get("examples").is_none() && !cell.is_null() {
            described["examples"] = json!([cell]);
        }
        properties.insert(feature.name().to_owned(), described);
    }
    let is_required = |feature: &&Feature| !matches!(feature.kind(), ColumnKind::Ignored);
    let required: Vec<&str> = model.features().iter().filter(is_required).map(Feature::name).collect();
    object(properties.into(), &required)
}

/// One row as a list.
pub(super) fn row(model: &Schema) -> Value {
    let n = model.n_features();
    if model.has_categories() {
        let items: Vec<Value> = model.features().iter().map(|feature| value(model, feature)).collect();
        return json!({ "type": "array", "prefixItems": items, "minItems": n, "maxItems": n });
    }
    let is_nullable = model.accepts_missing();
    json!({ "type": "array", "items": { "type": types(&["number"], is_nullable) }, "minItems": n, "maxItems": n })
}

fn described(model: &Schema, feature: &Feature) -> Value {
    let mut property = value(model, feature);
    if matches!(feature.kind(), ColumnKind::Ignored) {
        property["description"] = "The model does not look at it".into();
    }
    let unit = feature.unit().map(|unit| format!("In {unit}"));
    let seen = feature.statistics().map(|statistics| {
        let (Statistics { min, max, .. }, mean) = (statistics, rounded_mean(statistics));
        format!("From {min} to {max} in the training data, {mean} on average")
    });
    let says: Vec<String> = unit.into_iter().chain(seen).collect();
    if !says.is_empty() {
        property["description"] = says.join(". ").into();
    }
    // For programs, in members of our own: what is beyond what was seen is answered as well, so that
    // it is no `minimum` and no `maximum`.
    if let Some(unit) = feature.unit() {
        property["x-unit"] = unit.into();
    }
    if let Some(Statistics { min, max, mean, std }) = feature.statistics() {
        property["x-training-data"] = json!({ "min": min, "max": max, "mean": mean, "std": std });
    }
    property
}

/// What one column takes. Truth values stand beside texts in tables, so a model
/// of such takes them as numbers.
fn value(model: &Schema, feature: &Feature) -> Value {
    let is_nullable = feature.accepts_missing();
    match feature.kind() {
        ColumnKind::Category(categories) => text(categories, is_nullable),
        ColumnKind::Text => json!({ "type": "string" }),
        ColumnKind::Ignored => json!({}),
        _ if model.has_categories() => json!({ "type": types(&["number", "boolean"], is_nullable) }),
        _ => json!({ "type": types(&["number"], is_nullable) }),
    }
}

/// All texts that there are, or some of them where others are taken as well.
fn text(categories: &Categories, is_nullable: bool) -> Value {
    let r#type = types(&["string"], is_nullable);
    let texts = categories.texts();
    if categories.accepts_unknown() {
        return json!({ "type": r#type, "examples": &texts[..texts.len().min(N_EXAMPLES)] });
    }
    let missing = is_nullable.then_some(Value::Null);
    let all: Vec<Value> = texts.iter().map(|text| json!(text)).chain(missing).collect();
    json!({ "type": r#type, "enum": all })
}

/// One type by its name, or several as a list.
fn types(names: &[&str], is_nullable: bool) -> Value {
    let all: Vec<&str> = names.iter().copied().chain(is_nullable.then_some("null")).collect();
    match all[..] {
        [only] => json!(only),
        _ => json!(all),
    }
}
