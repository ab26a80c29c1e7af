//! The common request, answered without a framework.
//!
//! A `POST` of ordinary form to `/predict` or to the model's `/v2/…/infer` is
//! answered by one read and one write.
//! Anything else hands the connection over with what was read of it, and is
//! none of this file's business. What that saves is in benches/README.md.

use std::future::Future;
use std::io::{self, ErrorKind, Write};
use std::pin::{Pin, pin};
use std::time::Duration;

use http::StatusCode;
use iris_core::serving::Answered;
use iris_core::spans::{Origin, Tick, Timing};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use super::date::Date;
use super::head::{Front, RequestLines, Route};
use crate::predict::{ENDPOINT, predict};
use crate::timeouts::{poll_once, timeout};
use crate::v2;
use crate::v2::infer::Infer;
use crate::v2::request::JSON_LEN;
use crate::{App, Failure, Style, server_timing};

/// How a connection leaves the fast path.
pub(super) enum End {
    /// By the client, by its silence, or by a stop; nothing was in flight.
    Closed,
    /// With bytes of a request that is not the common one, or not yet whole.
    HandOver(Vec<u8>),
}

/// Room for a few requests; a larger one is handed over.
const INPUT: usize = 2_048;
/// Room for an answer; what a long one needs on top is given back.
const OUTPUT: usize = 512;

/// Answers common requests until something else happens.
pub(super) async fn serve<S: Future>(
    stream: &mut TcpStream,
    app: &App,
    lines: &RequestLines,
    idle: Duration,
    mut stop: Pin<&mut S>,
) -> io::Result<End> {
    let mut input = Vec::with_capacity(INPUT);
    let mut output = Vec::with_capacity(OUTPUT);
    // Set anew only when it fires, so that a request costs a counter and not a
    // timer; a silent connection is closed after `idle`, or at most twice that.
    let mut timer = pin!(sleep(idle));
    let (mut n_reads, mut n_reads_before) = (0u64, 0u64);
    loop {
        let read = tokio::select! {
            biased;
            _ = &mut stop => return answer_pending(stream, input).await,
            read = stream.read_buf(&mut input) => read?,
            () = &mut timer => {
                if !input.is_empty() {
                    return Ok(End::HandOver(input));
                }
                if n_reads == n_reads_before {
                    return Ok(End::Closed);
                }
                n_reads_before = n_reads;
                timer.as_mut().reset(Instant::now() + idle);
                continue;
            }
        };
        if read == 0 {
            return Ok(End::Closed);
        }
        n_reads += 1;
        // The router knows how to part with a client.
        if !app.served().is_ready() {
            return Ok(End::HandOver(input));
        }
        let started = app.predictor().tracer().now();
        let in_flight = app.in_flight().enter();
        let (answered, rest) = answer(app, lines, started, &input, &mut output);
        if !output.is_empty() {
            // A client that does not read has as long as an idle one.
            timeout(idle, stream.write_all(&output)).await.ok_or(ErrorKind::TimedOut)??;
            output.clear();
            output.shrink_to(OUTPUT);
        }
        drop(in_flight);
        input.drain(..answered);
        if rest == Rest::Unusual || input.len() >= INPUT {
            return Ok(End::HandOver(input));
        }
    }
}

/// A request that came together with the stop is still answered, by hyper,
/// which tells the client that the connection closes.
async fn answer_pending(stream: &mut TcpStream, mut input: Vec<u8>) -> io::Result<End> {
    // The runtime learns only between tasks of what has come in since.
    tokio::task::yield_now().await;
    if let Some(read) = poll_once(stream.read_buf(&mut input)).await {
        read?;
    }
    Ok(if input.is_empty() { End::Closed } else { End::HandOver(input) })
}

/// What is left behind the requests that were answered.
#[derive(PartialEq, Eq)]
enum Rest {
    /// Nothing, or the beginning of a common request.
    Incomplete,
    /// Something that is not one.
    Unusual,
}

/// Answers the whole common requests at the front of `input`; returns how many
/// bytes they are. They were read at `started`.
fn answer(
    app: &App,
    lines: &RequestLines,
    started: Option<Tick>,
    input: &[u8],
    output: &mut Vec<u8>,
) -> (usize, Rest) {
    let mut answered = 0;
    loop {
        let rest = &input[answered..];
        let head = match Front::of(lines, rest) {
            Front::Common(head) if head.body_len <= app.max_body() => head,
            Front::Incomplete => return (answered, Rest::Incomplete),
            Front::Common(_) | Front::Other => return (answered, Rest::Unusual),
        };
        let end = head.len + head.body_len;
        let Some(body) = rest.get(head.len..end) else {
            return (answered, if end > INPUT { Rest::Unusual } else { Rest::Incomplete });
        };
        let origin = |endpoint| Origin::new(endpoint).headers(head.context).started(started).path(head.path);
        match head.route {
            Route::Predict => {
                let Answered { result, timing } = predict(app, &origin(&ENDPOINT), body);
                let mut writer = Writer { output, timing: timing.filter(|_| app.server_timing()) };
                match result {
                    Ok(json) => writer.answer(StatusCode::OK, None, &json),
                    Err(failure) => writer.failure(&failure, Style::Detail),
                }
            }
            Route::Infer => {
                let infer = Infer::new((app.served().name(), None), None, body);
                let Answered { result, timing } = app.served().answer(&origin(&v2::INFER), infer);
                let mut writer = Writer { output, timing: timing.filter(|_| app.server_timing()) };
                match result {
                    Ok(answer) => writer.answer(StatusCode::OK, answer.json_len, &answer.body),
                    Err(failure) => writer.failure(&failure, Style::Error),
                }
            }
        }
        answered += end;
    }
}

/// Writes one answer behind those before it.
struct Writer<'o> {
    output: &'o mut Vec<u8>,
    timing: Option<Timing>,
}

impl Writer<'_> {
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
        output.extend_from_slice(Date::now().as_bytes());
        if let Some(timing) = &self.timing {
            output.extend_from_slice(b"\r\nserver-timing: ");
            output.extend_from_slice(server_timing::value(timing).as_bytes());
        }
        output.extend_from_slice(b"\r\n\r\n");
        output.extend_from_slice(body);
    }
}
