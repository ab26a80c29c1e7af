//! The model repository as the Open Inference Protocol asks for it.

use crate::Catalog;

/// One model of the repository's index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexEntry {
    /// The model's name.
    pub name: String,
    /// The model's version.
    pub version: String,
    /// `READY` or `UNAVAILABLE`, as Triton has it.
    pub state: &'static str,
    /// Why it is not ready; empty if it is.
    pub reason: &'static str,
}

impl Catalog {
    /// Every model with its state, or only those that are ready.
    #[must_use]
    pub fn index(&self, ready_only: bool) -> Vec<IndexEntry> {
        let is_ready = self.readiness().is_ready();
        let (state, reason) =
            if is_ready { ("READY", "") } else { ("UNAVAILABLE", "the server is stopping") };
        let snapshot = self.snapshot();
        let models = snapshot.models().filter(|_| is_ready || !ready_only);
        models
            .map(|model| {
                let (name, version) = (model.name().to_owned(), model.version().to_owned());
                IndexEntry { name, version, state, reason }
            })
            .collect()
    }
}
