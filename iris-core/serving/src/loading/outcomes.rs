//! What became of loading: for the index, the metrics, and who asks whether all is well.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use iris_telemetry::Families;

use crate::{Model, Snapshot};

/// Shared by the thread that loads and whoever asks.
#[derive(Debug, Default)]
pub(crate) struct Outcomes(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Reasons by name and version, which is empty where it is not known.
    failing: BTreeMap<(String, String), String>,
    /// Taken away by clients.
    unloaded: BTreeSet<String>,
    /// How often each was loaded, and how often that failed.
    counts: BTreeMap<String, [u64; 2]>,
}

/// A version that is not served as its file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failing {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) reason: String,
}

impl Outcomes {
    pub(super) fn succeeded(&self, name: &str) {
        self.with(|state| state.counts.entry(name.to_owned()).or_default()[0] += 1);
    }

    /// It was tried, and failed.
    pub(super) fn failed(&self, name: &str) {
        self.with(|state| state.counts.entry(name.to_owned()).or_default()[1] += 1);
    }

    /// All that is wrong with a model now.
    pub(super) fn set_failing(&self, name: &str, failures: impl IntoIterator<Item = (String, String)>) {
        self.with(|state| {
            state.failing.retain(|(known, _), _| known != name);
            let named = failures.into_iter().map(|(version, reason)| ((name.to_owned(), version), reason));
            state.failing.extend(named);
        });
    }

    /// Nothing is wrong with those that are not among these, for they are no more.
    pub(super) fn keep_failing(&self, is_there: impl Fn(&str) -> bool) {
        self.with(|state| state.failing.retain(|(name, _), _| is_there(name)));
    }

    pub(super) fn set_unloaded(&self, name: &str, is_unloaded: bool) {
        self.with(|state| {
            if is_unloaded {
                state.unloaded.insert(name.to_owned());
            } else {
                state.unloaded.remove(name);
            }
        });
    }

    pub(super) fn is_unloaded(&self, name: &str) -> bool {
        self.with(|state| state.unloaded.contains(name))
    }

    /// What was taken away by clients.
    pub(crate) fn unloaded(&self) -> Vec<String> {
        self.with(|state| state.unloaded.iter().cloned().collect())
    }

    /// What is not served as its file says.
    pub(crate) fn failing(&self) -> Vec<Failing> {
        let failing = |((name, version), reason): (&(String, String), &String)| Failing {
            name: name.clone(),
            version: version.clone(),
            reason: reason.clone(),
        };
        self.with(|state| state.failing.iter().map(failing).collect())
    }

    pub(super) fn write(&self, snapshot: &Snapshot, families: &mut Families<'_>) {
        families.labelled_gauges(
            "iris_model_info",
            "Versions served, once for each of their aliases; 1",
            ["model", "version", "alias"],
            snapshot.models().flat_map(|model| called(snapshot, model)).map(|labels| (labels, 1)),
        );
        let (counts, failing) =
            self.with(|state| (state.counts.clone(), state.failing.keys().cloned().collect::<Vec<_>>()));
        let results = counts.into_iter().flat_map(|(name, [ok, failed])| {
            [([name.clone(), "ok".to_owned()], ok), ([name, "failed".to_owned()], failed)]
        });
        families.labelled_counters(
            "iris_model_loads_total",
            "Versions read from their files, by what became of it",
            ["model", "result"],
            results,
        );
        families.labelled_gauges(
            "iris_model_failing",
            "Versions that are not served as their files say; 1",
            ["model", "version"],
            failing.into_iter().map(|(name, version)| ([name, version], 1)),
        );
    }

    fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Labels of a version: one set for each alias, or one without.
fn called(snapshot: &Snapshot, model: &Model) -> Vec<[String; 3]> {
    let labels = |alias: &str| [model.name(), model.version(), alias].map(str::to_owned);
    let all: Vec<_> = snapshot.aliases_of(model).map(labels).collect();
    if all.is_empty() { vec![labels("")] } else { all }
}
