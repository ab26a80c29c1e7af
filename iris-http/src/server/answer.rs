//! Common requests as bytes, answered as bytes.
//!
//! A `POST` of ordinary form to `/predict`, or to a model's `/models/…/predict` or `/v2/…/infer`, is
//! answered here. Anything else is left where it is, and is none of this file's
//! business. What that saves is in benches/README.md.

use std::io::Write;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use iris_serving::gate::{Denial, Gate, Pass, RouteClass, shown};
use iris_serving::{self as serving, Answered, Form, Sort, Traffic};
use iris_telemetry::{Client, Endpoint, Origin, Tick, Timing};

use super::date::Date;
use super::head::{Customs, Front, Head, Route};
use super::signed::Signed;
use crate::json::JSON_LEN;
use crate::predict::{self, Predict};
use crate::turn::sort_of;
use crate::v2;
use crate::v2::infer::Infer;
use crate::{Failure, HttpService, Style, server_timing};

/// Bytes of the longest request that is a common one.
pub(super) const LONGEST: usize = 2_048;

/// The same of one that is answered in the lane: refusing these, as most are where
/// far too many come in, has to be as cheap.
pub(super) const LONGEST_DEAR: usize = 64 << 10;

/// What answers the common requests of a listener's connections.
#[derive(Debug, Clone)]
pub(super) struct FastPath {
    service: HttpService,
    customs: Customs,
    default_model: Arc<str>,
    peer: Option<Peer>,
}

/// The other end of a connection.
#[derive(Debug, Clone, Copy)]
struct Peer {
    address: IpAddr,
    /// Whether it is believed what it says of others.
    is_trusted: bool,
}

/// When bytes came in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival {
    /// For the records of what is answered, if there are any.
    pub(super) started: Option<Tick>,
    /// For the answers.
    pub(super) date: Date,
    /// Whether to find out what the requests cost.
    pub(super) is_measured: bool,
}

/// What became of the bytes at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Answers {
    /// So many are answered; that is whole requests, but for what is unwanted.
    pub(super) consumed: usize,
    /// So many are still to come of a request that is refused already.
    pub(super) unwanted: usize,
    /// What the others are.
    pub(super) rest: Rest,
    /// How many bytes they have to become before there is more to do, where that is known.
    pub(super) wanted: usize,
    /// The length of the last request that was refused.
    pub(super) refused: usize,
}

/// What is left behind the requests that were answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rest {
    /// Nothing, or the beginning of a common request.
    Incomplete,
    /// A whole request that is to be answered in the lane.
    Dear,
    /// Something that is not one.
    Unusual,
}

impl FastPath {
    pub(super) fn new(service: HttpService) -> Self {
        let customs = Customs::default()
            .with_origins(service.cors().is_some())
            .with_split_header(service.catalog().traffic().split_header());
        let default_model = service.catalog().snapshot().default_model().name().into();
        Self { customs, default_model, service, peer: None }
    }

    /// The same for one connection, from this address.
    pub(super) fn asked_by(self, address: Option<IpAddr>) -> Self {
        let details = self.service.client_details();
        let peer = |address: IpAddr| Peer { address, is_trusted: details.trusts(address) };
        let address = address.filter(|_| details.are_recorded()).map(|address| address.to_canonical());
        Self { peer: address.map(peer), ..self }
    }

    /// What requests with this head cost alike.
    #[inline]
    fn sort(&self, head: &Head<'_>) -> Sort {
        sort_of(&self.default_model, head.model, Form::Text)
    }

    /// Who asks with this head.
    #[inline]
    fn client<'a>(&self, head: &Head<'a>) -> Client<'a> {
        match self.peer {
            None => Client::default(),
            Some(Peer { address, is_trusted: false }) => {
                Client { address: Some(address), user_agent: head.user_agent }
            }
            Some(Peer { address, is_trusted: true }) => {
                let details = self.service.client_details();
                let address =
                    details.client(address, head.forwarded.into_iter(), head.x_forwarded_for.into_iter());
                Client { address: Some(address), user_agent: head.user_agent }
            }
        }
    }

    #[inline]
    pub(super) fn service(&self) -> &HttpService {
        &self.service
    }
}

impl Arrival {
    /// For bytes that came in just now.
    #[inline]
    pub(super) fn now(fast_path: &FastPath, is_measured: bool) -> Self {
        // The date first, so that reading it counts as nobody's time.
        let date = Date::now();
        Self { date, started: fast_path.service.catalog().recorder().now(), is_measured }
    }
}

