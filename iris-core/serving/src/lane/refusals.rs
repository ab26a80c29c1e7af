//! Refusals counted: for the log, and for how long not to read from who is refused.

use std::time::{Duration, Instant};

/// What the log is told of an overload, and how much of one is taken notice of.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    /// Since it was told last.
    count: u64,
    told: Option<Instant>,
    /// When the next one should come, for all to take a tenth of the time.
    next: Option<Instant>,
    n_threads: u32,
}

/// So long refusals may come as fast as they like.
const BURST: Duration = Duration::from_millis(20);
/// Longer, and where every client has but so many connections all of them are soon in
/// pauses, and whatever comes over one that is free again is late already.
const LONGEST_PAUSE: Duration = Duration::from_millis(60);

/// How often it is told.
const TELL: Duration = Duration::from_secs(10);

impl Refusals {
    /// Where so many threads do the work.
    pub(super) fn of(n_threads: u32) -> Self {
        Self { n_threads, ..Self::default() }
    }

    /// How long not to read from who was refused so many bytes.
    pub(super) fn pause(&mut self, n_bytes: usize, now: Instant) -> Duration {
        let took = Duration::from_nanos(10_000 + n_bytes as u64);
        let next = self.next.map_or(now, |next| next.max(now)) + took * 10 / self.n_threads;
        let pause = next.saturating_duration_since(now + BURST).min(LONGEST_PAUSE);
        // Who does not come in time for the pause to be of use is not waited for.
        self.next = Some(next.min(now + BURST + LONGEST_PAUSE));
        pause
    }

    /// How many there were since the log was told last, if it is to be told now.
    pub(super) fn one_more(&mut self, now: Instant) -> Option<u64> {
        self.count += 1;
        if self.told.is_some_and(|told| now.saturating_duration_since(told) < TELL) {
            return None;
        }
        self.told = Some(now);
        Some(std::mem::take(&mut self.count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_told_of_an_overload_and_not_of_each_refusal() {
        let mut refusals = Refusals::of(1);
        let now = Instant::now();
        assert_eq!(refusals.one_more(now), Some(1));
        for _ in 0..1_000 {
            assert_eq!(refusals.one_more(now + TELL / 2), None);
        }
        assert_eq!(refusals.one_more(now + TELL), Some(1_001));
    }

    #[test]
    fn refusals_that_come_too_fast_are_spread() {
        let (now, mut refusals) = (Instant::now(), Refusals::of(1));
        let pauses: Vec<Duration> = (0..1_000).map(|_| refusals.pause(0, now)).collect();
        assert!(pauses[..200].iter().all(Duration::is_zero), "a burst is no overload");
        assert_eq!(pauses[599], Duration::from_millis(40), "a hundred microseconds each");
        assert_eq!((0..9_000).map(|_| refusals.pause(0, now)).max(), Some(LONGEST_PAUSE));
        assert!(refusals.pause(0, now + Duration::from_secs(1)).is_zero(), "it is over");
        assert!(Refusals::of(1).pause(1 << 30, now) > Refusals::of(4).pause(1 << 20, now));
    }
}
