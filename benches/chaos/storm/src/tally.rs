//! What became of a phase's requests, counted.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::answer::End;

/// The width of a bucket of time.
const BUCKET: Duration = Duration::from_millis(100);

/// Filled in as requests end.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    ends: BTreeMap<String, u64>,
    answered: Vec<Duration>,
    shed: Vec<Duration>,
    /// Due and answered, for each tenth of a second.
    buckets: Vec<[u64; 2]>,
    due: u64,
}

/// What is printed of a phase.
#[derive(Debug, Serialize)]
pub(crate) struct Said {
    seconds: f64,
    due: u64,
    ends: BTreeMap<String, u64>,
    answered_ms: Latencies,
    shed_ms: Latencies,
    buckets: Vec<[u64; 2]>,
}

/// Milliseconds from when a request was due to the end of its answer.
#[derive(Debug, Serialize)]
pub(crate) struct Latencies {
    p50: f64,
    p99: f64,
    max: f64,
}

impl Tally {
    /// A request that is due so long after the phase began.
    pub(crate) fn due(&mut self, after: Duration) {
        self.due += 1;
        self.bucket(after)[0] += 1;
    }

    /// A request's end: when it was due, counted from the phase's beginning, and how long it took.
    pub(crate) fn ended(&mut self, after: Duration, took: Duration, end: End) {
        *self.ends.entry(end.name()).or_default() += 1;
        match end {
            End::Answered => {
                self.bucket(after)[1] += 1;
                self.answered.push(took);
            }
            End::Shed => self.shed.push(took),
            _ => {}
        }
    }

    pub(crate) fn say(&mut self, length: Duration) -> Said {
        Said {
            seconds: length.as_secs_f64(),
            due: self.due,
            ends: self.ends.clone(),
            answered_ms: Latencies::of(&mut self.answered),
            shed_ms: Latencies::of(&mut self.shed),
            buckets: self.buckets.clone(),
        }
    }

    fn bucket(&mut self, after: Duration) -> &mut [u64; 2] {
        let index = usize::try_from(after.as_millis() / BUCKET.as_millis()).unwrap_or(usize::MAX);
        if self.buckets.len() <= index {
            self.buckets.resize(index + 1, [0, 0]);
        }
        &mut self.buckets[index]
    }
}

impl Latencies {
    fn of(taken: &mut [Duration]) -> Self {
        taken.sort_unstable();
        let at = |percent: usize| {
            let index = taken.len() * percent / 100;
            taken
                .get(index.min(taken.len().saturating_sub(1)))
                .map_or(f64::NAN, |took| took.as_secs_f64() * 1e3)
        };
        Self { p50: at(50), p99: at(99), max: at(100) }
    }
}