/// Answers the whole common requests at the front of `input`, behind what is in
/// `output` already.
///
/// What is answered depends on the bytes alone, and not on how they came in, but for
/// dear requests where the lane is full.
#[inline]
pub(super) fn answer(
    (fast_path, client): (&FastPath, &serving::Client),
    input: &[u8],
    arrival: &Arrival,
    output: &mut Vec<u8>,
) -> Answers {
    let FastPath { service: http, customs, .. } = fast_path;
    let (mut consumed, mut unwanted, mut wanted, mut refused) = (0, 0, 0, 0);
    let rest = loop {
        let input = &input[consumed..];
        let head = match Front::of(customs, input) {
            Front::Common(head) if head.body_len <= http.max_body() => head,
            Front::Incomplete if input.len() < LONGEST => break Rest::Incomplete,
            Front::Common(_) | Front::Incomplete | Front::Other => break Rest::Unusual,
        };
        let len = head.len + head.body_len;
        let Ok(pass) = admit(http.gate(), &head, input.len() >= len) else {
            // The router refuses it, and says why.
            break Rest::Unusual;
        };
        let sort = fast_path.sort(&head);
        if http.catalog().lane().is_some_and(|lane| lane.is_dear(sort, head.body_len)) {
            if refuse((fast_path, client), &head, arrival, output) {
                let here = len.min(input.len());
                (consumed, unwanted, refused) = (consumed + here, len - here, len);
                continue;
            }
            wanted = len;
            break match input.len() {
                _ if len > LONGEST_DEAR => Rest::Unusual,
                here if here < len => Rest::Incomplete,
                _ => Rest::Dear,
            };
        }
        if len > LONGEST {
            break Rest::Unusual;
        }
        let Some(body) = input.get(head.len..len) else { break Rest::Incomplete };
        let began = arrival.is_measured.then(Tick::now);
        answer_one(fast_path, &head, (body, &pass), arrival, output);
        if let (Some(began), Some(lane)) = (began, http.catalog().lane()) {
            lane.learn(sort, head.body_len, Duration::from_nanos(Tick::now().since(began)));
        }
        consumed += len;
    };
    Answers { consumed, unwanted, rest, wanted, refused }
}

/// What the one request that these bytes are costs alike with, and the length of its body: what its
/// cost goes by, wherever it is answered.
pub(super) fn cost(fast_path: &FastPath, request: &[u8]) -> (Sort, usize) {
    match Front::of(&fast_path.customs, request) {
        Front::Common(head) => (fast_path.sort(&head), head.body_len),
        Front::Incomplete | Front::Other => (Form::Text.into(), request.len()),
    }
}

/// Answers the one request that these bytes are, in the lane.
pub(super) fn answer_dear(fast_path: &FastPath, request: &[u8], arrival: &Arrival) -> Vec<u8> {
    let mut output = Vec::new();
    if let Front::Common(head) = Front::of(&fast_path.customs, request) {
        // It was let in, and counted, when it was whole.
        let pass = admit(fast_path.service.gate(), &head, false).unwrap_or_default();
        answer_one(fast_path, &head, (&request[head.len..], &pass), arrival, &mut output);
    }
    output
}

#[inline]
fn answer_one(
    fast_path: &FastPath,
    head: &Head<'_>,
    (body, pass): (&[u8], &Pass),
    arrival: &Arrival,
    output: &mut Vec<u8>,
) {
    let http = fast_path.service();
    let client = fast_path.client(head);
    let origin = Origin::new(endpoint(head.route)).headers(head.context).client(client);
    let origin = origin.started(arrival.started).path(head.path);
    let split_key = head.split_key.map(Traffic::key);
    match head.route {
        Route::Predict | Route::PredictModel => {
            let exchange = pass.charging(Predict::new(body));
            let predict = Signed { exchange, model: head.model, split_key, output: &mut *output };
            let Answered { result, timing, .. } = http.catalog().answer(&origin, predict);
            let mut writer = Writer::new(fast_path, arrival, timing, output);
            match result {
                Ok(json) => writer.answer(None, &json),
                Err(failure) => writer.failure(&failure, Style::Detail),
            }
        }
        Route::Infer => {
            let exchange = pass.charging(Infer::new((head.model.unwrap_or_default(), None), None, body));
            let infer = Signed { exchange, model: None, split_key, output: &mut *output };
            let Answered { result, timing, .. } = http.catalog().answer(&origin, infer);
            let mut writer = Writer::new(fast_path, arrival, timing, output);
            match result {
                Ok(answer) => writer.answer(answer.json_len, &answer.body),
                Err(failure) => writer.failure(&failure, Style::Error),
            }
        }
    }
}

