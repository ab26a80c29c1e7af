//! The live page: what a browser is shown at `/`, and the routes that it asks.
//!
//! The document is the same for everybody and holds nothing of the server's, so
//! that it is there without a key; what it shows it asks for, with one.

mod document;
mod models;
mod reason;
mod stats;
mod traces;

use std::num::NonZeroUsize;

use crate::HttpService;
use crate::media_type::Accept;
use axum::extract::{Request, State};
use axum::response::Response;
use http::HeaderMap;
pub(crate) use models::{described, models};
pub(crate) use stats::{Looks, stats};
pub(crate) use traces::traces;

/// What the live page says of the process around it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Page {
    workers: Option<NonZeroUsize>,
    grpc_port: Option<u16>,
}

impl Page {
    /// The same where so many threads answer; otherwise as many as there are processors.
    #[must_use]
    pub fn with_workers(self, workers: NonZeroUsize) -> Self {
        Self { workers: Some(workers), ..self }
    }

    /// The same where gRPC is spoken at this port of the same host.
    #[must_use]
    pub fn with_grpc_port(self, port: u16) -> Self {
        Self { grpc_port: Some(port), ..self }
    }

    /// Processors that the server may use, and threads that answer.
    fn cores_and_workers(self) -> (usize, usize) {
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        (cores, self.workers.map_or(cores, NonZeroUsize::get))
    }
}

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
