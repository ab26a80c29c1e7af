//! The routes.

use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::header::{CONNECTION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use iris_core::ErrorClass;
use iris_telemetry::Endpoint;
use iris_telemetry::Format;
use serde::Serialize;

use crate::failure::Style;
use crate::media_type::Accept;
use crate::observe::{Recorded, observe};
use crate::predict::{self, Predict};
use crate::respond::{check_json, recorded, respond};
use crate::unread::Unread;
use crate::{Failure, HttpService, health, json, openapi, platforms, v1, v2};

/// Every route as an [`axum::Router`].
pub fn router(service: &HttpService) -> axum::Router {
    axum::Router::new()
        .route("/predict", post(predict_route).fallback(only_post))
        .route("/", get(welcome).fallback(only_get))
        .route("/health", get(health).fallback(only_get))
        .route("/livez", get(health::livez).fallback(only_get))
        .route("/readyz", get(health::readyz).fallback(only_get))
        .route("/openapi.json", get(describe).fallback(only_get))
        .route("/metrics", get(metrics).fallback(only_get))
        .merge(v1::routes())
        .merge(v2::routes())
        .merge(platforms::routes(service.vertex_routes()))
        .fallback(not_found)
        .layer(middleware::from_fn_with_state(service.clone(), around))
        .with_state(service.clone())
}

/// What happens around every request: it is counted, its body does not stay
/// unread, and a server that is stopping asks the client to take the next one elsewhere.
async fn around(State(service): State<HttpService>, request: Request, next: Next) -> Response {
    let (request, unread) = Unread::watch(request);
    let mut response = observe(&service, request, next).await;
    if let Some(unread) = unread {
        unread.discard(&mut response).await;
    }
    if !service.catalog().readiness().is_ready() {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

async fn predict_route(State(service): State<HttpService>, request: Request) -> Response {
    predict_at(&service, request, &predict::ENDPOINT, check_json).await
}

/// Answers a request in the service's own form.
pub(crate) async fn predict_at(
    service: &HttpService,
    request: Request,
    endpoint: &'static Endpoint,
    check: impl FnOnce(&HeaderMap) -> Result<(), Failure>,
) -> Response {
    let response = respond(service, request, endpoint, check, |catalog, origin, _, body| {
        catalog.answer(origin, Predict::new(body))
    });
    recorded(response.await)
}

async fn health(State(service): State<HttpService>, request: Request) -> Response {
    let mut response = health::health(&service, &request);
    response.extensions_mut().insert(Recorded);
    response
}

#[derive(Serialize)]
struct Welcome<'a> {
    message: String,
    version: &'a str,
    status: &'static str,
}

/// `GET /`: what this is and how to use it.
async fn welcome(State(service): State<HttpService>) -> Response {
    let snapshot = service.catalog().snapshot();
    let model = snapshot.default_model();
    let features = model.schema().feature_list();
    json::answer(&Welcome {
        message: format!("This is the {} predictor. POST {features} as JSON to /predict.", model.name()),
        version: env!("CARGO_PKG_VERSION"),
        status: "running",
    })
}

/// `GET /openapi.json`: every route described.
async fn describe(State(service): State<HttpService>) -> Response {
    json::answer(&openapi::document(service.catalog().snapshot().default_model()))
}

/// `GET /metrics`: for Prometheus, as OpenMetrics if the scraper accepts it.
async fn metrics(State(service): State<HttpService>, request: Request) -> Response {
    let Some(telemetry) = service.telemetry().cloned() else {
        let reason = "nothing is recorded: telemetry is switched off";
        return refuse(request.uri().path(), request.headers(), Failure::new(ErrorClass::NotFound, reason));
    };
    let format = metrics_format(request.headers());
    // It takes a moment under load, in which this thread has requests to answer.
    match tokio::task::spawn_blocking(move || telemetry.metrics(format)).await {
        Ok(page) => ([(CONTENT_TYPE, format.content_type())], page).into_response(),
        Err(error) => {
            let reason = format!("the metrics could not be written: {error}");
            refuse(request.uri().path(), request.headers(), Failure::new(ErrorClass::Internal, reason))
        }
    }
}

/// Prometheus' own format, unless the scraper would rather have the other.
fn metrics_format(headers: &HeaderMap) -> Format {
    let [own, open] = [Format::Prometheus, Format::OpenMetrics].map(Format::content_type);
    match Accept::of(headers).choose(&[own, open]) {
        Some(chosen) if chosen == open => Format::OpenMetrics,
        _ => Format::Prometheus,
    }
}

pub(crate) async fn only_get(request: Request) -> Response {
    refuse(request.uri().path(), request.headers(), Failure::method_not_allowed("GET, HEAD"))
}

pub(crate) async fn only_post(request: Request) -> Response {
    refuse(request.uri().path(), request.headers(), Failure::method_not_allowed("POST"))
}

async fn not_found(request: Request) -> Response {
    let reason = format!("Not Found: there is no {}", request.uri().path());
    refuse(request.uri().path(), request.headers(), Failure::new(ErrorClass::NotFound, reason))
}

/// The failure in the form that the client who asked for `path` expects.
pub(crate) fn refuse(path: &str, headers: &HeaderMap, failure: Failure) -> Response {
    failure.into_response(Style::of(path, headers)).map(axum::body::Body::new)
}
