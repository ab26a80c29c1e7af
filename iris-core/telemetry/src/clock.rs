//! Readings of one monotonic clock, cheap to store and to subtract.
//!
//! A request reads it five times. Where the processor's own counter can be
//! trusted, `quanta` reads that in 10 ns; the system call costs 25.

use std::sync::LazyLock;

use quanta::Instant;

/// Where readings count from; fixed by the first one.
static EPOCH: LazyLock<Instant> = LazyLock::new(Instant::now);

/// A reading: nanoseconds since the first one in this process. Never goes back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tick(u64);

impl Tick {
    /// Reads the clock.
    #[inline]
    #[must_use]
    pub fn now() -> Self {
        let elapsed = Instant::now().saturating_duration_since(*EPOCH);
        // Five centuries fit.
        Self(elapsed.as_secs() * 1_000_000_000 + u64::from(elapsed.subsec_nanos()))
    }

    /// A reading to come, or long ago.
    #[cfg(test)]
    pub(crate) fn at(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since the first reading.
    #[inline]
    #[must_use]
    pub fn as_nanos(self) -> u64 {
        self.0
    }

    /// Nanoseconds from `earlier` to this reading; 0 if it is not earlier.
    #[inline]
    #[must_use]
    pub fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// Nanoseconds as seconds.
#[expect(clippy::cast_precision_loss, reason = "exact up to 104 days, and a nanosecond off beyond")]
pub(crate) fn seconds(nanos: u64) -> f64 {
    nanos as f64 / 1e9
}
