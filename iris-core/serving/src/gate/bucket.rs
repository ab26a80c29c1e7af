//! How much there may be in a second.
//!
//! A bucket is one number, so that workers share it without a lock; it may be
//! overdrawn, as what a request costs is known only when it has been read. No
//! crate has both.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A bucket that holds what may be taken in a second, or one, and fills up again as fast.
#[derive(Debug)]
pub(super) struct Bucket {
    epoch: Instant,
    /// Nanoseconds until one more is in it.
    each: u64,
    /// Nanoseconds from empty to full.
    window: u64,
    /// When it will be full, in nanoseconds since the epoch.
    full_at: AtomicU64,
}

const SECOND: u64 = 1_000_000_000;

impl Bucket {
    /// Of so many a second, above 0.
    pub(super) fn new(per_second: f64) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is positive, and `as` saturates"
        )]
        let each = (1e9 / per_second).ceil().max(1.0) as u64;
        let window = each.max(SECOND);
        Self { epoch: Instant::now(), each, window, full_at: AtomicU64::new(0) }
    }

    /// Takes one, or says how long it will be until there is one.
    pub(super) fn take(&self) -> Result<(), Duration> {
        self.take_at(self.now())
    }

    /// Whether there is one in it, or how long it will be until then.
    pub(super) fn check(&self) -> Result<(), Duration> {
        self.check_at(self.now())
    }

    /// Takes `n`, whether or not they are in it.
    pub(super) fn draw(&self, n: usize) {
        self.draw_at(self.now(), n);
    }

    fn now(&self) -> u64 {
        u64::try_from(self.epoch.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    fn take_at(&self, now: u64) -> Result<(), Duration> {
        let taken = |full_at: u64| {
            let full_at = full_at.max(now).saturating_add(self.each);
            (full_at - now <= self.window).then_some(full_at)
        };
        let result = self.full_at.fetch_update(Ordering::Relaxed, Ordering::Relaxed, taken);
        result.map(drop).map_err(|full_at| {
            let full_at = full_at.saturating_add(self.each);
            Duration::from_nanos(full_at.saturating_sub(now).saturating_sub(self.window))
        })
    }

    fn check_at(&self, now: u64) -> Result<(), Duration> {
        let missing = self.full_at.load(Ordering::Relaxed).saturating_sub(now);
        match missing.saturating_add(self.each).saturating_sub(self.window) {
            0 => Ok(()),
            wait => Err(Duration::from_nanos(wait)),
        }
    }

    fn draw_at(&self, now: u64, n: usize) {
        let cost = self.each.saturating_mul(n as u64);
        let drawn = |full_at: u64| Some(full_at.max(now).saturating_add(cost));
        // It never says no.
        let _ = self.full_at.fetch_update(Ordering::Relaxed, Ordering::Relaxed, drawn);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLISECOND: u64 = 1_000_000;

    #[test]
    fn a_seconds_worth_may_be_taken_at_once_and_then_one_by_one() {
        let bucket = Bucket::new(10.0);
        for _ in 0..10 {
            assert_eq!(bucket.take_at(0), Ok(()));
        }
        assert_eq!(bucket.take_at(0), Err(Duration::from_millis(100)));
        assert_eq!(bucket.take_at(99 * MILLISECOND), Err(Duration::from_millis(1)));
        assert_eq!(bucket.take_at(100 * MILLISECOND), Ok(()));
        assert!(bucket.take_at(100 * MILLISECOND).is_err());
    }

    #[test]
    fn what_is_rarer_than_once_a_second_may_still_be_taken() {
        let bucket = Bucket::new(0.1);
        assert_eq!(bucket.take_at(0), Ok(()));
        assert_eq!(bucket.take_at(0), Err(Duration::from_secs(10)));
        assert_eq!(bucket.take_at(10_000 * MILLISECOND), Ok(()));
    }

    #[test]
    fn what_was_overdrawn_is_paid_back_in_time() {
        let bucket = Bucket::new(1_000.0);
        assert_eq!(bucket.check_at(0), Ok(()));
        bucket.draw_at(0, 3_000);
        assert_eq!(bucket.check_at(0), Err(Duration::from_millis(2_001)));
        assert!(bucket.check_at(2_000 * MILLISECOND).is_err());
        assert_eq!(bucket.check_at(2_001 * MILLISECOND), Ok(()));
    }

    #[test]
    fn no_number_is_too_large() {
        let bucket = Bucket::new(f64::MAX);
        bucket.draw_at(0, usize::MAX);
        bucket.draw_at(u64::MAX, usize::MAX);
        assert!(bucket.check_at(0).is_err() && bucket.take_at(u64::MAX).is_ok());
        assert!(Bucket::new(f64::MIN_POSITIVE).take_at(0).is_ok());
    }

    #[test]
    fn time_passes() {
        let bucket = Bucket::new(1e9);
        bucket.draw(1);
        assert_eq!((bucket.check(), bucket.take()), (Ok(()), Ok(())));
    }
}
