//! A route that predicts: from an HTTP request to an HTTP response.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderMap, Request, Response};
use http_body::Body;
use iris_core::ErrorClass;
use iris_serving::{Answered, Catalog, budget};
use iris_telemetry::{Endpoint, Origin, Tick};

use crate::body::no_room;
use crate::client::Asker;
use crate::content::{Content, Written};
use crate::context::RequestContext;
use crate::failure::Style;
use crate::json::{JSON, json_response};
use crate::media_type::{self, MediaType};
use crate::turn::Turn;
use crate::{Failure, HttpService, body, server_timing};

/// What a client gets for its request.
pub(crate) trait Reply {
    /// The response, of status 200.
    fn into_response(self) -> Response<Content>;
}

/// JSON.
impl Reply for Vec<u8> {
    fn into_response(self) -> Response<Content> {
        json_response(self)
    }
}

/// JSON, whole or in pieces.
impl Reply for Written {
    fn into_response(self) -> Response<Content> {
        json_response(self)
    }
}

/// Marks the answer of a route that has recorded the request itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recorded;

/// What a record says of where a request came from, but for its head.
#[derive(Clone, Copy)]
struct Source {
    endpoint: &'static Endpoint,
    started: Option<Tick>,
    asker: Asker,
}

impl Source {
    fn origin<'r>(self, context: &'r RequestContext<'r>, parts: &'r Parts) -> Origin<'r> {
        let Self { endpoint, started, asker } = self;
        let origin = context.origin(endpoint, parts.version, started).path(parts.uri.path());
        origin.client(asker.client(&parts.headers))
    }
}

/// Reads a request's body and lets `answer` answer it, unless `check` refuses
/// the request by its headers. Either way it is traced.
pub(crate) async fn respond<B, A>(
    service: &HttpService,
    request: Request<B>,
    endpoint: &'static Endpoint,
    check: impl FnOnce(&HeaderMap) -> Result<(), Failure>,
    answer: impl FnOnce(&Catalog, &Origin<'_>, &Parts, &[u8]) -> Answered<A, Failure> + Send + 'static,
) -> Response<Content>
where
    B: Body<Data = Bytes>,
    A: Reply + Send + 'static,
{
    let started = service.catalog().recorder().now();
    let (parts, body) = request.into_parts();
    let source = Source { endpoint, started, asker: Asker::of(service, &parts.headers) };
    let turn = Turn::of(service, &parts);
    let read = async {
        check(&parts.headers)?;
        turn.check(body.size_hint()).await?;
        let body = body::read(service, &parts, body).await?;
        let place = turn.place(body.len())?;
        let budget = body::budget(service, &parts);
        let parsing = budget::to_parse(budget, body.held(), body.len()).await.map_err(no_room)?;
        Ok::<_, Failure>((place, body, parsing))
    };
    let admitted = read.await;
    let answered =
        move |catalog: &Catalog, parts: &Parts, body: &body::Received, parsing: Option<budget::Held>| {
            let context = RequestContext::of(&parts.headers);
            let origin = source.origin(&context, parts);
            let Some(parsing) = parsing else { return answer(catalog, &origin, parts, body) };
            let budget = parts.extensions.get().unwrap_or_else(|| catalog.budget());
            let beside = budget.beside(body.held() + parsing.bytes());
            answer(&catalog.clone().with_budget(beside), &origin, parts, body)
        };
    let (parts, Answered { result, timing, held }) = match admitted {
        Ok((None, body, parsing)) => {
            let answer = || answered(service.catalog(), &parts, &body, parsing);
            let answered = turn.at_once(body.len(), answer);
            (parts, answered)
        }
        Ok((Some(place), body, parsing)) => {
            let catalog = service.catalog().clone();
            let in_turn = move || {
                let answered = answered(&catalog, &parts, &body, parsing);
                (parts, answered)
            };
            // Elsewhere, so that those whose turn it is at once do not move it with them.
            Box::pin(place.run(in_turn)).await
        }
        Err(failure) => {
            let timing = {
                let context = RequestContext::of(&parts.headers);
                let (origin, status) = (source.origin(&context, &parts), failure.status().as_u16());
                service.catalog().turn_away(&origin, status, failure.class(), &failure)
            };
            (parts, Answered { result: Err(failure), timing, held: None })
        }
    };
    let mut response = match result {
        Ok(reply) => {
            let mut response = reply.into_response();
            if let Some(held) = held {
                response.body_mut().hold(held);
            }
            response
        }
        Err(failure) => failure.into_response(Style::of(parts.uri.path(), &parts.headers)).map(Content::from),
    };
    if let Some(timing) = timing.filter(|_| service.server_timing()) {
        server_timing::insert(response.headers_mut(), &timing);
    }
    response
}

/// The response of a route that has recorded the request itself.
pub(crate) fn recorded(response: Response<Content>) -> Response<axum::body::Body> {
    let mut response = response.map(axum::body::Body::new);
    response.extensions_mut().insert(Recorded);
    response
}

/// The failure in the form that the client who asked for `path` expects.
pub(crate) fn refuse(path: &str, headers: &HeaderMap, failure: Failure) -> axum::response::Response {
    failure.into_response(Style::of(path, headers)).map(axum::body::Body::new)
}

/// JSON, or nothing said: the same as FastAPI takes.
pub(crate) fn check_json(headers: &HeaderMap) -> Result<(), Failure> {
    let Some(value) = headers.get(CONTENT_TYPE) else { return Ok(()) };
    if *value == JSON || MediaType::of(headers).is_some_and(MediaType::is_json) {
        return Ok(());
    }
    let text = media_type::text(value);
    let reason = format!("the content type is {text:?}; send content-type: application/json");
    Err(Failure::new(ErrorClass::UnsupportedMediaType, reason))
}

/// The same, or what `curl -d` calls any body: so the servers that these routes
/// are of are spoken to in their own manuals.
pub(crate) fn check_json_or_form(headers: &HeaderMap) -> Result<(), Failure> {
    let is_form = |media_type: MediaType<'_>| media_type.is("application", "x-www-form-urlencoded");
    if MediaType::of(headers).is_some_and(is_form) { Ok(()) } else { check_json(headers) }
}
