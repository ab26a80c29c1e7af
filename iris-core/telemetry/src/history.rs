//! The last minutes, a second at a time, for who comes only now to look.

use std::collections::VecDeque;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use iris_core::ErrorClass;

use crate::clock::{Tick, seconds};
use crate::metrics::{Asked, MachineTime, Metrics, Total, machine_time, process_use};
use crate::models::Models;

/// How many seconds are kept: five minutes.
const KEPT: usize = 300;

/// The length of one, so far as the thread that looks is not kept waiting.
const LENGTH: Duration = Duration::from_secs(1);

/// What happened within about a second, of the requests for predictions.
///
/// Several can be [added up](Self::add) to a longer time.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Second {
    /// When it ended, in milliseconds since 1970.
    pub end: u64,
    /// How long it was, in seconds.
    pub length: f64,
    /// Requests for predictions that were answered or refused, by any door.
    pub requests: u64,
    /// Those that failed by the server's doing, overload left out.
    pub failed: u64,
    /// Those that were too many: no room, no time, or beyond a key's rate.
    pub overloaded: u64,
    /// Those that were the client's mistake.
    pub refused: u64,
    /// Requests that a model answered, with how long they took inside the server.
    pub answered: Total,
    /// The stages of these, in their order.
    pub stages: [Total; 3],
    /// Requests being answered at its end.
    pub in_flight: i64,
    /// Connections open at its end, to ask for predictions.
    pub connections: i64,
    /// CPU time that the process took outside the kernel, in seconds.
    pub user: f64,
    /// CPU time that it took within, in seconds.
    pub system: f64,
    /// How much of all of the machine's processors was in use, in [0, 1]; `None` if that is not told.
    pub machine: Option<f64>,
    /// Resident memory at its end, in bytes; 0 if that is not told.
    pub resident: u64,
    durations: Asked,
}

/// What changes from second to second and is not counted from records.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Levels {
    pub(crate) in_flight: i64,
    pub(crate) connections: i64,
}

/// The last seconds, and what was counted up to the last of them.
#[derive(Debug)]
pub(crate) struct History {
    seconds: VecDeque<Second>,
    last: Reading,
}

/// Everything counted up to a moment.
#[derive(Debug)]
struct Reading {
    at: Tick,
    asked: Asked,
    answered: Total,
    stages: [Total; 3],
    failed: u64,
    overloaded: u64,
    refused: u64,
    user: f64,
    system: f64,
    resident: u64,
    machine: Option<MachineTime>,
}

impl Second {
    /// The duration that this share of the requests stayed below, in seconds, as
    /// `histogram_quantile` of Prometheus estimates it; `None` if there were none.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<f64> {
        self.durations.quantile(share)
    }

    /// Requests in a second, of this time.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "fewer than 2^53")]
    pub fn rate(&self) -> f64 {
        if self.length > 0.0 { self.requests as f64 / self.length } else { 0.0 }
    }

    /// Cores' worth of CPU that the process took.
    #[must_use]
    pub fn cores(&self) -> f64 {
        if self.length > 0.0 { (self.user + self.system) / self.length } else { 0.0 }
    }

    /// Adds the second that follows: counts add up, and levels are those at its end.
    pub fn add(&mut self, next: &Self) {
        let length = self.length + next.length;
        self.machine = match (self.machine, next.machine) {
            (Some(before), Some(then)) if length > 0.0 => {
                Some((before * self.length + then * next.length) / length)
            }
            (before, then) => then.or(before),
        };
        (self.end, self.length) = (next.end, length);
        self.requests += next.requests;
        self.failed += next.failed;
        self.overloaded += next.overloaded;
        self.refused += next.refused;
        self.answered.add(next.answered);
        self.stages.iter_mut().zip(next.stages).for_each(|(mine, theirs)| mine.add(theirs));
        self.user += next.user;
        self.system += next.system;
        (self.in_flight, self.connections, self.resident) = (next.in_flight, next.connections, next.resident);
        self.durations.add(&next.durations);
    }
}

impl History {
    /// Begins now.
    pub(crate) fn new(metrics: &Metrics, models: &Models) -> Self {
        Self { seconds: VecDeque::with_capacity(KEPT), last: Reading::new(metrics, models) }
    }

    /// Whether a second is over.
    pub(crate) fn is_due(&self) -> bool {
        u128::from(Tick::now().since(self.last.at)) >= LENGTH.as_nanos()
    }

    /// Ends a second, at which this was counted.
    pub(crate) fn end_second(&mut self, metrics: &Metrics, models: &Models, levels: Levels) {
        let reading = Reading::new(metrics, models);
        if self.seconds.len() >= KEPT {
            self.seconds.pop_front();
        }
        self.seconds.push_back(reading.since(&self.last, levels));
        self.last = reading;
    }

    /// Those that are over, the oldest first.
    pub(crate) fn seconds(&self) -> Vec<Second> {
        self.seconds.iter().cloned().collect()
    }
}

