//! Is it well, is it alive, does it want traffic.

use std::time::{SystemTime, UNIX_EPOCH};

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode};
use iris_core::ErrorClass;
use iris_core::{Predictor, Task};
use iris_telemetry::{Endpoint, health_check};
use serde::Serialize;

use crate::context::RequestContext;
use crate::failure::Style;
use crate::{Failure, HttpService, json};

/// The flower that `/health` classifies, as the service that this one replaces does.
const TEST_FEATURES: [&str; 4] = ["sepal_length", "sepal_width", "petal_length", "petal_width"];
const TEST_ROW: [f64; 4] = [5.1, 3.5, 1.4, 0.2];

static GET: Endpoint = Endpoint::http("GET", "/health");
static HEAD: Endpoint = Endpoint::http("HEAD", "/health");

#[derive(Serialize)]
struct Health {
    status: &'static str,
    timestamp: f64,
    model_loaded: bool,
    model_test_time: f64,
}

/// `GET /health`: one real prediction, with the seconds it took; 503 if it fails.
pub(crate) fn health(service: &HttpService, request: &Request) -> Response {
    let (recorder, headers) = (service.catalog().recorder(), request.headers());
    let snapshot = service.catalog().snapshot();
    let model = snapshot.default_model();
    let row = test_row(model.predictor());
    let context = RequestContext::of(headers);
    let endpoint = if request.method() == Method::HEAD { &HEAD } else { &GET };
    let origin = context.origin(endpoint, request.version(), recorder.now());
    match health_check(recorder, model.recorded(), &origin, [200, 503], || test(model.predictor(), &row)) {
        Ok(((), model_test_time)) => json::answer(&Health {
            status: "healthy",
            timestamp: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64()),
            model_loaded: true,
            model_test_time,
        }),
        Err(error) => Failure::new(ErrorClass::Unavailable, format!("the test prediction failed: {error}"))
            .into_response(Style::of("/health", headers))
            .map(axum::body::Body::new),
    }
}

/// Runs the model whatever its task is.
fn test(predictor: &Predictor, row: &[f64]) -> iris_core::Result<()> {
    match predictor.schema().task() {
        Task::Classify { .. } => predictor.predict_class(row).map(drop),
        Task::Regress { n_targets } => predictor.predict_values_into(row, &mut vec![0.0; *n_targets]),
    }
}

/// The test flower, or for a model of other things the mean of its training data.
fn test_row(predictor: &Predictor) -> Vec<f64> {
    let features = predictor.schema().features();
    if features.iter().map(iris_core::Feature::name).eq(TEST_FEATURES) {
        return TEST_ROW.to_vec();
    }
    let mean = |feature: &iris_core::Feature| feature.statistics().map_or(0.0, |statistics| statistics.mean);
    features.iter().map(mean).collect()
}

/// `GET /livez`: the process answers.
pub(crate) async fn livez() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: 503 from the moment that the server was told to stop.
pub(crate) async fn readyz(State(service): State<HttpService>) -> Response {
    if service.catalog().readiness().is_ready() {
        "ok\n".into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "stopping\n").into_response()
    }
}
