//! The headers that requests and answers have in common.

use serde_json::{Value, json};

/// Of an answer, by their names in the document and in HTTP.
pub(super) const JSON_LENGTH: (&str, &str) = ("JsonLength", "Inference-Header-Content-Length");
pub(super) const MODEL: (&str, &str) = ("Model", "iris-model");
pub(super) const READ_CODINGS: (&str, &str) = ("ReadCodings", "Accept-Encoding");
pub(super) const RETRY_AFTER: (&str, &str) = ("RetryAfter", "Retry-After");
pub(super) const SERVER_TIMING: (&str, &str) = ("ServerTiming", "Server-Timing");
pub(super) const WANTED_KEY: (&str, &str) = ("WantedKey", "WWW-Authenticate");

/// What requests may say, by the names that operations refer to.
pub(super) fn parameters() -> Value {
    json!({
        "JsonLength": {
            "name": JSON_LENGTH.1,
            "in": "header",
            "description": "Bytes of the JSON, where binary tensors follow",
            "schema": { "type": "integer", "minimum": 0 },
        },
        "Traceparent": {
            "name": "traceparent",
            "in": "header",
            "description": "The trace that the request belongs to, as W3C's Trace Context has it",
            "schema": { "type": "string", "pattern": "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$" },
        },
        "Tracestate": {
            "name": "tracestate",
            "in": "header",
            "description": "What others have to say of that trace; passed on",
            "schema": { "type": "string" },
        },
    })
}

/// What answers may say, by the names that they refer to.
pub(super) fn headers() -> Value {
    json!({
        JSON_LENGTH.0: {
            "description": "Bytes of the JSON, where binary tensors follow",
            "schema": { "type": "integer", "minimum": 0 },
        },
        MODEL.0: {
            "description": "The model and the version that answered, with a slash between",
            "schema": { "type": "string" },
        },
        READ_CODINGS.0: {
            "description": "The content encodings that are read, where the body has another",
            "schema": { "type": "string" },
        },
        RETRY_AFTER.0: {
            "description": "Seconds after which to ask again",
            "schema": { "type": "integer", "minimum": 0 },
        },
        SERVER_TIMING.0: {
            "description": "Milliseconds that each stage took, and the trace's traceparent",
            "schema": { "type": "string" },
        },
        WANTED_KEY.0: {
            "description": "How a key is shown",
            "schema": { "type": "string" },
        },
    })
}
