//! `/openapi.json`: every route described, for people and for generators of
//! clients. What depends on the model, its task, features and labels, is filled in.

mod answers;
mod door;
mod examples;
mod features;
mod headers;
mod inference;
mod json_schema;
mod operation;
mod paths;
mod schemas;
#[cfg(test)]
mod tests;

use axum::response::Response;
use iris_core::Task;
use iris_serving::Model;
use serde_json::{Map, Value, json};

use crate::HttpService;
use door::Door;
use examples::Examples;

/// `GET /openapi.json`.
pub(crate) fn openapi(service: &HttpService) -> Response {
    service.now().openapi(|model| document(model, &Door::of(service)))
}

/// The document, as OpenAPI 3.1 has it, of a service with this door.
fn document(served: &Model, door: &Door) -> Value {
    let title = format!("{} predictor", served.name());
    let taken = if served.schema().has_categories() { "values" } else { "numbers" };
    let (kind, given) = match served.schema().task() {
        Task::Classify { .. } => ("classifier", "a label and probabilities"),
        Task::Regress { .. } => ("regressor", "a value"),
    };
    let says = format!("Named {taken} in, {given} out");
    let is_of = served.schema().description().map_or_else(|| format!("A {kind}."), str::to_owned);
    let description = format!(
        "{is_of}\n\nAnswers, beside those of the library that trained it: {}.",
        served.schema().contract()
    );
    let examples = Examples::of(served);
    let schemas = [schemas::schemas(served, &examples), inference::schemas(served)].into_iter();
    let schemas: Map<String, Value> =
        schemas.filter_map(|schemas| schemas.as_object().cloned()).flatten().collect();
    let mut components = json!({
        "schemas": schemas,
        "parameters": headers::parameters(),
        "headers": headers::headers(),
    });
    if door.has_keys {
        components["securitySchemes"] = door::security_schemes();
    }
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
            { "name": "platforms", "description": "SageMaker, MLflow and Vertex AI" },
        ],
        "paths": paths::paths(served, door, &examples),
        "components": components,
    })
}
