//! Values of ours as JSON.

use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use serde::Serialize;

/// The content type of every answer but plain text.
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// None of our values can fail to be written.
pub(crate) fn to_json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("strings and finite numbers always serialise")
}

/// An answer with status 200.
pub(crate) fn answer(value: &impl Serialize) -> Response {
    ([(CONTENT_TYPE, JSON)], to_json(value)).into_response()
}
