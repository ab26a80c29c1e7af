//! `/openapi.json`: every route described, for people and for generators of
//! clients. What depends on the model, its task, features and labels, is filled in.

mod answers;
mod examples;
mod features;
mod json_schema;
mod operation;
mod paths;
mod schemas;
#[cfg(test)]
mod tests;

use iris_core::Task;
use iris_serving::Model;
use serde_json::{Value, json};

/// The document, as OpenAPI 3.1 has it.
pub(crate) fn document(served: &Model) -> Value {
    let title = format!("{} predictor", served.name());
    let taken = if served.schema().has_categories() { "values" } else { "numbers" };
    let (kind, given) = match served.schema().task() {
        Task::Classify { .. } => ("classifier", "a label and probabilities"),
        Task::Regress { .. } => ("regressor", "a value"),
    };
    let says = format!("Named {taken} in, {given} out");
    let description = served.schema().description().map_or_else(|| format!("A {kind}."), str::to_owned);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": title,
            "version": env!("CARGO_PKG_VERSION"),
            "description": description,
            "license": { "name": env!("CARGO_PKG_LICENSE") },
        },
        "tags": [
            { "name": "service", "description": says },
            { "name": "operations", "description": "Probes and metrics" },
            { "name": "v2", "description": "The Open Inference Protocol, as Triton and KServe speak it" },
            { "name": "v1", "description": "The protocol before it, of TensorFlow Serving" },
            { "name": "platforms", "description": "SageMaker" },
        ],
        "paths": paths::paths(served),
        "components": { "schemas": schemas::schemas(served) },
    })
}
