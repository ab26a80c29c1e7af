//! Values of ours as JSON.

use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue};
use serde::Serialize;

use crate::content::Content;

/// The content type of every answer but plain text.
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Bytes of the JSON before the binary tensors, in a request as in an answer.
pub(crate) const JSON_LEN: HeaderName = HeaderName::from_static("inference-header-content-length");

/// None of our values can fail to be written.
pub(crate) fn to_json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("strings and finite numbers always serialise")
}

/// A response of status 200 with this JSON.
pub(crate) fn json_response(json: impl Into<Content>) -> http::Response<Content> {
    let mut response = http::Response::new(json.into());
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}

/// An answer with status 200.
pub(crate) fn answer(value: &impl Serialize) -> Response {
    ([(CONTENT_TYPE, JSON)], to_json(value)).into_response()
}
