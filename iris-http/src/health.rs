//! Is it well, is it alive, does it want traffic.

use std::time::{SystemTime, UNIX_EPOCH};

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode, Uri};
use iris_core::ErrorClass;
use iris_serving::IndexEntry;
use iris_telemetry::{Endpoint, health_check};
use serde::Serialize;

use crate::client::client;
use crate::context::RequestContext;
use crate::example::run;
use crate::respond::{Recorded, refuse};
use crate::routes::{Action, Route};
use crate::{Failure, HttpService, json};

static HEAD: Endpoint = Endpoint::http("HEAD", Route::of(Action::Health).path());

#[derive(Serialize)]
struct Health {
    status: &'static str,
    timestamp: f64,
    model_loaded: bool,
    model_test_time: f64,
}

/// `GET /health`: one real prediction, with the seconds it took; 503 if it fails.
pub(crate) fn health(service: &HttpService, request: &Request, endpoint: &'static Endpoint) -> Response {
    let (recorder, headers) = (service.catalog().recorder(), request.headers());
    let now = service.now();
    let (model, row) = (now.default_model(), now.example_row());
    let context = RequestContext::of(headers);
    let endpoint = if request.method() == Method::HEAD { &HEAD } else { endpoint };
    let origin = context.origin(endpoint, request.version(), recorder.now()).client(client(service, headers));
    let test = health_check(recorder, model.recorded(), &origin, [200, 503], || run(model.predictor(), row));
    let mut response = match test {
        Ok(((), model_test_time)) => json::answer(&Health {
            status: "healthy",
            timestamp: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64()),
            model_loaded: true,
            model_test_time,
        }),
        Err(error) => {
            let reason = format!("the test prediction failed: {error}");
            refuse(request.uri().path(), headers, Failure::new(ErrorClass::Unavailable, reason))
        }
    };
    response.extensions_mut().insert(Recorded);
    response
}

/// `GET /livez`: the process answers.
pub(crate) async fn livez() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: 503 from the moment that the server was told to stop. With `?verbose`
/// also each model, and what is wrong with it: that does not keep traffic away from the others.
pub(crate) async fn readyz(State(service): State<HttpService>, uri: Uri) -> Response {
    let is_verbose = uri
        .query()
        .is_some_and(|query| query.split('&').any(|part| part == "verbose" || part.starts_with("verbose=")));
    if is_verbose {
        return verbose(&service);
    }
    if service.catalog().readiness().is_ready() {
        "ok\n".into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "stopping\n").into_response()
    }
}

fn verbose(service: &HttpService) -> Response {
    let is_ready = service.catalog().readiness().is_ready();
    let mut text = String::new();
    for IndexEntry { name, version, reason, .. } in service.catalog().index(false) {
        let version = if version.is_empty() { String::new() } else { format!(" version {version}") };
        let (sign, state) = if reason.is_empty() { ('+', " ok") } else { ('-', ": ") };
        for part in ["[", &sign.to_string(), "] model ", &name, &version, state, &reason, "\n"] {
            text.push_str(part);
        }
    }
    text += if is_ready { "ok\n" } else { "stopping\n" };
    (status_if(is_ready), text).into_response()
}

/// 200 where traffic is wanted.
pub(crate) fn status_if(ready: bool) -> StatusCode {
    if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}
