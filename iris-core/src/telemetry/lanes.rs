//! A ring for each thread that ends requests.
//!
//! A thread writes to its own ring only, and one reader at a time drains them
//! all, so neither takes a lock that the other might hold. Requests that are
//! not sampled have no record: they are counted under a lock of the thread's
//! own, which only a scrape of the metrics takes too.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use fastrand::Rng;
use rtrb::{Consumer, Producer, RingBuffer};

use super::metrics::Metrics;
use super::slot::{self, Slot};
use super::view::View;
use super::waker::Waker;
use crate::context::{SpanId, TraceId};
use crate::record::Record;

/// Slots of a ring: at a hundred thousand requests a second enough for 40 ms in
/// which nobody drains it. Its 700 kB stay in a core's cache; a ring four times
/// as large costs every request 0.1 µs.
const CAPACITY: usize = 4_096;

/// Tells one set of lanes from another on a thread that writes to several.
static NEXT_OWNER: AtomicU64 = AtomicU64::new(1);

thread_local! {
    /// This thread's lanes: one for each `Telemetry` it has worked for.
    static LANES: RefCell<Vec<Writer>> = const { RefCell::new(Vec::new()) };
}

/// The lanes of one `Telemetry`.
#[derive(Debug)]
pub(super) struct Lanes {
    owner: u64,
    /// Those that the reader has not taken over yet.
    new: Mutex<Vec<Reader>>,
    waker: Arc<Waker>,
}

/// A thread's end of its ring.
struct Writer {
    owner: u64,
    ring: Producer<Slot>,
    shared: Arc<Shared>,
    random: Rng,
}

/// The draining end.
#[derive(Debug)]
pub(super) struct Reader {
    ring: Consumer<Slot>,
    shared: Arc<Shared>,
}

/// What both ends see.
#[derive(Debug, Default)]
struct Shared {
    /// Records that found the ring full.
    dropped: AtomicU64,
    /// Requests that were not sampled.
    unsampled: Mutex<Metrics>,
    used_at_most: AtomicUsize,
}

impl Lanes {
    pub(super) fn new(waker: Arc<Waker>) -> Self {
        let owner = NEXT_OWNER.fetch_add(1, Ordering::Relaxed);
        Self { owner, new: Mutex::default(), waker }
    }

    /// A trace id and a span id for a request of this thread.
    pub(super) fn ids(&self) -> (TraceId, SpanId) {
        let ids = self.with(|writer| (writer.random.u128(1..), writer.random.u64(1..)));
        let (trace, span) = ids.unwrap_or_else(|| (fastrand::u128(1..), fastrand::u64(1..)));
        (TraceId(trace), SpanId(span))
    }

    /// Writes a record to this thread's ring.
    pub(super) fn write(&self, record: &Record, tail: &[u8]) {
        self.with(|writer| {
            let written = if tail.is_empty() {
                writer.ring.push(Slot::Record(*record)).is_ok()
            } else {
                let chunk = writer.ring.write_chunk_uninit(slot::n_slots(tail));
                chunk.map(|chunk| chunk.fill_from_iter(slot::slots(record, tail))).is_ok()
            };
            if !written {
                writer.shared.dropped.fetch_add(1, Ordering::Relaxed);
            }
            if writer.ring.cached_slots() < CAPACITY / 2 && writer.ring.slots() < CAPACITY / 2 {
                self.waker.wake();
            }
        });
    }

    /// Counts a request that leaves no record.
    pub(super) fn count_unsampled(&self, record: &Record, tail: &[u8]) {
        self.with(|writer| {
            let mut metrics = writer.shared.unsampled.lock().unwrap_or_else(PoisonError::into_inner);
            metrics.observe(&View::new(record, tail), None);
        });
    }

    /// Runs `work` with this thread's lane, opening it if it is the first time;
    /// `None` on a thread that is being torn down.
    fn with<T>(&self, work: impl FnOnce(&mut Writer) -> T) -> Option<T> {
        LANES
            .try_with(|lanes| {
                let mut lanes = lanes.borrow_mut();
                let index = lanes.iter().position(|lane| lane.owner == self.owner).unwrap_or_else(|| {
                    // Lanes whose reader is gone are of no more use.
                    lanes.retain(|lane| !lane.ring.is_abandoned());
                    lanes.push(self.open());
                    lanes.len() - 1
                });
                work(&mut lanes[index])
            })
            .ok()
    }

    #[cold]
    fn open(&self) -> Writer {
        let (producer, consumer) = RingBuffer::new(CAPACITY);
        let shared = Arc::new(Shared::default());
        let reader = Reader { ring: consumer, shared: shared.clone() };
        self.new.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
        // The seed is the system's randomness: no two processes have the same ids.
        let random = Rng::with_seed(uuid::Uuid::new_v4().as_u64_pair().0);
        Writer { owner: self.owner, ring: producer, shared, random }
    }

    /// Adds the lanes opened since the last call to `readers`.
    pub(super) fn take_new(&self, readers: &mut Vec<Reader>) {
        readers.append(&mut self.new.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Reader {
    /// Hands over what is in the ring, whole records, in at most two pieces.
    /// Returns whether there was anything.
    pub(super) fn drain(&mut self, mut take: impl FnMut(&[Slot], &[Slot])) -> bool {
        let n = self.ring.slots();
        if n == 0 {
            return false;
        }
        self.shared.used_at_most.fetch_max(n, Ordering::Relaxed);
        let Ok(chunk) = self.ring.read_chunk(n) else { return false };
        let (first, second) = chunk.as_slices();
        take(first, second);
        chunk.commit_all();
        true
    }

    /// Whether its thread is gone, and everything it wrote is read.
    pub(super) fn is_done(&self) -> bool {
        self.ring.is_abandoned() && self.ring.is_empty()
    }

    /// Adds what this lane has counted to `metrics`; returns dropped records and
    /// the most slots ever in use.
    pub(super) fn counts(&self, metrics: &mut Metrics) -> (u64, usize) {
        metrics.merge(&self.shared.unsampled.lock().unwrap_or_else(PoisonError::into_inner));
        (self.shared.dropped.load(Ordering::Relaxed), self.shared.used_at_most.load(Ordering::Relaxed))
    }
}

/// Slots of a ring, for the metric beside its high-water mark.
pub(super) const fn capacity() -> usize {
    CAPACITY
}
