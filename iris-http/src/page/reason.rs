//! Where time goes right now, and why: one sentence, made of what was measured.

use iris_telemetry::Second;

/// What was measured within the last seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Situation {
    /// How long that was, in seconds.
    pub(super) length: f64,
    /// Requests for predictions, in a second.
    pub(super) rate: f64,
    /// The share of them that failed by the server's doing, in [0, 1].
    pub(super) failed: f64,
    /// The share that was too much, in [0, 1].
    pub(super) overloaded: f64,
    /// How long one that was answered took inside the server, in seconds.
    pub(super) inside: f64,
    /// How long each of its stages took, in seconds.
    pub(super) stages: [f64; 3],
    /// Processors' worth of time that the server took outside the kernel, and within.
    pub(super) user: f64,
    pub(super) system: f64,
    /// Processors that it can use.
    pub(super) capacity: f64,
    /// The share of all of the machine's processors that was in use, in [0, 1].
    pub(super) machine: Option<f64>,
    /// Connections open.
    pub(super) connections: f64,
}

/// What keeps more from being answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Idle,
    Failing,
    Overloaded,
    ServerFull,
    MachineFull,
    WaitingInside,
    Outside,
    Inside,
}

/// From which share on something is worth a sentence.
const SOME: f64 = 0.01;

/// From which share on processors count as full: the last part is lost to who
/// shares them, and to seconds that are not whole.
const FULL: f64 = 0.85;

/// A request that takes less inside waits for nothing worth speaking of.
const A_WAIT: f64 = 0.001;

impl Situation {
    /// Of these seconds added up.
    #[expect(clippy::cast_precision_loss, reason = "counts stay below 2^53")]
    pub(super) fn of(recent: &Second, cores: usize, workers: usize) -> Self {
        let share = |n: u64| if recent.requests == 0 { 0.0 } else { n as f64 / recent.requests as f64 };
        let mean = |nanos: u64| nanos as f64 / 1e9 / recent.answered.count.max(1) as f64;
        let length = recent.length.max(f64::MIN_POSITIVE);
        Self {
            length: recent.length,
            rate: recent.rate(),
            failed: share(recent.failed),
            overloaded: share(recent.overloaded),
            inside: mean(recent.answered.nanos),
            stages: recent.stages.map(|stage| mean(stage.nanos)),
            user: recent.user / length,
            system: recent.system / length,
            capacity: cores.min(workers).max(1) as f64,
            machine: recent.machine,
            connections: recent.connections as f64,
        }
    }

    /// What it is, in a word for programs and in a sentence for people.
    pub(super) fn explain(&self) -> (Kind, String) {
        let kind = self.kind();
        (kind, self.sentence(kind))
    }

    fn kind(&self) -> Kind {
        if self.rate <= 0.0 {
            Kind::Idle
        } else if self.failed >= SOME {
            Kind::Failing
        } else if self.overloaded >= SOME {
            Kind::Overloaded
        } else if self.used() >= FULL {
            Kind::ServerFull
        } else if self.machine.is_some_and(|machine| machine >= FULL) {
            Kind::MachineFull
        } else if self.inside >= A_WAIT && self.between() >= 0.5 * self.inside {
            Kind::WaitingInside
        } else if self.outside() >= 0.5 {
            Kind::Outside
        } else {
            Kind::Inside
        }
    }

    fn sentence(&self, kind: Kind) -> String {
        match kind {
            Kind::Idle => {
                format!("Nobody asks: no request for a prediction in the last {:.0} seconds.", self.length)
            }
            Kind::Failing => {
                format!(
                    "{} of requests fail by the server's own doing; its log says why.",
                    percent(self.failed)
                )
            }
            Kind::Overloaded => format!(
                "{} of requests are refused because they are too many, for this server or for a key; more replicas \
                 would take them.",
                percent(self.overloaded)
            ),
            Kind::ServerFull => {
                let (share, part) = self.dearest();
                format!("The server's processors are full, and {} of their time {part}.", percent(share))
            }
            Kind::MachineFull => format!(
                "The machine is full, but the server uses {} of the processors it may use: others on it, \
                 perhaps the load's own clients, have the rest.",
                percent(self.used())
            ),
            Kind::WaitingInside => format!(
                "{} of a request passes inside the server, but in none of its stages: it waits for a body that \
                 comes slowly, or for its turn.",
                percent(self.between() / self.inside)
            ),
            Kind::Outside => format!(
                "{} of a request is outside the server, which uses {} of its processors: the clients pause, their \
                 own core is full, or the network is slow.",
                percent(self.outside()),
                percent(self.used())
            ),
            Kind::Inside => {
                let (share, stage) = self.longest();
                format!(
                    "{} of a request inside the server {stage}, and {} of its processors are in use: more clients at \
                     once would be answered, none of them sooner.",
                    percent(share),
                    percent(self.used())
                )
            }
        }
    }

