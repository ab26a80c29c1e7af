//! Common requests as bytes, answered as bytes.
//!
//! A `POST` of ordinary form to `/predict` or to the model's `/v2/…/infer` is
//! answered here. Anything else is left where it is, and is none of this file's
//! business. What that saves is in benches/README.md.

use std::io::Write;
use std::time::Duration;

use http::{HeaderName, HeaderValue, StatusCode};
use iris_serving::{Answered, Client, Form};
use iris_telemetry::{Endpoint, Origin, Tick, Timing};

use super::date::Date;
use super::head::{Front, Head, RequestLines, Route};
use crate::predict::{ENDPOINT, predict};
use crate::v2;
use crate::v2::infer::Infer;
use crate::v2::request::JSON_LEN;
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
    lines: RequestLines,
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
        Self { lines: RequestLines::new(service.catalog().snapshot().default_model().name()), service }
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
    (fast_path, client): (&FastPath, &Client),
    input: &[u8],
    arrival: &Arrival,
    output: &mut Vec<u8>,
) -> Answers {
    let FastPath { service: http, lines } = fast_path;
    let (mut consumed, mut unwanted, mut wanted, mut refused) = (0, 0, 0, 0);
    let rest = loop {
        let input = &input[consumed..];
        let head = match Front::of(lines, input) {
            Front::Common(head) if head.body_len <= http.max_body() => head,
            Front::Incomplete if input.len() < LONGEST => break Rest::Incomplete,
            Front::Common(_) | Front::Incomplete | Front::Other => break Rest::Unusual,
        };
        let len = head.len + head.body_len;
        if http.catalog().lane().is_some_and(|lane| lane.is_dear(Form::Text, head.body_len)) {
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
        answer_one(fast_path, &head, body, arrival, output);
        if let (Some(began), Some(lane)) = (began, http.catalog().lane()) {
            lane.learn(Form::Text, head.body_len, Duration::from_nanos(Tick::now().since(began)));
        }
        consumed += len;
    };
    Answers { consumed, unwanted, rest, wanted, refused }
}

/// Answers the one request that these bytes are, in the lane.
pub(super) fn answer_dear(fast_path: &FastPath, request: &[u8], arrival: &Arrival) -> Vec<u8> {
    let mut output = Vec::new();
    if let Front::Common(head) = Front::of(&fast_path.lines, request) {
        answer_one(fast_path, &head, &request[head.len..], arrival, &mut output);
    }
    output
}

#[inline]
fn answer_one(fast_path: &FastPath, head: &Head<'_>, body: &[u8], arrival: &Arrival, output: &mut Vec<u8>) {
    let FastPath { service: http, lines } = fast_path;
    let origin =
        |endpoint| Origin::new(endpoint).headers(head.context).started(arrival.started).path(head.path);
    match head.route {
        Route::Predict => {
            let Answered { result, timing } = predict(http, &origin(&ENDPOINT), body);
            let mut writer = Writer::new(fast_path, arrival, timing, output);
            match result {
                Ok(json) => writer.answer(StatusCode::OK, None, &json),
                Err(failure) => writer.failure(&failure, Style::Detail),
            }
        }
        Route::Infer => {
            let infer = Infer::new((lines.model(), None), None, body);
            let Answered { result, timing } = http.catalog().answer(&origin(&v2::INFER), infer);
            let mut writer = Writer::new(fast_path, arrival, timing, output);
            match result {
                Ok(answer) => writer.answer(StatusCode::OK, answer.json_len, &answer.body),
                Err(failure) => writer.failure(&failure, Style::Error),
            }
        }
    }
}

/// Refuses a dear request if it would have to wait for too long; its body need not
/// be there yet.
#[cold]
fn refuse(
    (fast_path, client): (&FastPath, &Client),
    head: &Head<'_>,
    arrival: &Arrival,
    output: &mut Vec<u8>,
) -> bool {
    let catalog = fast_path.service.catalog();
    let checked = catalog.lane().map(|lane| lane.check(client, Form::Text, head.body_len));
    let Some(Err(overloaded)) = checked else { return false };
    let failure = Failure::from(overloaded);
    let (endpoint, style): (&'static Endpoint, _) = match head.route {
        Route::Predict => (&ENDPOINT, Style::Detail),
        Route::Infer => (&v2::INFER, Style::Error),
    };
    let origin = Origin::new(endpoint).headers(head.context).started(arrival.started).path(head.path);
    let timing = catalog.turn_away(&origin, failure.status().as_u16(), failure.class(), &failure);
    Writer::new(fast_path, arrival, timing, output).failure(&failure, style);
    true
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
        self.answer_with(failure.status(), None, failure.header(), &failure.body(style));
    }

    /// JSON, or so many bytes of it with tensors behind.
    #[inline]
    fn answer(&mut self, status: StatusCode, json_len: Option<usize>, body: &[u8]) {
        self.answer_with(status, json_len, None, body);
    }

    #[inline]
    fn answer_with(
        &mut self,
        status: StatusCode,
        json_len: Option<usize>,
        header: Option<&(HeaderName, HeaderValue)>,
        body: &[u8],
    ) {
        let output = &mut *self.output;
        if status == StatusCode::OK {
            output.extend_from_slice(b"HTTP/1.1 200 OK\r\n");
        } else {
            let reason = status.canonical_reason().unwrap_or_default();
            drop(write!(output, "HTTP/1.1 {} {reason}\r\n", status.as_str()));
        }
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
