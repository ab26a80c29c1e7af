//! Common requests as bytes, answered as bytes.
//!
//! A `POST` of ordinary form to `/predict` or to the model's `/v2/…/infer` is
//! answered here. Anything else is left where it is, and is none of this file's
//! business. What that saves is in benches/README.md.

use std::io::Write;

use http::StatusCode;
use iris_serving::Answered;
use iris_serving::gate::{Denial, Gate, Pass, RouteClass, shown};
use iris_telemetry::{Origin, Tick, Timing};

use super::date::Date;
use super::head::{Front, Head, RequestLines, Route};
use crate::predict::{ENDPOINT, Predict};
use crate::v2;
use crate::v2::infer::Infer;
use crate::v2::request::JSON_LEN;
use crate::{Failure, HttpService, Style, server_timing};

/// Bytes of the longest request that is a common one.
pub(super) const LONGEST: usize = 2_048;

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
}

/// What became of the bytes at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Answers {
    /// So many are answered; that is whole requests.
    pub(super) consumed: usize,
    /// What the others are.
    pub(super) rest: Rest,
}

/// What is left behind the requests that were answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rest {
    /// Nothing, or the beginning of a common request.
    Incomplete,
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
    pub(super) fn now(fast_path: &FastPath) -> Self {
        // The date first, so that reading it counts as nobody's time.
        let date = Date::now();
        Self { date, started: fast_path.service.catalog().recorder().now() }
    }
}

/// Answers the whole common requests at the front of `input`, behind what is in
/// `output` already.
///
/// What is answered depends on the bytes alone, and not on how they came in.
#[inline]
pub(super) fn answer(fast_path: &FastPath, input: &[u8], arrival: &Arrival, output: &mut Vec<u8>) -> Answers {
    let FastPath { service: http, lines } = fast_path;
    let mut consumed = 0;
    let rest = loop {
        let input = &input[consumed..];
        let head = match Front::of(lines, input) {
            Front::Common(head) if head.body_len <= http.max_body() => head,
            Front::Incomplete if input.len() < LONGEST => break Rest::Incomplete,
            Front::Common(_) | Front::Incomplete | Front::Other => break Rest::Unusual,
        };
        let len = head.len + head.body_len;
        if len > LONGEST {
            break Rest::Unusual;
        }
        let Ok(pass) = admit(http.gate(), &head, input.len() >= len) else {
            // The router refuses it, and says why.
            break Rest::Unusual;
        };
        let Some(body) = input.get(head.len..len) else { break Rest::Incomplete };
        let origin =
            |endpoint| Origin::new(endpoint).headers(head.context).started(arrival.started).path(head.path);
        match head.route {
            Route::Predict => {
                let predict = pass.charging(Predict::new(body));
                let Answered { result, timing } = http.catalog().answer(&origin(&ENDPOINT), predict);
                let mut writer = Writer::new(fast_path, arrival, timing, output);
                match result {
                    Ok(json) => writer.answer(StatusCode::OK, None, &json),
                    Err(failure) => writer.failure(&failure, Style::Detail),
                }
            }
            Route::Infer => {
                let infer = pass.charging(Infer::new((lines.model(), None), None, body));
                let Answered { result, timing } = http.catalog().answer(&origin(&v2::INFER), infer);
                let mut writer = Writer::new(fast_path, arrival, timing, output);
                match result {
                    Ok(answer) => writer.answer(StatusCode::OK, answer.json_len, &answer.body),
                    Err(failure) => writer.failure(&failure, Style::Error),
                }
            }
        }
        consumed += len;
    };
    Answers { consumed, rest }
}

/// Lets a request in, and counts it once it is whole. Both routes predict.
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
        self.answer(failure.status(), None, &failure.body(style));
    }

    /// JSON, or so many bytes of it with tensors behind.
    #[inline]
    fn answer(&mut self, status: StatusCode, json_len: Option<usize>, body: &[u8]) {
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
        if let Some(timing) = &self.timing {
            output.extend_from_slice(b"\r\nserver-timing: ");
            output.extend_from_slice(server_timing::value(timing).as_bytes());
        }
        output.extend_from_slice(b"\r\n\r\n");
        output.extend_from_slice(body);
    }
}
