//! The Open Inference Protocol, version 2, with the extensions that Triton's
//! clients use: binary tensors, the model's configuration, statistics, and the
//! repository's index.

mod elements;
pub(crate) mod infer;
pub(crate) mod model;
pub(crate) mod request;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use iris_serving::IndexEntry;
use iris_telemetry::Endpoint;
use serde::Deserialize;
use serde_json::json;

use crate::access::pass;
use crate::health::status_if;
use crate::model_path::{ModelPath, OfModel, Refused};
use crate::respond::{recorded, respond};
#[cfg(feature = "server")]
use crate::routes::{Action, Route};
use crate::{Failure, HttpService, body, json, models};
use infer::Infer;

/// The route, as spans and metrics name it, for the path beside the router.
#[cfg(feature = "server")]
pub(crate) static INFER: Endpoint = Route::endpoint_of(Action::Infer);

/// Predictions for tensors.
pub(crate) async fn infer(
    service: &HttpService,
    path: ModelPath,
    request: Request,
    endpoint: &'static Endpoint,
) -> Response {
    // What the body is follows from it and a header of the protocol's own.
    let response = respond(
        service,
        request,
        endpoint,
        |_| Ok(()),
        move |catalog, origin, parts, body| {
            let target = (path.model.as_str(), path.version.as_deref());
            let infer = Infer::new(target, parts.headers.get(json::JSON_LEN), body);
            let exchange = OfModel::new(catalog, &parts.headers, infer);
            catalog.answer(origin, pass(parts).charging(exchange))
        },
    );
    recorded(response.await)
}

/// Whether the server answers.
pub(crate) async fn live() -> Response {
    json::answer(&json!({ "live": true }))
}

/// Whether traffic is wanted.
pub(crate) async fn ready(State(service): State<HttpService>) -> Response {
    let ready = service.catalog().readiness().is_ready();
    (status_if(ready), json::answer(&json!({ "ready": ready }))).into_response()
}

/// Which models to list.
#[derive(Deserialize)]
struct IndexRequest {
    ready: Option<bool>,
}

/// The models there are.
pub(crate) async fn index(State(service): State<HttpService>, request: Request) -> Result<Response, Refused> {
    let (parts, body) = request.into_parts();
    let body = body::read(&service, &parts, body).await?;
    let body = if body.trim_ascii().is_empty() { &b"{}"[..] } else { &body[..] };
    let asked: IndexRequest = serde_json::from_slice(body)
        .map_err(|error| Failure::wrong(format!("expected nothing, or {{\"ready\": true}}: {error}")))?;
    let entries = service.catalog().index(asked.ready == Some(true));
    let entries = entries.iter().map(|IndexEntry { name, version, state, reason }| {
        json!({ "name": name, "version": version, "state": state, "reason": reason })
    });
    Ok(json::answer(&entries.collect::<Vec<_>>()))
}

/// Loads a model, with its files in the request if those of the folder are not meant.
pub(crate) async fn load(
    State(service): State<HttpService>,
    path: ModelPath,
    request: Request,
) -> Result<Response, Refused> {
    let loader = models::loader(&service, &path.model, "loaded")?;
    let (parts, body) = request.into_parts();
    let body = body::read(&service, &parts, body).await?;
    let files = models::files(&body)?;
    drop(body);
    loader.load(&path.model, files).await.map_err(Failure::from)?;
    Ok(json::answer(&json!({})))
}

/// Unloads a model.
pub(crate) async fn unload(State(service): State<HttpService>, path: ModelPath) -> Result<Response, Refused> {
    let loader = models::loader(&service, &path.model, "unloaded")?;
    loader.unload(&path.model).await.map_err(Failure::from)?;
    Ok(json::answer(&json!({})))
}