    /// How much of its processors the server uses, in [0, 1].
    fn used(&self) -> f64 {
        ((self.user + self.system) / self.capacity).min(1.0)
    }

    /// What a request takes inside beside its stages, in seconds.
    fn between(&self) -> f64 {
        (self.inside - self.stages.iter().sum::<f64>()).max(0.0)
    }

    /// The share of a connection's time in which no request of its is inside the
    /// server: a request's own, where clients ask again at once.
    fn outside(&self) -> f64 {
        if self.connections < 1.0 { 0.0 } else { (1.0 - self.inside * self.rate / self.connections).max(0.0) }
    }

    /// Which part of the server's time is the largest, with its share.
    fn dearest(&self) -> (f64, &'static str) {
        let [prepared, inferred, formatted] = self.stages.map(|stage| stage * self.rate);
        let rest = (self.user - prepared - inferred - formatted).max(0.0);
        largest([
            (inferred, "goes into the model: a smaller one, or more processors, would answer more"),
            (prepared, "goes into reading requests: gRPC or binary tensors are read sooner than JSON"),
            (formatted, "goes into writing answers: fewer rows or outputs in each are written sooner"),
            (
                self.system,
                "goes into the kernel, which moves bytes: more rows in each request would answer more",
            ),
            (rest, "goes into what surrounds a prediction: more rows in each request would answer more"),
        ])
    }

    /// Which stage of a request is the longest, with its share of the time inside.
    fn longest(&self) -> (f64, &'static str) {
        let [prepared, inferred, formatted] = self.stages;
        largest([
            (inferred, "is in the model"),
            (prepared, "is reading it"),
            (formatted, "is writing its answer"),
            (self.between(), "is before and after its stages"),
        ])
    }
}

impl Kind {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Failing => "failing",
            Self::Overloaded => "overloaded",
            Self::ServerFull => "server_full",
            Self::MachineFull => "machine_full",
            Self::WaitingInside => "waiting_inside",
            Self::Outside => "outside",
            Self::Inside => "inside",
        }
    }
}

