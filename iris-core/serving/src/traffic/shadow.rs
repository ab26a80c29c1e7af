//! Versions that see the requests of others, and answer nobody.

use std::collections::BTreeMap;
use std::io;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use iris_core::{Scratch, Texts};
use iris_telemetry::{Families, Telemetry, TraceId};
use tracing::{info, warn};

use super::aside::{Aside, Job};
use super::chance;
use super::comparison::{Comparison, Tally};
use super::share::Share;
use crate::{Catalog, Model, Snapshot};

/// Which version of a model sees how many of the requests that others answer.
#[derive(Debug, Clone, PartialEq)]
pub struct ShadowRule {
    name: String,
    /// A version or an alias.
    version: String,
    share: Share,
}

/// Versions in the shadow of others: the same rows are run on them, too, by a thread of its own, after the
/// answer was made. What that thread does not get to is left out, and counted. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Shadows {
    rules: Arc<[ShadowRule]>,
    aside: Aside<Answered>,
    seen: Arc<Seen>,
}

/// The version that sees requests of others.
#[derive(Debug)]
pub(crate) struct Mirror {
    shadow: Model,
    share: Share,
    aside: Aside<Answered>,
}

/// The rows of a request that was answered.
#[derive(Debug)]
struct Answered {
    model: Model,
    shadow: Model,
    rows: Vec<f64>,
    texts: Texts,
    trace: Option<TraceId>,
}

/// What became of them.
#[derive(Debug, Default)]
struct Seen {
    /// By name, version, and version in the shadow.
    tallies: Mutex<BTreeMap<[String; 3], Tally>>,
}

/// Pairs of versions that are told apart.
const PAIRS: usize = 256;

/// How often it is said that versions do not say the same, or that one says nothing.
const SAID: Duration = Duration::from_secs(1);

impl FromStr for ShadowRule {
    type Err = String;

    /// `NAME@VERSION=SHARE%`, where an alias may stand for the version.
    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = || {
            let (model, share) = text.rsplit_once('=')?;
            let (name, version) = model.rsplit_once('@')?;
            let share = share.parse().ok()?;
            let is_named = !name.is_empty() && !version.is_empty();
            is_named.then(|| Self { name: name.to_owned(), version: version.to_owned(), share })
        };
        parsed().ok_or_else(|| format!("expected NAME@VERSION=SHARE%, of a share up to 100, not '{text}'"))
    }
}

impl ShadowRule {
    /// The model's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Shadows {
    /// Starts the thread; it ends when nobody sends it requests any more.
    ///
    /// # Errors
    ///
    /// If the thread cannot be started.
    pub fn start(rules: impl IntoIterator<Item = ShadowRule>) -> io::Result<Self> {
        let seen = Arc::<Seen>::default();
        let of_thread = Arc::clone(&seen);
        let (mut scratch, mut said) = (Scratch::new(), None);
        let aside = Aside::start("shadow", move |answered: Answered| {
            of_thread.see(&answered, &mut scratch, &mut said);
        })?;
        Ok(Self { rules: rules.into_iter().collect(), aside, seen })
    }

    /// What was seen of the versions that are served in this moment.
    #[must_use]
    pub fn comparisons(&self, snapshot: &Snapshot) -> Vec<Comparison> {
        let is_served =
            |name: &str, version: &str| snapshot.versions_of(name).any(|model| model.version() == version);
        let mut tallies = self.seen.tallies.lock().unwrap_or_else(PoisonError::into_inner);
        tallies.retain(|[name, version, shadow], _| is_served(name, version) && is_served(name, shadow));
        tallies.iter().map(|(pair, tally)| tally.report(pair.each_ref().map(String::as_str))).collect()
    }

