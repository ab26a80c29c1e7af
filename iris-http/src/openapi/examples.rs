//! Requests that the served model answers, to begin with.

use iris_core::Feature;
use iris_serving::{INPUT, Model};
use serde_json::{Map, Value, json};

use crate::example::example_row;

/// One row in every form that a route takes it in.
pub(super) struct Examples {
    /// By name.
    pub(super) features: Value,
    /// As a list.
    pub(super) row: Value,
    pub(super) instances: Value,
    pub(super) infer: Value,
    pub(super) csv: String,
}

impl Examples {
    pub(super) fn of(model: &Model) -> Self {
        let row = example_row(model.schema());
        let named = model.schema().features().iter().map(Feature::name).zip(&row);
        let features: Map<String, Value> =
            named.map(|(name, value)| (name.to_owned(), json!(value))).collect();
        let shape = [1, row.len()];
        let fields: Vec<String> = row.iter().map(f64::to_string).collect();
        Self {
            instances: json!({ "instances": [features, row] }),
            infer: json!({
                "inputs": [{ "name": INPUT, "datatype": "FP64", "shape": shape, "data": row }],
            }),
            csv: fields.join(",") + "\n",
            features: features.into(),
            row: json!(row),
        }
    }
}
