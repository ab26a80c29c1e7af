//! Requests that make no spans of their own, for the metrics.

use std::sync::LazyLock;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use http::StatusCode;
use iris_core::ErrorClass;
use iris_telemetry::{Endpoint, Origin};

use crate::HttpService;

/// Methods that labels name; any other is `_OTHER`, as OpenTelemetry has it.
const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "_OTHER"];

/// Routes that labels name, as the router has them; any other path is of the empty route.
pub(crate) const ROUTES: [&str; 31] = [
    "/",
    "/health",
    "/livez",
    "/readyz",
    "/metrics",
    "/openapi.json",
    "/predict",
    "/ping",
    "/invocations",
    "/v1/models",
    "/v1/models/{model}",
    "/v2",
    "/v2/",
    "/v2/health/live",
    "/v2/health/ready",
    "/v2/models",
    "/v2/models/stats",
    "/v2/models/{model}",
    "/v2/models/{model}/ready",
    "/v2/models/{model}/config",
    "/v2/models/{model}/stats",
    "/v2/models/{model}/infer",
    "/v2/models/{model}/versions/{version}",
    "/v2/models/{model}/versions/{version}/ready",
    "/v2/models/{model}/versions/{version}/config",
    "/v2/models/{model}/versions/{version}/stats",
    "/v2/models/{model}/versions/{version}/infer",
    "/v2/repository/index",
    "/v2/repository/models/{model}/load",
    "/v2/repository/models/{model}/unload",
    "",
];

/// Marks the answer of a route that has recorded the request itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recorded;

/// Every method on every route.
static ENDPOINTS: LazyLock<Vec<Endpoint>> = LazyLock::new(|| {
    let of_route = |route| METHODS.iter().map(move |method| Endpoint::http(method, route));
    ROUTES.iter().flat_map(|route| of_route(route)).collect()
});

fn endpoint(method: &str, route: &str) -> &'static Endpoint {
    let index_of = |all: &[&str], one| all.iter().position(|known| *known == one).unwrap_or(all.len() - 1);
    &ENDPOINTS[index_of(&ROUTES, route) * METHODS.len() + index_of(&METHODS, method)]
}

/// Counts whatever the routes that record themselves do not.
pub(crate) async fn observe(service: &HttpService, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let method = request.method().as_str();
    let recorder = service.catalog().recorder();
    let started = recorder.now();
    let _in_flight = service.in_flight().enter();
    let endpoint = endpoint(method, route);
    let mut response = next.run(request).await;
    if response.extensions_mut().remove::<Recorded>().is_some() {
        return response;
    }
    let status = response.status();
    let fault = response.extensions_mut().remove().or_else(|| fault_of_axums(status));
    let origin = Origin::new(endpoint).started(started);
    recorder.count(&origin, status.as_u16(), fault);
    response
}

/// What a refusal that axum made itself counts as. Ours say it in their
/// extensions; that traffic is not wanted is an answer, and no failure.
fn fault_of_axums(status: StatusCode) -> Option<ErrorClass> {
    match status {
        StatusCode::METHOD_NOT_ALLOWED => Some(ErrorClass::MethodNotAllowed),
        status if status.is_client_error() => Some(ErrorClass::InvalidInput),
        _ => None,
    }
}