    /// Requests that were to be seen, too, and were not, for the thread was behind.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.aside.dropped()
    }

    /// Has what is seen on the page of metrics.
    pub fn told_by(&self, telemetry: &Telemetry, catalog: &Catalog) {
        let (shadows, catalog) = (self.clone(), catalog.clone());
        telemetry.add_families(move |families| shadows.write(&catalog.snapshot(), families));
    }

    pub(super) fn mirror<'m>(&self, name: &str, find: impl Fn(&str) -> Option<&'m Model>) -> Option<Mirror> {
        let rule = self.rules.iter().find(|rule| rule.name == name)?;
        let shadow = find(&rule.version)?.clone();
        Some(Mirror { shadow, share: rule.share, aside: self.aside.clone() })
    }

    fn write(&self, snapshot: &Snapshot, families: &mut Families<'_>) {
        let all = self.comparisons(snapshot);
        let with = |seen: &Comparison, last: &str| {
            [&*seen.name, &*seen.version, &*seen.shadow, last].map(str::to_owned)
        };
        let rows = all.iter().flat_map(|seen| {
            [("agreed", seen.agreed), ("disagreed", seen.disagreed), ("failed", seen.failed)]
                .map(|(result, n)| (with(seen, result), n))
        });
        families.labelled_counters(
            "iris_shadow_rows_total",
            "Rows that a version in the shadow of another saw, by whether both said the same",
            ["model", "version", "shadow", "result"],
            rows,
        );
        let differences = all.iter().filter_map(|seen| Some((seen, seen.difference?)));
        let differences = differences.flat_map(|(seen, difference)| {
            let quantiles = ["0.5", "0.9", "0.99", "1"].into_iter().zip(difference);
            quantiles.map(|(quantile, value)| (with(seen, quantile), value)).collect::<Vec<_>>()
        });
        families.labelled_gauges(
            "iris_shadow_difference",
            "Distance between the scores of both, which this share of rows does not exceed",
            ["model", "version", "shadow", "quantile"],
            differences,
        );
        let seconds = all.iter().flat_map(|seen| {
            let both = ["version", "shadow"].into_iter().zip(seen.took);
            both.map(|(which, took)| (with(seen, which), took.as_secs_f64())).collect::<Vec<_>>()
        });
        families.labelled_counters(
            "iris_shadow_seconds_total",
            "Seconds that both took for these rows, on the same thread",
            ["model", "version", "shadow", "of"],
            seconds,
        );
        families.counters(
            "iris_shadow_dropped_total",
            "Requests that no version saw in the shadow of another, for too many were waiting",
            "reason",
            [("queue_full", self.dropped())],
        );
    }
}

impl Mirror {
    /// The version that sees them.
    pub(crate) fn shadow(&self) -> &Model {
        &self.shadow
    }

    /// Whether this request is one of those that it sees.
    pub(super) fn draws(&self) -> bool {
        self.share.holds(chance::number())
    }

    /// Has the rows of a request seen that this model has answered.
    pub(super) fn show(&self, answered: &Model, rows: Vec<f64>, texts: Texts, trace: Option<TraceId>) {
        let shadow = self.shadow.clone();
        self.aside.give(Answered { model: answered.clone(), shadow, rows, texts, trace });
    }
}

impl Job for Answered {
    fn bytes(&self) -> usize {
        size_of_val(&*self.rows) + self.texts.n_bytes()
    }
}

impl Seen {
    fn see(&self, job: &Answered, scratch: &mut Scratch, said: &mut Option<Instant>) {
        let Answered { model: answered, shadow, rows, texts, trace } = job;
        let pair = [answered.name(), answered.version(), shadow.version()].map(str::to_owned);
        // Whoever looks at them meanwhile does not wait for the model.
        let mut tally = {
            let tallies = self.tallies.lock().unwrap_or_else(PoisonError::into_inner);
            if tallies.len() >= PAIRS && !tallies.contains_key(&pair) {
                return;
            }
            tallies.get(&pair).cloned().unwrap_or_default()
        };
        let outcome = tally.compare([answered, shadow], (rows, texts), scratch);
        let is_due = said.is_none_or(|said: Instant| said.elapsed() >= SAID);
        if is_due && !matches!(outcome, Ok(None)) {
            *said = Some(Instant::now());
            let trace_id = trace.map(|trace| trace.to_string()).unwrap_or_default();
            let [model, version, shadow] = &pair;
            match outcome {
                Ok(None) => {}
                Ok(Some(other)) => info!(
                    trace_id,
                    model,
                    version,
                    shadow,
                    row = other.row,
                    answered = other.answered,
                    shadow_answered = other.shadow,
                    "the version in the shadow says something else"
                ),
                Err(reason) => {
                    warn!(
                        trace_id,
                        model, version, shadow, "the version in the shadow gives no answer: {reason}"
                    );
                }
            }
        }
        self.tallies.lock().unwrap_or_else(PoisonError::into_inner).insert(pair, tally);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_rule_is_told() {
        for text in
            ["", "m", "m@2", "m@2=5", "m=5%", "@2=5%", "m@=5%", "m@2=0%", "m@2=101%", "m@2=x%", "m@2=NaN%"]
        {
            assert!(text.parse::<ShadowRule>().is_err(), "{text}");
        }
        let rule: ShadowRule = "m@challenger=0.5%".parse().unwrap();
        assert_eq!((rule.name.as_str(), rule.version.as_str()), ("m", "challenger"));
        assert_eq!(rule.share.percent(), 0.5);
    }
}