/// Refuses a dear request if it would have to wait for too long; its body need not
/// be there yet.
#[cold]
fn refuse(
    (fast_path, client): (&FastPath, &serving::Client),
    head: &Head<'_>,
    arrival: &Arrival,
    output: &mut Vec<u8>,
) -> bool {
    let catalog = fast_path.service.catalog();
    let checked = catalog.lane().map(|lane| lane.check(client, fast_path.sort(head), head.body_len));
    let Some(Err(overloaded)) = checked else { return false };
    let failure = Failure::from(overloaded);
    let style = match head.route {
        Route::Predict | Route::PredictModel => Style::Detail,
        Route::Infer => Style::Error,
    };
    let origin =
        Origin::new(endpoint(head.route)).headers(head.context).started(arrival.started).path(head.path);
    let timing = catalog.turn_away(&origin, failure.status().as_u16(), failure.class(), &failure);
    Writer::new(fast_path, arrival, timing, output).failure(&failure, style);
    true
}

/// The route, as spans and metrics name it.
fn endpoint(route: Route) -> &'static Endpoint {
    match route {
        Route::Predict => &predict::ENDPOINT,
        Route::PredictModel => &predict::ENDPOINT_OF_MODEL,
        Route::Infer => &v2::INFER,
    }
}

/// Lets a request in, and counts it once it is whole. They all predict.
#[inline]
fn admit(gate: &Gate, head: &Head<'_>, is_whole: bool) -> Result<Pass, Denial> {
    if gate.is_open() {
        return Ok(Pass::default());
    }
    let key = shown(head.authorization, head.x_api_key);
    if is_whole { gate.admit(key, RouteClass::Predict) } else { gate.recognise(key, RouteClass::Predict) }
}

/// Writes one answer behind those before it.
struct Writer<'o> {
    output: &'o mut Vec<u8>,
    date: &'o Date,
    timing: Option<Timing>,
}

impl<'o> Writer<'o> {
    #[inline]
    fn new(
        fast_path: &FastPath,
        arrival: &'o Arrival,
        timing: Option<Timing>,
        output: &'o mut Vec<u8>,
    ) -> Self {
        Self { output, date: &arrival.date, timing: timing.filter(|_| fast_path.service.server_timing()) }
    }

    #[cold]
    fn failure(&mut self, failure: &Failure, style: Style) {
        let status = failure.status();
        let reason = status.canonical_reason().unwrap_or_default();
        drop(write!(self.output, "HTTP/1.1 {} {reason}\r\n", status.as_str()));
        self.answer_with(None, failure.header(), &failure.body(style));
    }

    /// JSON, or so many bytes of it with tensors behind; the head is [begun](Signed) already.
    #[inline]
    fn answer(&mut self, json_len: Option<usize>, body: &[u8]) {
        self.answer_with(json_len, None, body);
    }

    #[inline]
    fn answer_with(
        &mut self,
        json_len: Option<usize>,
        header: Option<&(HeaderName, HeaderValue)>,
        body: &[u8],
    ) {
        let output = &mut *self.output;
        match json_len {
            None => output.extend_from_slice(b"content-type: application/json"),
            Some(len) => drop(write!(output, "content-type: application/octet-stream\r\n{JSON_LEN}: {len}")),
        }
        output.extend_from_slice(b"\r\ncontent-length: ");
        output.extend_from_slice(itoa::Buffer::new().format(body.len()).as_bytes());
        output.extend_from_slice(b"\r\ndate: ");
        output.extend_from_slice(self.date.as_bytes());
        if let Some((name, value)) = header {
            drop(write!(output, "\r\n{name}: "));
            output.extend_from_slice(value.as_bytes());
        }
        if let Some(timing) = &self.timing {
            output.extend_from_slice(b"\r\nserver-timing: ");
            output.extend_from_slice(server_timing::value(timing).as_bytes());
        }
        output.extend_from_slice(b"\r\n\r\n");
        output.extend_from_slice(body);
    }
}
