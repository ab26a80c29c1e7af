//! What requests and answers look like, as JSON Schema; those of version 2 of the protocol have a file of their own.

use iris_serving::Model;
use serde_json::{Value, json};

use super::answers;
use super::examples::Examples;
use super::features::{features, row};
use super::json_schema::{object, schema, text};

pub(super) fn schemas(served: &Model, examples: &Examples) -> Value {
    let model = served.schema();
    json!({
        "Features": features(model, &examples.row),
        "Row": { "anyOf": [schema("Features"), row(model)] },
        "Rows": { "type": "array", "items": schema("Row"), "minItems": 1, "maxItems": served.max_rows() },
        "Instances": object(json!({ "instances": schema("Rows") }), &["instances"]),
        "DataframeSplit": object(
            json!({ "dataframe_split": object(
                json!({
                    "columns": { "type": "array", "items": text(), "description": "In any order; without it, the model's" },
                    "data": { "type": "array", "items": { "type": "array" } },
                }),
                &["data"],
            ) }),
            &["dataframe_split"],
        ),
        "DataframeRecords": object(json!({ "dataframe_records": schema("Rows") }), &["dataframe_records"]),
        "Inputs": object(
            json!({ "inputs": { "anyOf": [schema("Rows"), {
                "type": "object",
                "description": "Columns by their names",
                "additionalProperties": { "type": "array" },
            }] } }),
            &["inputs"],
        ),
        "Prediction": answers::prediction(served),
        "Predictions": { "type": "array", "items": schema("Prediction") },
        "InstancePredictions": object(json!({ "predictions": schema("Predictions") }), &["predictions"]),
        "PredictionsV1": object(
            json!({ "predictions": { "type": "array", "items": answers::plain(model) } }),
            &["predictions"],
        ),
        "Welcome": object(
            json!({ "message": text(), "version": text(), "status": { "const": "running" } }),
            &["message", "version", "status"],
        ),
        "Health": object(
            json!({
                "status": { "const": "healthy" },
                "timestamp": { "type": "number", "description": "Seconds since 1970" },
                "model_loaded": { "type": "boolean" },
                "model_test_time": { "type": "number", "description": "Seconds that a test prediction took" },
            }),
            &["status", "timestamp", "model_loaded", "model_test_time"],
        ),
        "Detail": object(
            json!({ "detail": { "anyOf": [text(), { "type": "array", "items": schema("Mistake") }] } }),
            &["detail"],
        ),
        "Mistake": object(
            json!({
                "loc": { "type": "array", "items": { "type": ["string", "integer"] } },
                "msg": text(),
                "type": text(),
            }),
            &["loc", "msg", "type"],
        ),
        "Problem": object(
            json!({
                "type": text(),
                "title": text(),
                "status": { "type": "integer" },
                "detail": text(),
                "errors": { "type": "array", "items": schema("Mistake") },
            }),
            &["type", "title", "status", "detail"],
        ),
        "Error": object(json!({ "error": text() }), &["error"]),
        "Models": object(json!({ "models": { "type": "array", "items": text() } }), &["models"]),
        "LoadRequest": object(
            json!({ "parameters": {
                "type": "object",
                "description": "`file:PATH` with a file's content in base64, in the place of what is in the models' folder",
            } }),
            &[],
        ),
        "AddRequest": object(json!({ "model_name": text(), "url": text() }), &["model_name", "url"]),
        "AliasChanges": {
            "type": "object",
            "description": "Versions by alias; null takes an alias away",
            "additionalProperties": { "type": ["string", "null"] },
        },
        "ModelStatus": object(
            json!({
                "name": text(),
                "ready": { "type": "boolean" },
                "model_version_status": { "type": "array", "items": { "type": "object" } },
            }),
            &["name", "ready", "model_version_status"],
        ),
    })
}
