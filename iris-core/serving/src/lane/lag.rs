//! How far workers are behind with what has come in.
//!
//! A request that is cheap by itself is answered on the spot, and many of them are too
//! much for a worker all the same: each then waits behind all others that have come in.
//! How long that is can be seen from anything that is put at the end of a runtime's
//! queue of tasks, as a probe is that is sent now and then while requests are answered.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

/// How often a probe is sent, at most.
const EVERY: Duration = Duration::from_millis(5);

/// How long a worker that was behind counts as one that is.
const HOLD: Duration = Duration::from_secs(1);

thread_local! {
    /// This thread's probe, if it is a worker that is watched.
    static PROBE: RefCell<Option<Probe>> = const { RefCell::new(None) };
}

/// What is sent to the end of the queue: when it was.
struct Probe {
    to: mpsc::Sender<Instant>,
    next: Instant,
}

/// Whether a worker is behind, or was until lately.
#[derive(Debug)]
pub(super) struct Lag {
    /// The delay that is too long.
    limit: Duration,
    began: Instant,
    /// Nanoseconds from the beginning until when one counts as behind; 0 if none was.
    until: AtomicU64,
}

impl Lag {
    pub(super) fn new(limit: Duration, now: Instant) -> Self {
        Self { limit, began: now, until: AtomicU64::new(0) }
    }

    /// Takes notice of how long a probe was under way. Returns whether a worker is
    /// behind, or was until lately.
    pub(super) fn note(&self, delay: Duration, now: Instant) -> bool {
        if delay > self.limit {
            self.until.store(self.nanos(now + HOLD), Ordering::Relaxed);
        }
        self.nanos(now) < self.until.load(Ordering::Relaxed)
    }

    /// Requests are refused: whoever is behind would still be so without that.
    pub(super) fn go_on(&self, now: Instant) {
        if self.nanos(now) < self.until.load(Ordering::Relaxed) {
            self.until.store(self.nanos(now + HOLD), Ordering::Relaxed);
        }
    }

    fn nanos(&self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.began).as_nanos()).unwrap_or(u64::MAX)
    }
}

/// Makes this thread one that is watched: returns where its probes arrive.
pub(super) fn watch() -> mpsc::Receiver<Instant> {
    let (to, arrived) = mpsc::channel(1);
    PROBE.set(Some(Probe { to, next: Instant::now() }));
    arrived
}

/// Sends this thread's probe, if it has one and it is time.
pub(super) fn probe() {
    // On a thread that is being torn down there is none.
    let _ = PROBE.try_with(|probe| {
        let Ok(mut probe) = probe.try_borrow_mut() else { return };
        let Some(Probe { to, next }) = probe.as_mut() else { return };
        let now = Instant::now();
        if now >= *next {
            *next = now + EVERY;
            // The one before may still be under way, and tells enough.
            let _ = to.try_send(now);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_behind_counts_as_such_for_a_second_or_as_long_as_others_are_refused() {
        let (limit, now) = (Duration::from_millis(50), Instant::now());
        let lag = Lag::new(limit, now);
        let at = |millis| now + Duration::from_millis(millis);
        assert!(!lag.note(limit, at(1)));
        lag.go_on(at(2));
        assert!(!lag.note(limit, at(3)), "refusals alone do not begin it");
        assert!(lag.note(limit * 2, at(10)));
        assert!(lag.note(Duration::ZERO, at(1_009)));
        assert!(!lag.note(Duration::ZERO, at(1_010)));
        assert!(lag.note(limit * 2, at(2_000)));
        lag.go_on(at(2_900));
        assert!(lag.note(Duration::ZERO, at(3_899)));
        assert!(!lag.note(Duration::ZERO, at(3_900)));
    }
}
