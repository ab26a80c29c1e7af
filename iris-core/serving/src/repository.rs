//! The model repository as the Open Inference Protocol asks for it.

use crate::{Catalog, Refusal};

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
        let (state, reason) = if is_ready { ("READY", "") } else { ("UNAVAILABLE", "the server is stopping") };
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

impl Refusal {
    /// Why no model is loaded or unloaded on request; `what` says which of the two.
    #[cold]
    #[must_use]
    pub fn models_are_fixed(what: &str, model: &str) -> Self {
        Self::unimplemented(format!(
            "model '{model}' cannot be {what}: models are fixed when the server starts; start it with --model"
        ))
    }

    /// Why an input in shared memory is not read, by its name.
    #[cold]
    #[must_use]
    pub fn shared_memory(input: &str) -> Self {
        Self::invalid(format!("input '{input}': shared memory is not read here; send the elements"))
    }

    /// Why there are no statistics.
    #[cold]
    #[must_use]
    pub fn nothing_is_recorded() -> Self {
        Self::unimplemented("nothing is recorded: telemetry is switched off")
    }
}
