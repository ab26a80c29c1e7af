//! A route that predicts: from an HTTP request to an HTTP response.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body::Body;
use http_body_util::Full;
use iris_core::serving::{Answered, Served};
use iris_core::spans::{Endpoint, Origin};

use crate::context::RequestContext;
use crate::encoding::Encoding;
use crate::failure::Style;
use crate::json::{JSON, json_response};
use crate::observe::Recorded;
use crate::{App, Failure, body, server_timing};

/// What a client gets for its request.
pub(crate) trait Reply {
    /// The response, of status 200.
    fn into_response(self) -> Response<Full<Bytes>>;
}

/// JSON.
impl Reply for Vec<u8> {
    fn into_response(self) -> Response<Full<Bytes>> {
        json_response(self)
    }
}

/// Reads a request's body and lets `answer` answer it, unless `check` refuses
/// the request by its headers. Either way it is traced.
pub(crate) async fn respond<B, A>(
    app: &App,
    request: Request<B>,
    endpoint: &'static Endpoint,
    check: impl FnOnce(&HeaderMap) -> Result<(), Failure>,
    answer: impl FnOnce(&Served, &Origin<'_>, &Parts, &[u8]) -> Answered<A, Failure>,
) -> Response<Full<Bytes>>
where
    B: Body<Data = Bytes>,
    A: Reply,
{
    let started = app.predictor().tracer().now();
    let (parts, body) = request.into_parts();
    let encoding = Encoding::of(&parts.headers).and_then(|encoding| check(&parts.headers).map(|()| encoding));
    let body = match encoding {
        Ok(encoding) => body::read(app, body).await.and_then(|body| encoding.decode(body, app.max_body())),
        Err(failure) => Err(failure),
    };
    let context = RequestContext::of(&parts.headers);
    let origin = context.origin(endpoint, parts.version, started).path(parts.uri.path());
    let Answered { result, timing } = match body {
        Ok(body) => answer(app.served(), &origin, &parts, &body),
        Err(failure) => {
            let status = failure.status().as_u16();
            let timing = app.served().turn_away(&origin, status, failure.fault(), &failure);
            Answered { result: Err(failure), timing }
        }
    };
    let mut response = match result {
        Ok(reply) => reply.into_response(),
        Err(failure) => failure.into_response(Style::of(parts.uri.path(), &parts.headers)),
    };
    if let Some(timing) = timing.filter(|_| app.server_timing()) {
        server_timing::insert(response.headers_mut(), &timing);
    }
    response
}

/// The response of a route that has recorded the request itself.
pub(crate) fn recorded(response: Response<Full<Bytes>>) -> Response<axum::body::Body> {
    let mut response = response.map(axum::body::Body::new);
    response.extensions_mut().insert(Recorded);
    response
}

/// JSON, or nothing said: the same as FastAPI takes.
pub(crate) fn check_json(headers: &HeaderMap) -> Result<(), Failure> {
    match headers.get(CONTENT_TYPE) {
        None => Ok(()),
        Some(value) if *value == JSON => Ok(()),
        Some(value) => {
            let text = value.to_str().unwrap_or("not text");
            if is_json(text) {
                return Ok(());
            }
            let reason = format!("the content type is {text:?}; send content-type: application/json");
            Err(Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, reason))
        }
    }
}

/// The media type of a header's value, without its parameters.
pub(crate) fn media_type(value: &str) -> String {
    value.split(';').next().unwrap_or(value).trim().to_ascii_lowercase()
}

fn is_json(value: &str) -> bool {
    let media_type = media_type(value);
    media_type == "application/json"
        || (media_type.starts_with("application/") && media_type.ends_with("+json"))
}
