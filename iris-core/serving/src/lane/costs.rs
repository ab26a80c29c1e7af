//! What requests cost, by their length, as far as it has been seen.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How the rows of a request are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// In words: JSON, CSV.
    Text,
    /// In bytes: tensors, protobuf.
    Binary,
}

/// How the rows of a request are written, and which model it asks: requests of one sort cost alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    form: Form,
    /// The place of the model's rates: the first for the default model, the others by the names.
    place: u8,
}

/// Models whose costs are told apart, but for those that share a place by chance.
const PLACES: u8 = 64;

impl From<Form> for Sort {
    /// Of the model that is asked where none is named.
    fn from(form: Form) -> Self {
        Self { form, place: 0 }
    }
}

impl Form {
    /// Of a request that names this model, which is not the default one.
    #[must_use]
    pub fn of_model(self, name: &[u8]) -> Sort {
        let mix = |hash: u32, byte: &u8| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
        let hash = name.iter().fold(0x811c_9dc5, mix);
        let others = u32::from(PLACES - 1);
        Sort { form: self, place: u8::try_from((hash ^ (hash >> 15)) % others).unwrap_or_default() + 1 }
    }
}

/// Nanoseconds for each KiB of a request, by its sort.
///
/// Rows are as many as there are bytes for them, so both what it takes to read a
/// request and what it takes the model are in proportion to its length.
#[derive(Debug)]
pub(super) struct Costs {
    rates: [[AtomicU64; 2]; PLACES as usize],
    /// Dear is what takes longer.
    dear: AtomicU64,
}

const DEAR: u64 = 150_000;
/// The same while a worker is behind. To refuse what takes less would take as long as to answer it.
const DEAR_BEHIND: u64 = 40_000;
/// Nanoseconds of a request without rows.
const FIXED: u64 = 8_000;
/// What is believed before anything was seen: a linear model's cost.
const FIRST: [u64; 2] = [40 << 10, 4 << 10];

impl Default for Costs {
    fn default() -> Self {
        Self { rates: std::array::from_fn(|_| FIRST.map(AtomicU64::new)), dear: AtomicU64::new(DEAR) }
    }
}

impl Costs {
    #[inline]
    pub(super) fn of(&self, sort: Sort, n_bytes: usize) -> u64 {
        FIXED + ((n_bytes as u64).saturating_mul(self.rate(sort).load(Ordering::Relaxed)) >> 10)
    }

    #[inline]
    pub(super) fn is_dear(&self, sort: Sort, n_bytes: usize) -> bool {
        self.of(sort, n_bytes) > self.dear.load(Ordering::Relaxed)
    }

    /// Whether a worker is behind with what has come in.
    pub(super) fn set_behind(&self, is_behind: bool) {
        self.dear.store(if is_behind { DEAR_BEHIND } else { DEAR }, Ordering::Relaxed);
    }

    /// Moves towards what was seen, by a step that does not depend on how far away
    /// that is: so it finds the median, and the kernel's interruptions, which may
    /// make one request look a hundred times as dear, do not count for more.
    #[inline]
    pub(super) fn learn(&self, sort: Sort, n_bytes: usize, took: Duration) {
        let took = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX).saturating_sub(FIXED);
        let seen = took.saturating_mul(1 << 10) / (n_bytes as u64).max(1);
        let rate = self.rate(sort);
        let now = rate.load(Ordering::Relaxed);
        let step = now / if seen / 4 > now || seen < now / 4 { 2 } else { 16 } + 1;
        let next = if seen > now { (now + step).min(seen) } else { now.saturating_sub(step).max(seen) };
        // Two threads may both learn; one of the two is then forgotten.
        rate.store(next.clamp(LEAST, MOST), Ordering::Relaxed);
    }

    #[inline]
    fn rate(&self, sort: Sort) -> &AtomicU64 {
        &self.rates[usize::from(sort.place % PLACES)][sort.form as usize]
    }
}

/// A tenth of a nanosecond a byte, and a second.
const LEAST: u64 = 100;
const MOST: u64 = 1 << 40;

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: Sort = Sort { form: Form::Text, place: 0 };
    const BINARY: Sort = Sort { form: Form::Binary, place: 0 };

    #[test]
    fn many_rows_are_dear_and_few_are_not() {
        let costs = Costs::default();
        assert!(!costs.is_dear(TEXT, 95) && !costs.is_dear(TEXT, 3_000));
        assert!(costs.is_dear(TEXT, 10_000) && costs.is_dear(TEXT, 2 << 20));
        assert!(!costs.is_dear(BINARY, 20_000) && costs.is_dear(BINARY, 2 << 20));
    }

    #[test]
    fn a_slow_model_is_soon_known() {
        let costs = Costs::default();
        let seen = (0..100).find(|_| {
            costs.learn(TEXT, 100, Duration::from_millis(1));
            costs.is_dear(TEXT, 100)
        });
        assert!(seen.is_some_and(|seen| seen < 20), "{seen:?}");
        assert!(!costs.is_dear(BINARY, 100), "it was not seen in that form");
    }

    #[test]
    fn a_slow_model_makes_no_other_dear() {
        let costs = Costs::default();
        let (slow, fast) = (Form::Text.of_model(b"forest"), Form::Text.of_model(b"linear"));
        assert!(slow != fast && slow != TEXT && fast != TEXT);
        for _ in 0..100 {
            costs.learn(slow, 100, Duration::from_millis(1));
            costs.learn(fast, 100, Duration::from_micros(9));
        }
        assert!(costs.is_dear(slow, 100) && !costs.is_dear(fast, 100) && !costs.is_dear(TEXT, 100));
        let places = (0..1_000_u32).map(|n| Form::Text.of_model(&n.to_le_bytes()).place);
        assert!(places.clone().all(|place| (1..PLACES).contains(&place)));
        assert_eq!(places.collect::<std::collections::BTreeSet<_>>().len(), usize::from(PLACES) - 1);
    }

    #[test]
    fn an_interruption_makes_nothing_dear() {
        let costs = Costs::default();
        for request in 0..10_000 {
            let took = if request % 20 == 0 { Duration::from_millis(5) } else { Duration::from_micros(12) };
            costs.learn(TEXT, 95, took);
            assert!(!costs.is_dear(TEXT, 300), "{request}: {costs:?}");
        }
    }

    #[test]
    fn what_was_slow_once_may_be_fast_again() {
        let costs = Costs::default();
        let teach = |millis| (0..100).for_each(|_| costs.learn(TEXT, 1_000, Duration::from_millis(millis)));
        teach(100);
        assert!(costs.of(TEXT, 1_000) > 50_000_000);
        (0..100).for_each(|_| costs.learn(TEXT, 1_000, Duration::from_micros(48)));
        assert!(!costs.is_dear(TEXT, 1_000), "{costs:?}");
    }

    #[test]
    fn no_length_and_no_time_overflows() {
        let costs = Costs::default();
        for took in [Duration::ZERO, Duration::MAX] {
            for n_bytes in [0, 1, usize::MAX >> 24] {
                costs.learn(BINARY, n_bytes, took);
                assert!(costs.of(BINARY, n_bytes) >= FIXED);
            }
        }
    }
}
