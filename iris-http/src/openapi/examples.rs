//! Requests that the served model answers, to begin with.

use csv::Writer;
use iris_core::{ColumnKind, Feature};
use iris_serving::{INPUT, Model};
use serde_json::{Map, Value, json};

use crate::example::{cells, example_row};

/// One row in every form that a route takes it in.
pub(super) struct Examples {
    /// By name.
    pub(super) features: Value,
    /// As a list.
    pub(super) row: Vec<Value>,
    pub(super) instances: Value,
    /// The names of all columns.
    columns: Value,
    pub(super) infer: Value,
    pub(super) csv: String,
}

impl Examples {
    pub(super) fn of(model: &Model) -> Self {
        let schema = model.schema();
        let row = cells(schema, &example_row(model.predictor()));
        let named = || schema.features().iter().zip(&row).filter(|(feature, _)| is_looked_at(feature));
        let features: Map<String, Value> =
            named().map(|(feature, value)| (feature.name().to_owned(), value.clone())).collect();
        let inputs = if schema.has_categories() {
            named().map(|(feature, value)| column(feature, value)).collect()
        } else {
            let shape = [1, row.len()];
            json!([{ "name": INPUT, "datatype": "FP64", "shape": shape, "data": row }])
        };
        Self {
            columns: schema.features().iter().map(Feature::name).collect(),
            instances: json!({ "instances": [features, row] }),
            infer: json!({ "inputs": inputs }),
            csv: line(&row),
            features: features.into(),
            row,
        }
    }

    /// A row, and a list of rows, as `/predict` takes them.
    pub(super) fn own(&self) -> Map<String, Value> {
        let Self { features, row, instances, .. } = self;
        named([
            ("one", "One row", features.clone()),
            ("list", "A list of rows", json!([features, row])),
            ("instances", "The same under a name", instances.clone()),
        ])
    }

    /// The same as `MLflow`'s clients write them.
    pub(super) fn frames(&self) -> Map<String, Value> {
        let Self { features, row, columns, .. } = self;
        let split = json!({ "columns": columns, "data": [row] });
        named([
            ("dataframe_split", "A frame split into columns and data", json!({ "dataframe_split": split })),
            ("dataframe_records", "A frame as records", json!({ "dataframe_records": [features] })),
            ("inputs", "Rows as lists", json!({ "inputs": [row] })),
        ])
    }
}

/// Examples by their names, each with a summary.
fn named<const N: usize>(examples: [(&str, &str, Value); N]) -> Map<String, Value> {
    let example = |(name, summary, value): (&str, &str, Value)| {
        (name.to_owned(), json!({ "summary": summary, "value": value }))
    };
    examples.into_iter().map(example).collect()
}

fn is_looked_at(feature: &Feature) -> bool {
    !matches!(feature.kind(), ColumnKind::Ignored)
}

/// A tensor of one feature.
fn column(feature: &Feature, value: &Value) -> Value {
    let datatype = if feature.holds_texts() { "BYTES" } else { "FP64" };
    json!({ "name": feature.name(), "datatype": datatype, "shape": [1], "data": [value] })
}

/// A line of CSV, in which a field is empty where there is nothing.
fn line(row: &[Value]) -> String {
    let field = |value: &Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        // As a float prints: 5, where JSON has 5.0.
        value => value.as_f64().map_or_else(String::new, |number| number.to_string()),
    };
    let mut line = Writer::from_writer(Vec::new());
    // Writing to memory cannot fail.
    let _ = line.write_record(row.iter().map(field));
    String::from_utf8(line.into_inner().unwrap_or_default()).unwrap_or_default()
}
