//! The routes.

use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::header::{ACCEPT, CONNECTION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};
use iris_core::spans::Endpoint;
use iris_core::telemetry::Format;
use serde::Serialize;

use crate::failure::Style;
use crate::observe::{Recorded, observe};
use crate::predict::{self, Predict};
use crate::respond::{check_json, recorded, respond};
use crate::{App, Failure, health, json, openapi, platforms, v1, v2};

/// Every route as an [`axum::Router`].
pub fn router(app: &App) -> axum::Router {
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
        .merge(platforms::routes(app.vertex_routes()))
        .fallback(not_found)
        .layer(middleware::from_fn_with_state(app.clone(), observe))
        .layer(middleware::from_fn_with_state(app.clone(), close_if_draining))
        .with_state(app.clone())
}

/// A server that is stopping asks each client to take its next request elsewhere.
async fn close_if_draining(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if !app.served().is_ready() {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

async fn predict_route(State(app): State<App>, request: Request) -> Response {
    predict_at(&app, request, &predict::ENDPOINT).await
}

/// Answers a request in the service's own form.
pub(crate) async fn predict_at(app: &App, request: Request, endpoint: &'static Endpoint) -> Response {
    let response = respond(app, request, endpoint, check_json, |served, origin, _, body| {
        served.answer(origin, Predict::new(body))
    });
    recorded(response.await)
}

async fn health(State(app): State<App>, request: Request) -> Response {
    let mut response = health::health(&app, &request);
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
async fn welcome(State(app): State<App>) -> Response {
    let features = app.predictor().schema().feature_list();
    json::answer(&Welcome {
        message: format!(
            "This is the {} predictor. POST {features} as JSON to /predict.",
            app.served().name()
        ),
        version: env!("CARGO_PKG_VERSION"),
        status: "running",
    })
}

/// `GET /openapi.json`: every route described.
async fn describe(State(app): State<App>) -> Response {
    json::answer(&openapi::document(app.served()))
}

/// `GET /metrics`: for Prometheus, as OpenMetrics if the scraper accepts it.
async fn metrics(State(app): State<App>, request: Request) -> Response {
    let Some(telemetry) = app.telemetry().cloned() else {
        let reason = "nothing is recorded: telemetry is switched off";
        return refuse(request.uri().path(), request.headers(), Failure::new(StatusCode::NOT_FOUND, reason));
    };
    let accept = request.headers().get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let format = Format::of_accept(accept);
    // It takes a moment under load, in which this thread has requests to answer.
    match tokio::task::spawn_blocking(move || telemetry.metrics(format)).await {
        Ok(page) => ([(CONTENT_TYPE, format.content_type())], page).into_response(),
        Err(error) => {
            let reason = format!("the metrics could not be written: {error}");
            refuse(
                request.uri().path(),
                request.headers(),
                Failure::new(StatusCode::INTERNAL_SERVER_ERROR, reason),
            )
        }
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
    refuse(request.uri().path(), request.headers(), Failure::new(StatusCode::NOT_FOUND, reason))
}

/// The failure in the form that the client who asked for `path` expects.
pub(crate) fn refuse(path: &str, headers: &HeaderMap, failure: Failure) -> Response {
    failure.into_response(Style::of(path, headers)).map(axum::body::Body::new)
}
