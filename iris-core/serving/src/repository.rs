//! The model repository as the Open Inference Protocol asks for it.

use crate::Catalog;
use crate::refusal::STOPPING;

/// One version of the repository's index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexEntry {
    /// The model's name.
    pub name: String,
    /// The model's version; empty where it is not known.
    pub version: String,
    /// `READY` or `UNAVAILABLE`, as Triton has it.
    pub state: &'static str,
    /// Why it is not ready, or not as its file says; empty if all is well.
    pub reason: String,
}

const READY: &str = "READY";
const UNAVAILABLE: &str = "UNAVAILABLE";

impl Catalog {
    /// Every model with its state, or only those that are ready.
    #[must_use]
    pub fn index(&self, ready_only: bool) -> Vec<IndexEntry> {
        let is_ready = self.readiness().is_ready();
        let (state, reason) = if is_ready { (READY, "") } else { (UNAVAILABLE, STOPPING) };
        let snapshot = self.snapshot();
        let entry = |name: &str, version: &str, state, reason: &str| IndexEntry {
            name: name.to_owned(),
            version: version.to_owned(),
            state,
            reason: reason.to_owned(),
        };
        let models = snapshot.models().map(|model| entry(model.name(), model.version(), state, reason));
        let mut index: Vec<IndexEntry> = models.collect();
        #[cfg(feature = "loading")]
        if let Some(loader) = self.loader() {
            for failing in loader.outcomes().failing() {
                let is_it = |entry: &&mut IndexEntry| {
                    entry.name == failing.name
                        && (entry.version == failing.version || failing.version.is_empty())
                };
                match index.iter_mut().find(is_it) {
                    Some(served) => served.reason = failing.reason,
                    None => index.push(entry(&failing.name, &failing.version, UNAVAILABLE, &failing.reason)),
                }
            }
            let unloaded = loader.outcomes().unloaded().into_iter();
            index.extend(unloaded.map(|name| entry(&name, "", UNAVAILABLE, "unloaded")));
        }
        index.retain(|entry| !ready_only || entry.state == READY);
        index
    }
}
