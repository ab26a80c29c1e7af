//! The Open Inference Protocol, version 2, with the extensions that Triton's
//! clients use: binary tensors, the model's configuration, statistics, and the
//! repository's index.

mod elements;
pub(crate) mod infer;
mod model;
pub(crate) mod request;

use axum::extract::{FromRequestParts, Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use http::StatusCode;
use http::request::Parts;
use iris_serving::{IndexEntry, Model, Refusal, SERVER, Snapshot, extensions};
use iris_telemetry::Endpoint;
use serde::Deserialize;
use serde_json::json;

use crate::respond::{recorded, respond};
use crate::router::{only_get, only_post};
use crate::v1::names;
use crate::{Failure, HttpService, Style, body, json};
use infer::Infer;
use request::JSON_LEN;

pub(crate) static INFER: Endpoint = Endpoint::http("POST", "/v2/models/{model}/infer");
static INFER_VERSION: Endpoint = Endpoint::http("POST", "/v2/models/{model}/versions/{version}/infer");

/// Every route under `/v2`.
pub(crate) fn routes() -> axum::Router<HttpService> {
    let read = |route: MethodRouter<HttpService>| route.fallback(only_get);
    let write = |route: MethodRouter<HttpService>| route.fallback(only_post);
    let mut router = axum::Router::new()
        .route("/v2", read(get(server)))
        .route("/v2/", read(get(server)))
        .route("/v2/health/live", read(get(live)))
        .route("/v2/health/ready", read(get(ready)))
        .route("/v2/models", read(get(models)))
        .route("/v2/models/stats", read(get(model::all_statistics)))
        .route("/v2/repository/index", write(post(index)))
        .route("/v2/repository/models/{model}/load", write(post(load)))
        .route("/v2/repository/models/{model}/unload", write(post(unload)));
    for prefix in ["/v2/models/{model}", "/v2/models/{model}/versions/{version}"] {
        router = router
            .route(prefix, read(get(model::metadata)))
            .route(&format!("{prefix}/ready"), read(get(model::ready)))
            .route(&format!("{prefix}/config"), read(get(model::config)))
            .route(&format!("{prefix}/stats"), read(get(model::statistics)))
            .route(&format!("{prefix}/infer"), write(post(infer)));
    }
    router
}

/// The model, and the version of it, that a path names.
#[derive(Debug, Deserialize)]
pub(crate) struct ModelPath {
    pub(crate) model: String,
    pub(crate) version: Option<String>,
}

impl FromRequestParts<HttpService> for ModelPath {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, service: &HttpService) -> Result<Self, Refused> {
        let path = Path::from_request_parts(parts, service).await;
        let Path(path) = path.map_err(|error| Failure::wrong(error.body_text()))?;
        Ok(path)
    }
}

impl ModelPath {
    /// The model; 404 if there is none such.
    pub(crate) fn find<'s>(&self, snapshot: &'s Snapshot) -> Result<&'s Model, Refused> {
        Ok(snapshot.find(&self.model, self.version.as_deref()).map_err(Failure::from)?)
    }
}

/// A failure as the protocol writes it.
pub(crate) struct Refused(Failure);

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self(failure)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        self.0.into_response(Style::Error).map(axum::body::Body::new)
    }
}

async fn infer(State(service): State<HttpService>, path: ModelPath, request: Request) -> Response {
    let endpoint = if path.version.is_some() { &INFER_VERSION } else { &INFER };
    // What the body is follows from it and a header of the protocol's own.
    let response = respond(
        &service,
        request,
        endpoint,
        |_| Ok(()),
        |catalog, origin, parts, body| {
            let target = (path.model.as_str(), path.version.as_deref());
            catalog.answer(origin, Infer::new(target, parts.headers.get(JSON_LEN), body))
        },
    );
    recorded(response.await)
}

async fn server(State(service): State<HttpService>) -> Response {
    json::answer(&json!({
        "name": SERVER,
        "version": env!("CARGO_PKG_VERSION"),
        "extensions": extensions(service.telemetry().is_some()),
    }))
}

async fn live() -> Response {
    json::answer(&json!({ "live": true }))
}

async fn ready(State(service): State<HttpService>) -> Response {
    let ready = service.catalog().readiness().is_ready();
    (status_if(ready), json::answer(&json!({ "ready": ready }))).into_response()
}

/// 200 where traffic is wanted.
fn status_if(ready: bool) -> StatusCode {
    if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}

async fn models(State(service): State<HttpService>) -> Response {
    json::answer(&json!({ "models": names(&service) }))
}

/// Which models to list.
#[derive(Deserialize)]
struct IndexRequest {
    ready: Option<bool>,
}

async fn index(State(service): State<HttpService>, request: Request) -> Result<Response, Refused> {
    let (parts, body) = request.into_parts();
    let body = body::read(&service, &parts.headers, body).await?;
    let body = if body.trim_ascii().is_empty() { b"{}" } else { body.as_ref() };
    let asked: IndexRequest = serde_json::from_slice(body)
        .map_err(|error| Failure::wrong(format!("expected nothing, or {{\"ready\": true}}: {error}")))?;
    let entries = service.catalog().index(asked.ready == Some(true));
    let entries = entries.iter().map(|IndexEntry { name, version, state, reason }| {
        json!({ "name": name, "version": version, "state": state, "reason": reason })
    });
    Ok(json::answer(&entries.collect::<Vec<_>>()))
}

async fn load(path: ModelPath) -> Refused {
    Failure::from(Refusal::fixed_models(&path.model, "loaded")).into()
}

async fn unload(path: ModelPath) -> Refused {
    Failure::from(Refusal::fixed_models(&path.model, "unloaded")).into()
}
