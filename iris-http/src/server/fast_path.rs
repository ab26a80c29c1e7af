//! The common request, answered without a framework.
//!
//! A complete `POST /predict` that lies in the buffer after one read is
//! answered by one write. Anything else hands the connection over, with what
//! was read, and is none of this file's business: it holds no half of a
//! request and no state from one to the next. What it saves, beside hyper and
//! the router, is in benches/README.md.

use std::cell::Cell;
use std::future::Future;
use std::io::{self, ErrorKind, Write};
use std::pin::{Pin, pin};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::StatusCode;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use super::head::Head;
use crate::predict::predict;
use crate::{App, Failure};

/// How a connection leaves the fast path.
pub(super) enum End {
    /// By the client, by its silence, or by a stop; nothing was in flight.
    Closed,
    /// With bytes of a request that is not the common one.
    HandOver(Vec<u8>),
}

/// Room for a few requests; a larger one is handed over.
const INPUT: usize = 2_048;
const OUTPUT: usize = 512;

/// Answers common requests until something else happens.
pub(super) async fn serve<S>(
    stream: &TcpStream,
    app: &App,
    idle: Duration,
    mut stop: Pin<&mut S>,
) -> io::Result<End>
where
    S: Future,
{
    let mut input = Vec::with_capacity(INPUT);
    let mut output = Vec::with_capacity(OUTPUT);
    // Set anew only when it fires, so that a request costs a counter and not a
    // timer; a silent connection is closed after `idle`, or at most twice that.
    let mut timer = pin!(sleep(idle));
    let (mut n_reads, mut n_reads_before) = (0u64, 0u64);
    loop {
        tokio::select! {
            biased;
            _ = &mut stop => return last_word(stream, input),
            ready = stream.readable() => ready?,
            () = &mut timer => {
                if n_reads == n_reads_before {
                    return Ok(End::Closed);
                }
                n_reads_before = n_reads;
                timer.as_mut().reset(Instant::now() + idle);
                continue;
            }
        }
        match stream.try_read_buf(&mut input) {
            Ok(0) => return Ok(End::Closed),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
            Err(error) => return Err(error),
        }
        n_reads += 1;
        let answered = answer(app, &input, &mut output);
        if !output.is_empty() {
            write_all(stream, &output, idle).await?;
            output.clear();
        }
        if answered < input.len() {
            input.drain(..answered);
            return Ok(End::HandOver(input));
        }
        input.clear();
    }
}

/// A request that arrived together with the stop is still answered, by hyper,
/// which then tells the client that the connection closes.
fn last_word(stream: &TcpStream, mut input: Vec<u8>) -> io::Result<End> {
    match stream.try_read_buf(&mut input) {
        Ok(0) => Ok(End::Closed),
        Ok(_) => Ok(End::HandOver(input)),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(End::Closed),
        Err(error) => Err(error),
    }
}

/// Answers the complete common requests at the front of `input`; returns how
/// many bytes they are.
fn answer(app: &App, input: &[u8], output: &mut Vec<u8>) -> usize {
    let mut answered = 0;
    while let Some(head) = Head::parse(&input[answered..]) {
        let body = answered + head.len;
        if head.body_len > app.max_body() {
            break;
        }
        let Some(body) = input.get(body..body + head.body_len) else { break };
        match predict(app, body) {
            Ok(json) => write_answer(output, StatusCode::OK, &json),
            Err(failure) => write_failure(output, &failure),
        }
        answered += head.len + head.body_len;
    }
    answered
}

#[cold]
fn write_failure(output: &mut Vec<u8>, failure: &Failure) {
    write_answer(output, failure.status(), &failure.detail());
}

#[inline]
fn write_answer(output: &mut Vec<u8>, status: StatusCode, json: &[u8]) {
    if status == StatusCode::OK {
        output.extend_from_slice(b"HTTP/1.1 200 OK\r\n");
    } else {
        let reason = status.canonical_reason().unwrap_or_default();
        drop(write!(output, "HTTP/1.1 {} {reason}\r\n", status.as_str()));
    }
    output.extend_from_slice(b"content-type: application/json\r\ncontent-length: ");
    output.extend_from_slice(itoa::Buffer::new().format(json.len()).as_bytes());
    output.extend_from_slice(b"\r\ndate: ");
    output.extend_from_slice(&date());
    output.extend_from_slice(b"\r\n\r\n");
    output.extend_from_slice(json);
}

/// The date in the form of HTTP, made once a second.
fn date() -> [u8; 29] {
    thread_local! {
        static DATE: Cell<(u64, [u8; 29])> = const { Cell::new((0, [b' '; 29])) };
    }
    let now = SystemTime::now();
    let second = now.duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let (made, mut date) = DATE.get();
    if made != second {
        date.copy_from_slice(httpdate::fmt_http_date(now).as_bytes());
        DATE.set((second, date));
    }
    date
}

/// One write, in nearly every case; a client that does not read has as long as
/// an idle one.
async fn write_all(stream: &TcpStream, mut output: &[u8], patience: Duration) -> io::Result<()> {
    loop {
        match stream.try_write(output) {
            Ok(written) if written == output.len() => return Ok(()),
            Ok(written) => output = &output[written..],
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                timeout(patience, stream.writable()).await.map_err(|_| ErrorKind::TimedOut)??;
            }
            Err(error) => return Err(error),
        }
    }
}
