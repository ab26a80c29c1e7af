//! The live page: what a browser is shown at `/`, and the routes that it asks.
//!
//! The document is the same for everybody and holds nothing of the server's, so
//! that it is there without a key; what it shows it asks for, with one.

mod document;
mod models;
mod reason;
mod stats;
mod traces;

use crate::HttpService;
use crate::media_type::Accept;
use axum::extract::{Request, State};
use axum::response::Response;
use http::HeaderMap;
pub(crate) use models::models;
pub(crate) use stats::stats;
pub(crate) use traces::traces;

/// `GET /`: the page for who would rather have one, and the welcome for all others.
pub(crate) async fn welcome(State(service): State<HttpService>, request: Request) -> Response {
    if is_wanted(&service, request.headers()) {
        document::answer(request.headers())
    } else {
        service.now().welcome()
    }
}

/// Whether a request to `/` is answered with the page.
pub(crate) fn is_wanted(service: &HttpService, headers: &HeaderMap) -> bool {
    const JSON: &str = "application/json";
    service.page().is_some() && Accept::of(headers).choose(&[JSON, document::HTML]) == Some(document::HTML)
}
