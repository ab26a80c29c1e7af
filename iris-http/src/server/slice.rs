//! What a connection behind hyper may have of its thread before others have their turn.
//!
//! Where the next request is always there already, hyper goes on for as long as there is
//! one, and the runtime asks only now and then what else has come in.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The time that a connection has had without a break.
#[derive(Debug)]
pub(super) struct Slice {
    epoch: Instant,
    /// When it began, and when the last answer was made, in nanoseconds.
    began: AtomicU64,
    answered: AtomicU64,
}

/// The longest slice.
const LONGEST: u64 = 200_000;

/// Who asks for nothing for so long leaves the thread to others anyway.
const BREAK: u64 = 20_000;

impl Slice {
    pub(super) fn new(epoch: Instant) -> Self {
        Self { epoch, began: AtomicU64::new(0), answered: AtomicU64::new(0) }
    }

    /// To be awaited before each request is answered.
    pub(super) async fn turn(&self) {
        if self.is_over(self.epoch.elapsed()) {
            tokio::task::yield_now().await;
            self.began.store(nanos(self.epoch.elapsed()), Ordering::Relaxed);
        }
    }

    /// To be told after each.
    pub(super) fn answered(&self) {
        self.answered.store(nanos(self.epoch.elapsed()), Ordering::Relaxed);
    }

    fn is_over(&self, now: Duration) -> bool {
        let now = nanos(now);
        if now.saturating_sub(self.answered.load(Ordering::Relaxed)) > BREAK {
            self.began.store(now, Ordering::Relaxed);
        }
        now.saturating_sub(self.began.load(Ordering::Relaxed)) > LONGEST
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_without_a_break_gives_way_and_others_need_not() {
        let slice = Slice::new(Instant::now());
        let is_over = |micros: u64| slice.is_over(Duration::from_micros(micros));
        let answered = |micros: u64| slice.answered.store(micros * 1_000, Ordering::Relaxed);
        for micros in (1_000..=1_200).step_by(10) {
            assert!(!is_over(micros), "{micros}");
            answered(micros + 5);
        }
        assert!(is_over(1_210), "one after the other for more than a slice");
        answered(1_215);
        assert!(!is_over(1_240), "there was a break");
    }

    #[tokio::test]
    async fn others_have_their_turn_meanwhile() {
        let slice = Slice::new(Instant::now().checked_sub(Duration::from_secs(1)).unwrap());
        slice.answered.store(u64::MAX, Ordering::Relaxed);
        let other = tokio::spawn(async {});
        slice.turn().await;
        assert!(other.is_finished());
    }
}
