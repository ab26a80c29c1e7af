//! What requests and answers of the Open Inference Protocol look like, as JSON Schema.

use iris_serving::{Datatype, Model};
use serde_json::{Value, json};

use super::answers;
use super::json_schema::{integers, object, schema, text};

#[expect(clippy::too_many_lines, reason = "it is a list, a schema an entry")]
pub(super) fn schemas(served: &Model) -> Value {
    let has_texts = served.schema().has_categories();
    json!({
        "Server": object(
            json!({ "name": text(), "version": text(), "extensions": { "type": "array", "items": text() } }),
            &["name", "version", "extensions"],
        ),
        "Live": object(json!({ "live": { "type": "boolean" } }), &["live"]),
        "Ready": object(json!({ "ready": { "type": "boolean" } }), &["ready"]),
        "ModelReady": object(json!({ "name": text(), "ready": { "type": "boolean" } }), &["name", "ready"]),
        "ModelMetadata": object(
            json!({
                "name": text(),
                "versions": { "type": "array", "items": text() },
                "platform": text(),
                "inputs": { "type": "array", "items": schema("TensorMetadata") },
                "outputs": { "type": "array", "items": schema("TensorMetadata") },
            }),
            &["name", "versions", "platform", "inputs", "outputs"],
        ),
        "TensorMetadata": object(
            json!({ "name": text(), "datatype": datatypes(), "shape": integers(-1) }),
            &["name", "datatype", "shape"],
        ),
        "ModelConfig": object(
            json!({
                "name": text(),
                "platform": text(),
                "backend": text(),
                "max_batch_size": { "type": "integer" },
                "input": { "type": "array", "items": { "type": "object" } },
                "output": { "type": "array", "items": { "type": "object" } },
            }),
            &["name", "platform", "backend", "max_batch_size", "input", "output"],
        ),
        "Statistics": object(
            json!({ "model_stats": { "type": "array", "items": schema("ModelStatistics") } }),
            &["model_stats"],
        ),
        "ModelStatistics": object(
            json!({
                "name": text(),
                "version": text(),
                "last_inference": { "type": "integer", "description": "Milliseconds since 1970" },
                "inference_count": { "type": "integer", "description": "Rows answered" },
                "execution_count": { "type": "integer", "description": "Requests answered" },
                "inference_stats": {
                    "type": "object",
                    "description": "How many, and how long together",
                    "additionalProperties": object(
                        json!({ "count": { "type": "integer" }, "ns": { "type": "integer" } }),
                        &["count", "ns"],
                    ),
                },
                "batch_stats": { "type": "array" },
            }),
            &["name", "version", "last_inference", "inference_count", "execution_count", "inference_stats"],
        ),
        "IndexRequest": object(json!({ "ready": { "type": ["boolean", "null"] } }), &[]),
        "Index": {
            "type": "array",
            "items": object(
                json!({ "name": text(), "version": text(), "state": { "enum": ["READY", "UNAVAILABLE"] }, "reason": text() }),
                &["name", "version", "state", "reason"],
            ),
        },
        "InferRequest": object(
            json!({
                "id": { "type": ["string", "null"], "description": "Comes back with the answer" },
                "inputs": {
                    "type": "array",
                    "items": schema("InputTensor"),
                    "minItems": 1,
                    "description": "One tensor of all features, or one for each by its name",
                },
                "outputs": { "type": ["array", "null"], "items": schema("RequestedOutput") },
                "parameters": {
                    "type": ["object", "null"],
                    "properties": { "binary_data_output": { "type": ["boolean", "null"] } },
                },
            }),
            &["inputs"],
        ),
        "InputTensor": object(
            json!({
                "name": text(),
                "shape": integers(1),
                "datatype": if has_texts { datatypes() } else { numeric_datatypes() },
                "data": {
                    "type": "array",
                    "description": if has_texts {
                        "Numbers or, of BYTES, strings, flat or nested, row-major"
                    } else {
                        "Numbers, flat or nested, row-major"
                    },
                },
                "parameters": {
                    "type": ["object", "null"],
                    "properties": { "binary_data_size": { "type": ["integer", "null"], "minimum": 0 } },
                },
            }),
            &["name", "shape", "datatype"],
        ),
        "RequestedOutput": object(
            json!({
                "name": { "enum": answers::output_names(served) },
                "parameters": {
                    "type": ["object", "null"],
                    "properties": { "binary_data": { "type": ["boolean", "null"] } },
                },
            }),
            &["name"],
        ),
        "InferAnswer": object(
            json!({
                "model_name": text(),
                "model_version": text(),
                "id": text(),
                "outputs": { "type": "array", "items": schema("OutputTensor") },
            }),
            &["model_name", "model_version", "outputs"],
        ),
        "OutputTensor": answers::output_tensor(served),
        "OutputParameters": object(
            json!({ "binary_data_size": { "type": "integer", "minimum": 0 } }),
            &["binary_data_size"],
        ),
    })
}

fn datatypes() -> Value {
    json!({ "enum": Datatype::ALL.map(Datatype::name) })
}

fn numeric_datatypes() -> Value {
    let numeric = Datatype::ALL.into_iter().filter(|datatype| datatype.size().is_some());
    json!({ "enum": numeric.map(Datatype::name).collect::<Vec<_>>() })
}
