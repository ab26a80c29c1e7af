//! Requests that make no spans of their own, for the metrics.

use std::fmt::Display;
use std::pin::pin;

use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use iris_core::ErrorClass;
use iris_serving::{Refusal, panics};
use iris_telemetry::Origin;

use crate::client::Asker;
use crate::endpoints::Endpoints;
use crate::reason::Reason;
use crate::respond::Recorded;
use crate::{Failure, HttpService, Style, access};

/// Counts whatever the routes that record themselves do not.
pub(crate) async fn observe(service: &HttpService, mut request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let endpoint = endpoints(service, path).method(request.method().as_str());
    let recorder = service.catalog().recorder();
    let started = recorder.now();
    let asker = Asker::of(service, request.headers());
    let user_agent = asker.user_agent(request.headers()).cloned();
    let _in_flight = service.in_flight().enter();
    // By the path alone: to look at what is accepted costs allocations, for a panic that does not come.
    let style = Style::of(request.uri().path(), &HeaderMap::new());
    let mut response = match access::turn_away(service, &mut request, started) {
        None => panics::caught_in(pin!(next.run(request))).await.unwrap_or_else(|| panicked(style)),
        Some(denied) => denied,
    };
    if response.extensions_mut().remove::<Recorded>().is_some() {
        return response;
    }
    let status = response.status();
    let class = response.extensions_mut().remove().or_else(|| fault_of_axums(status));
    let reason = response.extensions_mut().remove::<Reason>();
    let reason: &dyn Display = match &reason {
        Some(reason) => reason,
        None => &status.canonical_reason().unwrap_or_default(),
    };
    let origin = Origin::new(endpoint).started(started).client(asker.calling_itself(user_agent.as_ref()));
    recorder.count(&origin, status.as_u16(), class.map(|class| (class, reason)));
    response
}

#[cold]
fn panicked(style: Style) -> Response {
    Failure::from(Refusal::panicked()).into_response(style).map(Body::new)
}

fn endpoints(service: &HttpService, path: &str) -> &'static Endpoints {
    let chosen = || service.vertex_routes().and_then(|vertex| vertex.endpoints(path));
    Endpoints::at(path).or_else(chosen).unwrap_or_else(Endpoints::of_no_route)
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