impl Reading {
    fn new(metrics: &Metrics, models: &Models) -> Self {
        let used = process_use().unwrap_or_default();
        let (mut answered, mut stages) = (Total::default(), [Total::default(); 3]);
        for usage in metrics.by_version(models).values() {
            answered.add(usage.success);
            stages.iter_mut().zip(usage.stages).for_each(|(all, one)| all.add(one));
        }
        let of = |is_one: fn(ErrorClass) -> bool| {
            ErrorClass::ALL
                .into_iter()
                .filter(|class| is_one(*class))
                .map(|class| metrics.faults_of(class))
                .sum()
        };
        Self {
            at: Tick::now(),
            asked: metrics.asked(),
            answered,
            stages,
            failed: of(|class| class.is_servers() && !is_overload(class)),
            overloaded: of(is_overload),
            refused: of(|class| !class.is_servers() && !is_overload(class)),
            user: used.user_seconds,
            system: used.system_seconds,
            resident: used.resident_bytes,
            machine: machine_time(),
        }
    }

    /// What came between the other reading and this one.
    fn since(&self, before: &Self, levels: Levels) -> Second {
        let durations = self.asked.since(&before.asked);
        let [mut answered, mut prepared, mut inferred, mut formatted] =
            [self.answered, self.stages[0], self.stages[1], self.stages[2]];
        answered.subtract(before.answered);
        for (now, then) in [&mut prepared, &mut inferred, &mut formatted].into_iter().zip(before.stages) {
            now.subtract(then);
        }
        Second {
            end: unix_millis(),
            length: seconds(self.at.since(before.at)),
            requests: durations.count(),
            failed: self.failed.saturating_sub(before.failed),
            overloaded: self.overloaded.saturating_sub(before.overloaded),
            refused: self.refused.saturating_sub(before.refused),
            answered,
            stages: [prepared, inferred, formatted],
            in_flight: levels.in_flight,
            connections: levels.connections,
            user: (self.user - before.user).max(0.0),
            system: (self.system - before.system).max(0.0),
            machine: self.machine.zip(before.machine).and_then(|(now, then)| now.share_since(then)),
            resident: self.resident,
            durations,
        }
    }
}

/// What is refused because there is too much of it.
fn is_overload(class: ErrorClass) -> bool {
    matches!(class, ErrorClass::Overloaded | ErrorClass::RateLimited | ErrorClass::Unavailable)
}

pub(crate) fn unix_millis() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::Endpoint;
    use crate::record::{Kind, Record};
    use crate::view::View;

    static PREDICT: Endpoint = Endpoint::http("POST", "/predict");
    static LOOK: Endpoint = Endpoint::http("GET", "/stats");

    fn count(metrics: &mut Metrics, endpoint: &'static Endpoint, fault: Option<ErrorClass>) {
        let mut record = Record::new(Kind::Other, endpoint, Tick::now());
        record.fault = fault;
        metrics.observe(&View::new(&record, &[]), None);
    }

    fn levels(in_flight: i64) -> Levels {
        Levels { in_flight, connections: 7 }
    }

    #[test]
    fn a_second_has_what_came_since_the_one_before() {
        let (mut metrics, models) = (Metrics::default(), Models::default());
        count(&mut metrics, &PREDICT, None);
        let mut history = History::new(&metrics, &models);
        history.end_second(&metrics, &models, levels(0));
        for fault in [
            None,
            None,
            Some(ErrorClass::InvalidInput),
            Some(ErrorClass::Overloaded),
            Some(ErrorClass::Internal),
        ] {
            count(&mut metrics, &PREDICT, fault);
        }
        // Who looks asks for nothing.
        count(&mut metrics, &LOOK, None);
        history.end_second(&metrics, &models, levels(3));
        let seconds = history.seconds();
        assert_eq!(seconds.iter().map(|second| second.requests).collect::<Vec<_>>(), [0, 5]);
        let Second { failed, overloaded, refused, in_flight, connections, .. } = seconds[1];
        assert_eq!((failed, overloaded, refused, in_flight, connections), (1, 1, 1, 3, 7));
        assert!(seconds[1].length > 0.0 && seconds[1].end >= seconds[0].end);
        assert_eq!(seconds[0].quantile(0.5), None);
        assert!(seconds[1].quantile(0.5).unwrap() <= 1e-5, "they took no time");
    }

    #[test]
    fn only_the_last_minutes_are_kept() {
        let (metrics, models) = (Metrics::default(), Models::default());
        let mut history = History::new(&metrics, &models);
        for in_flight in 0..=300 {
            history.end_second(&metrics, &models, levels(in_flight));
        }
        let seconds = history.seconds();
        assert_eq!((seconds.len(), seconds[0].in_flight, seconds[299].in_flight), (KEPT, 1, 300));
    }

    #[test]
    fn seconds_add_up() {
        let one = Second {
            length: 1.0,
            requests: 10,
            user: 0.5,
            machine: Some(0.2),
            in_flight: 4,
            ..Second::default()
        };
        let mut both = one.clone();
        both.add(&Second {
            length: 3.0,
            requests: 50,
            system: 1.5,
            machine: Some(0.6),
            in_flight: 1,
            ..Second::default()
        });
        assert_eq!((both.requests, both.in_flight, both.rate(), both.cores()), (60, 1, 15.0, 0.5));
        assert!((both.machine.unwrap() - 0.5).abs() < 1e-12);
        let mut nothing = Second::default();
        assert_eq!((nothing.rate(), nothing.cores()), (0.0, 0.0));
        nothing.add(&one);
        assert_eq!(nothing, one);
    }
}
