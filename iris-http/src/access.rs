//! Who may ask: the gate in front of every route.

use axum::extract::{MatchedPath, Request};
use axum::response::Response;
use http::header::{AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue};
use iris_core::ErrorClass;
use iris_serving::gate::{Denial, Pass, shown};
use iris_telemetry::Tick;

use crate::context::RequestContext;
use crate::respond::{Recorded, refuse};
use crate::routes::{Action, Route};
use crate::{Failure, HttpService, page};

/// The other header for keys.
pub(crate) const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Lets the request in, or says what it is answered instead. What is no route
/// is nobody's, and is let in to be told so.
pub(crate) fn turn_away(
    service: &HttpService,
    request: &mut Request,
    started: Option<Tick>,
) -> Option<Response> {
    if service.gate().is_open() {
        return None;
    }
    let is_free = |route: &Route| {
        route.is_told_to_all()
            || (route.action == Action::Welcome && page::is_wanted(service, request.headers()))
    };
    let route = route(service, request).filter(|route| !is_free(route))?;
    match service.gate().admit(key(request.headers()), route.class()) {
        Ok(pass) => {
            request.extensions_mut().insert(pass);
            None
        }
        Err(denial) => Some(denied(service, route, request, started, &denial)),
    }
}

/// The key that a request was let in with.
pub(crate) fn pass(parts: &Parts) -> Pass {
    parts.extensions.get().cloned().unwrap_or_default()
}

/// A refusal that a route which records itself would have recorded is recorded as there.
#[cold]
fn denied(
    service: &HttpService,
    route: &'static Route,
    request: &Request,
    started: Option<Tick>,
    denial: &Denial,
) -> Response {
    let failure = Failure::from(denial);
    let (status, class, headers) = (failure.status().as_u16(), failure.class(), request.headers());
    let path = request.uri().path();
    let mut response = refuse(path, headers, failure);
    if !route.is_traced() {
        return response;
    }
    let context = RequestContext::of(headers);
    let origin = context.origin(&route.endpoint, request.version(), started).path(path);
    service.catalog().turn_away(&origin, status, class, denial);
    response.extensions_mut().insert(Recorded);
    response
}

fn key(headers: &HeaderMap) -> Option<&[u8]> {
    let value = |name| headers.get(name).map(HeaderValue::as_bytes);
    shown(value(AUTHORIZATION), value(X_API_KEY))
}

/// The route that will answer. `HEAD` is answered where `GET` is.
fn route(service: &HttpService, request: &Request) -> Option<&'static Route> {
    let path = request.extensions().get::<MatchedPath>()?.as_str();
    let method = if request.method() == http::Method::HEAD { &http::Method::GET } else { request.method() };
    service.routes().find(|route| route.pattern() == path && route.verb.as_str() == method.as_str())
}

/// What a client is told who is not let in.
impl From<&Denial> for Failure {
    fn from(denial: &Denial) -> Self {
        let refusal = denial.refusal();
        let failure = Self::new(refusal.class(), refusal.to_string());
        match (refusal.class(), denial.retry_after_seconds()) {
            (ErrorClass::Unauthenticated, _) => {
                failure.with_header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"iris\""))
            }
            (_, Some(seconds)) => failure.with_header(RETRY_AFTER, seconds.into()),
            (_, None) => failure,
        }
    }
}
