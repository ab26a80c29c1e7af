//! The thread that sends what waits, and tries again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tracing::{info, warn};

use super::queue::{Block, Queue};
use super::slot;
use super::view::View;

/// Between attempts: doubled from the first to the last, less a random part, so
/// that many servers do not come back at once.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LAST_PAUSE: Duration = Duration::from_secs(5);

/// The longest pause that a collector may ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// A collector that takes longer than this for a message gets larger ones.
const SLOW: Duration = Duration::from_millis(100);

/// Blocks of the largest message, about 2 MiB: below the 4 MiB that gRPC
/// servers take by default.
const MOST_BLOCKS: usize = 2;

/// A way out: makes messages of records and sends them. Blocks the thread it is
/// called on.
pub(super) trait Transport: Send {
    /// Where it leads, in words for a log.
    fn place(&self) -> String;

    /// Begins a message.
    fn start(&mut self);

    /// Adds the spans of one record. `epoch` is when the clock stood at 0, in
    /// nanoseconds since 1970.
    fn add(&mut self, view: &View<'_>, epoch: u64);

    /// Sends the message, for the first time or again.
    fn send(&mut self) -> Outcome;

    /// Nothing more comes.
    fn close(&mut self) {}
}

/// What became of a message.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It arrived; of its spans this many were not wanted.
    Accepted { rejected_spans: u64, message: String },
    /// It may be sent again, after the time that the collector named.
    Retry { after: Option<Duration>, reason: String },
    /// Sending it again would not help.
    Refused { reason: String },
}

/// What has been sent, for the metrics.
#[derive(Debug, Default)]
pub(super) struct Sent {
    pub(super) exported: AtomicU64,
    pub(super) retries: AtomicU64,
    /// Traces that the collector would not have.
    pub(super) refused: AtomicU64,
    pub(super) rejected_spans: AtomicU64,
}

pub(super) struct Exporter<T> {
    pending: Arc<Queue>,
    sent: Arc<Sent>,
    transport: T,
    endpoint: String,
    timeout: Duration,
    /// Since when nothing has been accepted.
    outage: Option<Instant>,
    refusal_is_known: bool,
    rejection_is_known: bool,
}

impl<T: Transport> Exporter<T> {
    /// Sends what is `pending`; a message takes no longer than `timeout`.
    pub(super) fn new(pending: Arc<Queue>, sent: Arc<Sent>, transport: T, timeout: Duration) -> Self {
        Self {
            pending,
            sent,
            endpoint: transport.place(),
            transport,
            timeout,
            outage: None,
            refusal_is_known: false,
            rejection_is_known: false,
        }
    }

    /// Sends until nothing more comes.
    pub(super) fn run(mut self) {
        let mut n_blocks = 1;
        while let Some(blocks) = self.pending.take(n_blocks) {
            let Some(took) = self.deliver(&blocks) else { break };
            self.pending.done(blocks);
            // Larger messages for one that is slow, but not so slow that they would time out.
            let is_slow = took > SLOW && took < self.timeout / 4;
            n_blocks = if is_slow { (n_blocks * 2).min(MOST_BLOCKS) } else { 1 };
        }
        self.transport.close();
        self.pending.sender_done();
    }

    /// Sends one message until it is dealt with; after a failure a large one in
    /// halves. Returns how long the last took, or `None` if time is up.
    fn deliver(&mut self, blocks: &[Block]) -> Option<Duration> {
        self.transport.start();
        for block in blocks {
            slot::for_each(&block.slots, |view| self.transport.add(view, block.epoch));
        }
        let traces = blocks.iter().map(|block| block.traces).sum();
        let mut pause = FIRST_PAUSE;
        loop {
            let start = Instant::now();
            match self.transport.send() {
                Outcome::Accepted { rejected_spans, message } => {
                    self.accepted(traces, rejected_spans, &message);
                    return Some(start.elapsed());
                }
                Outcome::Refused { reason } => {
                    self.refused(traces, &reason);
                    return Some(Duration::ZERO);
                }
                Outcome::Retry { after, reason } => {
                    if self.outage.is_none() {
                        self.outage = Some(Instant::now());
                        let (endpoint, limit) = (&self.endpoint, self.pending.limit());
                        warn!(
                            endpoint,
                            buffer_bytes = limit,
                            "traces cannot be exported, they wait in the buffer: {reason}"
                        );
                    }
                    let asked = after.unwrap_or_default().min(LONGEST_PAUSE);
                    if !self.pending.pause(asked.max(with_jitter(pause))) {
                        return None;
                    }
                    pause = (pause * 2).min(LAST_PAUSE);
                    self.sent.retries.fetch_add(1, Ordering::Relaxed);
                    if blocks.len() > 1 {
                        let (first, second) = blocks.split_at(blocks.len() / 2);
                        return self.deliver(first).and_then(|_| self.deliver(second));
                    }
                }
            }
        }
    }

    fn accepted(&mut self, traces: u64, rejected_spans: u64, message: &str) {
        self.sent.exported.fetch_add(traces, Ordering::Relaxed);
        self.sent.rejected_spans.fetch_add(rejected_spans, Ordering::Relaxed);
        if let Some(since) = self.outage.take() {
            info!(endpoint = self.endpoint, after = ?since.elapsed(), "traces are exported again");
        }
        self.refusal_is_known = false;
        let is_partial = rejected_spans > 0 || !message.is_empty();
        let is_known = std::mem::replace(&mut self.rejection_is_known, is_partial);
        if is_partial && !is_known {
            warn!(
                endpoint = self.endpoint,
                rejected_spans, "the collector did not take every span: {message}"
            );
        }
    }

    fn refused(&mut self, traces: u64, reason: &str) {
        self.sent.refused.fetch_add(traces, Ordering::Relaxed);
        self.outage = None;
        if !self.refusal_is_known {
            self.refusal_is_known = true;
            warn!(
                endpoint = self.endpoint,
                "the collector does not want these traces, they are dropped: {reason}"
            );
        }
    }
}

/// Between half and all of it.
fn with_jitter(pause: Duration) -> Duration {
    pause.mul_f64(0.5 + fastrand::f64() / 2.0)
}