/// The largest of the parts, as a share of all; the first of equals.
fn largest<const N: usize>(parts: [(f64, &'static str); N]) -> (f64, &'static str) {
    let all: f64 = parts.iter().map(|(part, _)| part).sum();
    let (part, words) = parts.into_iter().rev().max_by(|(a, _), (b, _)| a.total_cmp(b)).unwrap_or_default();
    (if all > 0.0 { part / all } else { 0.0 }, words)
}

/// A share as people read it; nothing and all are said only of what is so.
fn percent(share: f64) -> String {
    match share * 100.0 {
        none if none <= 0.0 => "0 %".to_owned(),
        few if few < 1.0 => "less than 1 %".to_owned(),
        most if most > 99.0 && most < 100.0 => "more than 99 %".to_owned(),
        share => format!("{share:.0} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 20,000 requests a second, of 10 µs each, on half of two processors.
    const CALM: Situation = Situation {
        length: 10.0,
        rate: 20_000.0,
        failed: 0.0,
        overloaded: 0.0,
        inside: 10e-6,
        stages: [2e-6, 5e-6, 1e-6],
        user: 0.5,
        system: 0.5,
        capacity: 2.0,
        machine: Some(0.6),
        connections: 50.0,
    };

    fn says(situation: Situation, kind: Kind, sentence: &str) {
        let (found, said) = situation.explain();
        assert_eq!((found, said.as_str()), (kind, sentence), "{situation:?}");
    }

    #[test]
    fn nobody_asks() {
        says(
            Situation { rate: 0.0, ..CALM },
            Kind::Idle,
            "Nobody asks: no request for a prediction in the last 10 seconds.",
        );
    }

    #[test]
    fn what_fails_comes_before_all_else() {
        says(
            Situation { failed: 0.03, overloaded: 0.5, user: 2.0, ..CALM },
            Kind::Failing,
            "3 % of requests fail by the server's own doing; its log says why.",
        );
        assert_eq!(Situation { failed: 0.009, ..CALM }.kind(), Kind::Outside);
    }

    #[test]
    fn what_is_too_much_is_said() {
        says(
            Situation { overloaded: 0.12, user: 2.0, ..CALM },
            Kind::Overloaded,
            "12 % of requests are refused because they are too many, for this server or for a key; more replicas \
             would take them.",
        );
    }

    #[test]
    fn a_full_server_says_what_fills_it() {
        let begin = "The server's processors are full, and";
        let full = Situation { user: 1.9, system: 0.1, ..CALM };
        let of = |stages: [f64; 3]| Situation { stages, inside: 100e-6, ..full };
        let model =
            "of their time goes into the model: a smaller one, or more processors, would answer more.";
        says(of([5e-6, 80e-6, 5e-6]), Kind::ServerFull, &format!("{begin} 80 % {model}"));
        let reading =
            "of their time goes into reading requests: gRPC or binary tensors are read sooner than JSON.";
        says(of([60e-6, 20e-6, 10e-6]), Kind::ServerFull, &format!("{begin} 60 % {reading}"));
        let writing =
            "of their time goes into writing answers: fewer rows or outputs in each are written sooner.";
        says(of([10e-6, 20e-6, 60e-6]), Kind::ServerFull, &format!("{begin} 60 % {writing}"));
        let kernel = "of their time goes into the kernel, which moves bytes: more rows in each request would answer more.";
        says(
            Situation { user: 0.7, system: 1.3, ..CALM },
            Kind::ServerFull,
            &format!("{begin} 65 % {kernel}"),
        );
        let around = "of their time goes into what surrounds a prediction: more rows in each request would answer more.";
        says(
            Situation { user: 1.5, system: 0.4, ..CALM },
            Kind::ServerFull,
            &format!("{begin} 71 % {around}"),
        );
    }

    #[test]
    fn a_server_of_one_worker_is_full_with_one_processor() {
        let one = Situation { user: 0.5, system: 0.45, capacity: 1.0, ..CALM };
        assert_eq!(one.kind(), Kind::ServerFull);
    }

    #[test]
    fn others_may_fill_the_machine() {
        says(
            Situation { machine: Some(0.99), user: 0.4, system: 0.36, ..CALM },
            Kind::MachineFull,
            "The machine is full, but the server uses 38 % of the processors it may use: others on it, perhaps the \
             load's own clients, have the rest.",
        );
    }

    #[test]
    fn who_waits_inside_is_in_no_stage() {
        says(
            Situation { inside: 20e-3, rate: 500.0, stages: [1e-3, 5e-3, 1e-3], ..CALM },
            Kind::WaitingInside,
            "65 % of a request passes inside the server, but in none of its stages: it waits for a body that comes \
             slowly, or for its turn.",
        );
        // Microseconds are no wait.
        assert_eq!(Situation { inside: 500e-6, ..CALM }.kind(), Kind::Outside);
    }

    #[test]
    fn most_of_a_request_may_be_outside() {
        says(
            Situation { connections: 2.5, ..CALM },
            Kind::Outside,
            "92 % of a request is outside the server, which uses 50 % of its processors: the clients pause, their own \
             core is full, or the network is slow.",
        );
        assert!(
            Situation { machine: None, ..CALM }
                .explain()
                .1
                .starts_with("more than 99 % of a request is outside")
        );
    }

    #[test]
    fn or_inside() {
        says(
            Situation { inside: 2e-3, rate: 400.0, stages: [0.1e-3, 1.8e-3, 0.0], connections: 1.0, ..CALM },
            Kind::Inside,
            "90 % of a request inside the server is in the model, and 50 % of its processors are in use: more clients \
             at once would be answered, none of them sooner.",
        );
        // Of calls within the process there are no connections.
        assert_eq!(Situation { connections: 0.0, ..CALM }.kind(), Kind::Inside);
    }

    #[test]
    fn shares_are_neither_nothing_nor_all_unless_they_are() {
        for (share, text) in [
            (0.0, "0 %"),
            (0.004, "less than 1 %"),
            (0.01, "1 %"),
            (0.925, "92 %"),
            (0.996, "more than 99 %"),
            (1.0, "100 %"),
        ] {
            assert_eq!(percent(share), text);
        }
    }
}
