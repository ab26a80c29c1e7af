//! Pieces of JSON Schema.

use serde_json::{Value, json};

/// A reference to one of the document's schemas.
pub(super) fn schema(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// An object with these members, of which some must be there.
pub(super) fn object(properties: Value, required: &[&str]) -> Value {
    json!({ "type": "object", "properties": properties, "required": required })
}

pub(super) fn text() -> Value {
    json!({ "type": "string" })
}

pub(super) fn integers(minimum: i64) -> Value {
    json!({ "type": "array", "items": { "type": "integer", "minimum": minimum } })
}
