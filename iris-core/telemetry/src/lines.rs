//! Traces and requests as lines: on standard output for
//! `OTEL_TRACES_EXPORTER=console`, in the log for the rest.
//!
//! Whoever reads them may be slow. So they are written by a thread of their own,
//! and what finds no room in front of it is dropped and counted; nothing else
//! that is derived from records waits for it.

use std::io::Write;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use tracing::{info, warn};

use super::models::Models;
use super::trace::{Stored, Trace};

/// The target of a line for each request.
pub const ACCESS_TARGET: &str = "iris::access";

/// Lines that may wait to be written.
const CAPACITY: usize = 16_384;

/// What is to be written of a record.
#[derive(Debug, Clone, Copy)]
pub(super) enum Line {
    /// A trace on standard output.
    Console,
    /// A request in the log.
    Access,
    /// A request that failed by our doing, in the log.
    Failure,
}

/// The lines that wait for their thread.
#[derive(Debug, Default)]
pub(super) struct Lines {
    waiting: Mutex<Waiting>,
    filled: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    lines: Vec<(Line, Stored)>,
    dropped: u64,
    is_closed: bool,
}

impl Lines {
    /// Has a line written, if there is room; `record` makes a copy of what it is of.
    pub(super) fn push(&self, line: Line, record: impl FnOnce() -> Stored) {
        let mut waiting = self.lock();
        if waiting.lines.len() >= CAPACITY {
            waiting.dropped += 1;
            return;
        }
        waiting.lines.push((line, record()));
        if waiting.lines.len() == 1 {
            self.filled.notify_one();
        }
    }

    /// Lines that found no room.
    pub(super) fn dropped(&self) -> u64 {
        self.lock().dropped
    }

    /// Lets the thread end once it has written what waits.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.filled.notify_one();
    }

    /// Writes lines until there will be no more: the work of the thread.
    pub(super) fn write_all(&self, models: &Models) {
        let mut lines = Vec::new();
        loop {
            let is_closed = {
                let is_idle = |waiting: &mut Waiting| waiting.lines.is_empty() && !waiting.is_closed;
                let waited = self.filled.wait_while(self.lock(), is_idle);
                let mut waiting = waited.unwrap_or_else(PoisonError::into_inner);
                std::mem::swap(&mut waiting.lines, &mut lines);
                waiting.is_closed
            };
            if lines.is_empty() && is_closed {
                return;
            }
            for (line, stored) in lines.drain(..) {
                line.write(&stored.trace(models));
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    fn write(self, trace: &Trace) {
        match self {
            Self::Console => print(trace),
            Self::Access => log(trace),
            Self::Failure => log_failure(trace),
        }
    }
}

/// Prints a trace. A reader that went away is no reason to stop.
fn print(trace: &Trace) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{trace}").and_then(|()| out.flush());
}

/// A line for a request, if it came from outside.
fn log(trace: &Trace) {
    if trace.endpoint.route.is_empty() && trace.endpoint.method.is_empty() {
        return;
    }
    info!(
        target: ACCESS_TARGET,
        method = trace.endpoint.method,
        route = trace.endpoint.route,
        status = trace.status,
        latency_seconds = trace.duration.as_secs_f64(),
        client.address = client_address(trace),
        user_agent.original = trace.user_agent.as_deref(),
        trace_id = trace_id(trace),
        span_id = span_id(trace),
        sampled = trace.sampled,
        error = trace.error.as_deref(),
        "request"
    );
}

/// A line for a request that failed by our doing, whether or not each is logged.
fn log_failure(trace: &Trace) {
    warn!(
        method = trace.endpoint.method,
        route = trace.endpoint.route,
        status = trace.status,
        trace_id = trace_id(trace),
        span_id = span_id(trace),
        sampled = trace.sampled,
        "{} failed: {}",
        trace.name,
        trace.error.as_deref().unwrap_or_default()
    );
}

fn client_address(trace: &Trace) -> Option<String> {
    trace.client_address.map(|address| address.to_string())
}

fn trace_id(trace: &Trace) -> Option<String> {
    (trace.trace_id.0 != 0).then(|| trace.trace_id.to_string())
}

fn span_id(trace: &Trace) -> Option<String> {
    (trace.span_id.0 != 0).then(|| trace.span_id.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Tick;
    use crate::origin::Endpoint;
    use crate::record::{Kind, Record};
    use crate::view::View;

    #[test]
    fn what_finds_no_room_is_dropped_and_counted() {
        let lines = Lines::default();
        let record = Record::new(Kind::Other, Endpoint::CALL, Tick::now());
        for _ in 0..CAPACITY + 7 {
            lines.push(Line::Access, || Stored::new(&View::new(&record, &[]), 0));
        }
        assert_eq!((lines.dropped(), lines.lock().lines.len()), (7, CAPACITY));
        lines.close();
        lines.write_all(&Models::default());
        assert!(lines.lock().lines.is_empty());
    }
}
