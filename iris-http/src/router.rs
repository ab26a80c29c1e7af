//! The routes.

use axum::extract::{Request, State};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use http::StatusCode;
use http::header::{ACCEPT, CONTENT_TYPE};
use http_body_util::Full;
use iris_core::telemetry::Format;
use serde::Serialize;

use crate::failure::Style;
use crate::observe::{Recorded, observe};
use crate::predict::{self, Predict};
use crate::respond::{check_json, respond};
use crate::{App, Failure, health, json};

/// Every route as an [`axum::Router`].
pub fn router(app: &App) -> axum::Router {
    axum::Router::new()
        .route("/predict", post(predict_route).fallback(only_post))
        .route("/", get(welcome).fallback(only_get))
        .route("/health", get(health).fallback(only_get))
        .route("/livez", get(health::livez).fallback(only_get))
        .route("/readyz", get(health::readyz).fallback(only_get))
        .route("/metrics", get(metrics).fallback(only_get))
        .fallback(not_found)
        .layer(middleware::from_fn_with_state(app.clone(), observe))
        .with_state(app.clone())
}

async fn predict_route(State(app): State<App>, request: Request) -> Response {
    let response = respond(&app, request, &predict::ENDPOINT, check_json, |served, origin, _, body| {
        served.answer(origin, Predict::new(body))
    });
    recorded(response.await)
}

/// The response of a route that has recorded the request itself.
fn recorded(response: http::Response<Full<Bytes>>) -> Response {
    let mut response = response.map(axum::body::Body::new);
    response.extensions_mut().insert(Recorded);
    response
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

/// `GET /metrics`: for Prometheus, as OpenMetrics if the scraper accepts it.
async fn metrics(State(app): State<App>, request: Request) -> Response {
    let Some(telemetry) = app.telemetry().cloned() else {
        let reason = "nothing is recorded: telemetry is switched off";
        return refuse(&request, Failure::new(StatusCode::NOT_FOUND, reason));
    };
    let accept = request.headers().get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let format = Format::of_accept(accept);
    // It takes a moment under load, in which this thread has requests to answer.
    match tokio::task::spawn_blocking(move || telemetry.metrics(format)).await {
        Ok(page) => ([(CONTENT_TYPE, format.content_type())], page).into_response(),
        Err(error) => {
            let reason = format!("the metrics could not be written: {error}");
            refuse(&request, Failure::new(StatusCode::INTERNAL_SERVER_ERROR, reason))
        }
    }
}

async fn only_get(request: Request) -> Response {
    refuse(&request, Failure::method_not_allowed("GET, HEAD"))
}

async fn only_post(request: Request) -> Response {
    refuse(&request, Failure::method_not_allowed("POST"))
}

async fn not_found(request: Request) -> Response {
    let reason = format!("Not Found: there is no {}", request.uri().path());
    refuse(&request, Failure::new(StatusCode::NOT_FOUND, reason))
}

/// The failure in the form that this request's client expects.
fn refuse(request: &Request, failure: Failure) -> Response {
    failure.into_response(Style::of(request.uri().path(), request.headers())).map(axum::body::Body::new)
}
