//! A ring for each thread that ends requests.
//!
//! A thread writes to its own ring only, and one reader at a time drains them
//! all, so neither takes a lock that the other might hold. Requests that are
//! not sampled have no record: they are counted under a lock of the thread's
//! own, which only a scrape of the metrics takes too. So are those whose record
//! finds no place; metrics do not depend on how fast anything is drained.

mod spill;

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use fastrand::Rng;
use rtrb::{Consumer, Producer, RingBuffer};

use super::agents::{Remembered, UserAgents};
use super::metrics::Metrics;
use super::slot::{self, Slot};
use super::view::View;
use super::waker::Waker;
use crate::context::{SpanId, TraceId};
use crate::record::Record;
use spill::Spill;

/// Slots of a ring: at a hundred thousand requests a second enough for 20 ms in
/// which nobody drains it. Its 350 kB stay in a core's cache, which a ring that
/// holds more would miss with every record.
const CAPACITY: usize = 2_048;

/// Slots beside a ring for when it is full, because nobody has drained it for
/// longer. They are taken under a lock, which the draining thread takes too.
const SPILL: usize = 65_536;

/// Tells one set of rings from another on a thread that writes to several.
static NEXT_OWNER: AtomicU64 = AtomicU64::new(1);

thread_local! {
    /// This thread's rings: one for each `Telemetry` it has worked for.
    static RINGS: RefCell<Vec<Writer>> = const { RefCell::new(Vec::new()) };
}

/// The rings of one `Telemetry`.
#[derive(Debug)]
pub(super) struct Rings {
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
    remembered: Remembered,
}

/// The draining end.
#[derive(Debug)]
pub(super) struct Reader {
    ring: Consumer<Slot>,
    shared: Arc<Shared>,
}

/// What both ends see.
#[derive(Debug)]
struct Shared {
    /// Slots that found the ring full.
    spill: Spill<Slot>,
    /// Records that found no place even there: they are counted, and have no trace.
    dropped: AtomicU64,
    /// Requests that leave no record: those not sampled, and those dropped.
    unrecorded: Mutex<Metrics>,
    used_at_most: AtomicUsize,
}

impl Rings {
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

    /// The number of what a client calls itself, or 0 if it has none.
    pub(super) fn user_agent(&self, value: &[u8], agents: &UserAgents) -> u32 {
        self.with(|writer| writer.remembered.number(value, agents)).unwrap_or(0)
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
                writer.shared.spill(record, tail);
            }
            if writer.ring.cached_slots() < CAPACITY / 2 && writer.ring.slots() < CAPACITY / 2 {
                self.waker.wake();
            }
        });
    }

    /// Counts a request that leaves no record.
    pub(super) fn count_unsampled(&self, record: &Record, tail: &[u8]) {
        self.with(|writer| {
            writer.shared.count(record, tail);
        });
    }

    /// Runs `work` with this thread's ring, opening it if it is the first time;
    /// `None` on a thread that is being torn down.
    fn with<T>(&self, work: impl FnOnce(&mut Writer) -> T) -> Option<T> {
        RINGS
            .try_with(|rings| {
                let mut rings = rings.borrow_mut();
                let index = rings.iter().position(|writer| writer.owner == self.owner).unwrap_or_else(|| {
                    // Rings whose reader is gone are of no more use.
                    rings.retain(|writer| !writer.ring.is_abandoned());
                    rings.push(self.open());
                    rings.len() - 1
                });
                work(&mut rings[index])
            })
            .ok()
    }

    #[cold]
    fn open(&self) -> Writer {
        let (producer, consumer) = RingBuffer::new(CAPACITY);
        let shared = Arc::new(Shared {
            spill: Spill::new(SPILL),
            dropped: AtomicU64::new(0),
            unrecorded: Mutex::default(),
            used_at_most: AtomicUsize::new(0),
        });
        let reader = Reader { ring: consumer, shared: shared.clone() };
        self.new.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
        // The seed is the system's randomness: no two processes have the same ids.
        let random = Rng::with_seed(uuid::Uuid::new_v4().as_u64_pair().0);
        Writer { owner: self.owner, ring: producer, shared, random, remembered: Remembered::default() }
    }

    /// Adds the rings opened since the last call to `readers`.
    pub(super) fn take_new(&self, readers: &mut Vec<Reader>) {
        readers.append(&mut self.new.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.shared.spill.end();
    }
}

impl Shared {
    #[cold]
    fn spill(&self, record: &Record, tail: &[u8]) {
        if !self.spill.push(slot::n_slots(tail), slot::slots(record, tail)) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            self.count(record, tail);
        }
    }

    /// Counts a request that leaves no record.
    fn count(&self, record: &Record, tail: &[u8]) {
        let mut metrics = self.unrecorded.lock().unwrap_or_else(PoisonError::into_inner);
        metrics.observe(&View::new(record, tail), None);
    }
}

