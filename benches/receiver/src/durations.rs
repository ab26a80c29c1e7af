//! How long the spans of requests took, and the traces of the slowest requests.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::check::{CHILDREN, ROOT};
use crate::counts::Counter;
use crate::spans::each_span;
use crate::tally::NAME;
use crate::wire::{Fields, Malformed, Value};

// Field numbers of opentelemetry/proto/trace/v1/trace.proto.
const TRACE_ID: u64 = 1;
const START: u64 = 7;
const END: u64 = 8;

const NAMES: [&str; 4] = [ROOT, CHILDREN[0], CHILDREN[1], CHILDREN[2]];

/// Sums over every span, and the slowest requests.
#[derive(Debug)]
pub(crate) struct Durations {
    sums: [Sum; NAMES.len()],
    n_slowest: usize,
    /// A request that took no longer than this need not be looked at: most are
    /// passed over without the lock.
    threshold: AtomicU64,
    slowest: Mutex<Vec<Request>>,
}

#[derive(Debug, Default)]
struct Sum {
    spans: Counter,
    nanoseconds: Counter,
}

/// A request's trace, its spans as they stood in the body.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Request {
    trace_id: Vec<u8>,
    nanoseconds: u64,
    spans: Vec<Timed>,
}

/// One span's name, as an index into `NAMES`, and times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Timed {
    name: usize,
    start: u64,
    end: u64,
}

impl Durations {
    /// Keeps the traces of so many of the slowest requests.
    pub(crate) fn new(n_slowest: usize) -> Self {
        Self {
            sums: Default::default(),
            n_slowest,
            threshold: AtomicU64::new(0),
            slowest: Mutex::new(Vec::with_capacity(n_slowest + 1)),
        }
    }

    /// Reads the spans of an `ExportTraceServiceRequest`.
    pub(crate) fn add(&self, body: &[u8]) -> Result<(), Malformed> {
        let mut slow = Vec::new();
        each_timed(body, |trace_id, span| {
            let nanoseconds = span.end.saturating_sub(span.start);
            self.sums[span.name].spans.add(1);
            self.sums[span.name].nanoseconds.add(nanoseconds);
            if span.name == 0 && nanoseconds > self.threshold.load(Ordering::Relaxed) {
                slow.push(Request { trace_id: trace_id.to_vec(), nanoseconds, spans: Vec::new() });
            }
        })?;
        slow.sort_by_key(|request| std::cmp::Reverse(request.nanoseconds));
        slow.truncate(self.n_slowest);
        if slow.is_empty() {
            return Ok(());
        }
        each_timed(body, |trace_id, span| {
            if let Some(request) = slow.iter_mut().find(|request| request.trace_id == trace_id) {
                request.spans.push(span);
            }
        })?;
        self.keep(slow);
        Ok(())
    }

    fn keep(&self, more: Vec<Request>) {
        let mut slowest = self.slowest.lock().expect("nothing panics with it");
        slowest.extend(more);
        slowest.sort_by_key(|request| std::cmp::Reverse(request.nanoseconds));
        slowest.truncate(self.n_slowest);
        if slowest.len() == self.n_slowest
            && let Some(last) = slowest.last()
        {
            self.threshold.store(last.nanoseconds, Ordering::Relaxed);
        }
    }

    /// For each name, how many spans there were and how long they took together.
    pub(crate) fn json(&self) -> String {
        let members: Vec<String> = NAMES
            .iter()
            .zip(&self.sums)
            .map(|(name, sum)| {
                format!(
                    "\"{name}\":{{\"spans\":{},\"nanoseconds\":{}}}",
                    sum.spans.get(),
                    sum.nanoseconds.get()
                )
            })
            .collect();
        format!("{{{}}}", members.join(","))
    }

    /// The slowest requests, the slowest first; starts count from the request's own.
    pub(crate) fn slowest_json(&self) -> String {
        let slowest = self.slowest.lock().expect("nothing panics with it");
        let requests: Vec<String> = slowest.iter().map(Request::json).collect();
        format!("[{}]", requests.join(","))
    }
}

impl Request {
    fn json(&self) -> String {
        let begin = self.spans.iter().find(|span| span.name == 0).map_or(0, |root| root.start);
        let spans: Vec<String> = self
            .spans
            .iter()
            .map(|span| {
                format!(
                    "{{\"name\":\"{}\",\"start_ns\":{},\"duration_ns\":{}}}",
                    NAMES[span.name],
                    span.start.saturating_sub(begin),
                    span.end.saturating_sub(span.start)
                )
            })
            .collect();
        let trace_id: Vec<String> = self.trace_id.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{{\"trace_id\":\"{}\",\"spans\":[{}]}}", trace_id.concat(), spans.join(","))
    }
}

/// Every span of a request, with its trace's id. A body can be read twice: it
/// is cheaper than to keep what only few bodies need.
fn each_timed(body: &[u8], mut take: impl FnMut(&[u8], Timed)) -> Result<(), Malformed> {
    each_span(body, |span| {
        if let (trace_id, Some(span)) = timed(span)? {
            take(trace_id, span);
        }
        Ok(())
    })
}

/// A span's trace id and times, if it is of a request.
fn timed(span: &[u8]) -> Result<(&[u8], Option<Timed>), Malformed> {
    let mut trace_id: &[u8] = &[];
    let (mut name, mut start) = (None, 0);
    for field in Fields::of(span) {
        match field? {
            (TRACE_ID, Value::Bytes(bytes)) => trace_id = bytes,
            (NAME, Value::Bytes(bytes)) => name = NAMES.iter().position(|name| name.as_bytes() == bytes),
            (START, Value::Fixed64(nanoseconds)) => start = nanoseconds,
            // Fields are written in the order of their numbers, so all that is wanted was there.
            (END, Value::Fixed64(end)) => return Ok((trace_id, name.map(|name| Timed { name, start, end }))),
            _ => {}
        }
    }
    Ok((trace_id, None))
}

#[cfg(test)]
mod tests;