impl Reader {
    /// Hands over what is in the ring, whole records, in at most two pieces.
    /// Returns whether there was anything.
    pub(super) fn drain(&mut self, mut take: impl FnMut(&[Slot], &[Slot])) -> bool {
        let n = self.ring.slots();
        if n == 0 && self.shared.spill.is_empty() {
            return false;
        }
        self.shared.used_at_most.fetch_max(n, Ordering::Relaxed);
        let Ok(chunk) = self.ring.read_chunk(n) else { return false };
        let (first, second) = chunk.as_slices();
        take(first, second);
        chunk.commit_all();
        let spilled = self.shared.spill.take();
        if !spilled.is_empty() {
            take(&spilled, &[]);
        }
        true
    }

    /// Whether its thread is gone, and everything it wrote is read.
    pub(super) fn is_done(&self) -> bool {
        self.shared.spill.is_ended() && self.ring.is_empty() && self.shared.spill.is_empty()
    }

    /// Adds what this ring has counted to `metrics`; returns dropped records and
    /// the most slots ever in use.
    pub(super) fn counts(&self, metrics: &mut Metrics) -> (u64, usize) {
        metrics.merge(&self.shared.unrecorded.lock().unwrap_or_else(PoisonError::into_inner));
        (self.shared.dropped.load(Ordering::Relaxed), self.shared.used_at_most.load(Ordering::Relaxed))
    }
}

/// Slots of a ring, for the metric beside its high-water mark.
pub(super) const fn capacity() -> usize {
    CAPACITY
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Tick;
    use crate::origin::Endpoint;
    use crate::record::Kind;

    /// Reads everything there is; returns the spans' ids in the order of reading.
    fn read(rings: &Rings, readers: &mut Vec<Reader>) -> Vec<u64> {
        let mut ids = Vec::new();
        rings.take_new(readers);
        for reader in readers {
            reader.drain(|first, second| {
                slot::for_each([first, second].into_iter().flatten(), |view| {
                    assert_eq!(view.tail.len(), usize::from(view.record.path_len));
                    ids.push(view.record.span_id.0);
                });
            });
        }
        ids
    }

    fn write(rings: &Rings, ids: std::ops::Range<u64>) {
        for id in ids {
            let mut record = Record::new(Kind::Prediction, Endpoint::CALL, Tick::now());
            // Every third has a tail, of two slots.
            let tail = if id % 3 == 0 { &[b'x'; 200][..] } else { &[] };
            (record.span_id, record.path_len) = (SpanId(id), u16::try_from(tail.len()).unwrap());
            rings.write(&record, tail);
        }
    }

    /// Nobody drains: what finds no place is in the metrics all the same.
    #[test]
    fn what_is_dropped_is_counted() {
        let rings = Rings::new(Arc::default());
        let mut readers = Vec::new();
        write(&rings, 0..60_000);
        let n_read = read(&rings, &mut readers).len() as u64;
        let mut metrics = Metrics::default();
        let (dropped, _) = readers[0].counts(&mut metrics);
        assert!(dropped > 0);
        assert_eq!((n_read + dropped, metrics.n_requests()), (60_000, dropped));
    }

    #[test]
    fn a_full_ring_spills_and_nothing_is_lost() {
        let rings = Rings::new(Arc::default());
        let mut readers = Vec::new();
        let n = 20_000;
        write(&rings, 0..n);
        let mut ids = read(&rings, &mut readers);
        write(&rings, n..n + 10);
        ids.extend(read(&rings, &mut readers));
        ids.sort_unstable();
        assert_eq!(ids, (0..n + 10).collect::<Vec<_>>());
        assert_eq!(readers[0].counts(&mut Metrics::default()).0, 0);
    }

    #[test]
    fn what_finds_no_place_at_all_is_counted() {
        let rings = Rings::new(Arc::default());
        let mut readers = Vec::new();
        let n = 100_000;
        write(&rings, 0..n);
        let read = read(&rings, &mut readers).len() as u64;
        let (dropped, used) = readers[0].counts(&mut Metrics::default());
        assert!(dropped > 0);
        assert_eq!((read + dropped, used), (n, CAPACITY));
    }

    #[test]
    fn a_ring_ends_with_its_thread_once_it_is_read() {
        let rings = Arc::new(Rings::new(Arc::default()));
        let writing = rings.clone();
        std::thread::spawn(move || write(&writing, 0..5_000)).join().unwrap();
        let mut readers = Vec::new();
        rings.take_new(&mut readers);
        assert!(!readers[0].is_done());
        assert_eq!(read(&rings, &mut readers).len(), 5_000);
        assert!(readers[0].is_done());
    }
}
