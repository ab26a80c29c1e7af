//! From a file to a model that is ready to answer.

use std::time::Instant;

use iris_core::{Predictor, Task};
use iris_telemetry::model_loading;
use tracing::info;

use super::Library;
use crate::{Model, panics};

impl Library {
    pub(super) fn read(
        &self,
        name: &str,
        version: Option<&str>,
        read: impl FnOnce() -> Result<Predictor, String>,
    ) -> Result<Model, String> {
        let outcome = self.read_named(Some(name), name, version, read);
        if outcome.is_err() {
            self.outcomes.failed(name);
        }
        outcome
    }

    /// Reads a model, with its golden vectors, in a span of its own, and runs it once.
    pub(super) fn read_named(
        &self,
        name: Option<&str>,
        stem: &str,
        version: Option<&str>,
        read: impl FnOnce() -> Result<Predictor, String>,
    ) -> Result<Model, String> {
        let began = Instant::now();
        let predictor = model_loading(self.catalog.recorder(), || {
            let predictor = panics::caught(read).unwrap_or_else(|| Err("reading it panicked".to_owned()))?;
            warm(&predictor);
            Ok::<_, String>(predictor)
        })?;
        let schema = predictor.schema();
        let name = name.or(schema.name()).unwrap_or(stem).to_owned();
        let version = version.or(schema.version()).unwrap_or("1").to_owned();
        let took = began.elapsed();
        info!(model = name, version, ?took, "loaded");
        self.outcomes.succeeded(&name);
        Ok(Model::new(name, version, predictor).with_max_rows(self.sources.max_rows).said_in_spans())
    }

    pub(super) fn check_memory(&self, more: u64) -> Result<(), String> {
        let Some(limit) = self.sources.memory else { return Ok(()) };
        let held: u64 = self.loaded.values().map(|loaded| loaded.bytes).sum();
        if held.saturating_add(more) <= limit {
            return Ok(());
        }
        Err(format!(
            "its {more} bytes do not fit: {held} bytes of models are loaded, and {limit} is the limit"
        ))
    }
}

/// Runs a model once, so that the first request finds it in memory.
fn warm(predictor: &Predictor) {
    let schema = predictor.schema();
    let row = vec![0.0; schema.n_features()];
    // Not every model answers zeros; what it answers is nobody's business here.
    let _ = match schema.task() {
        Task::Classify { .. } => predictor.predict_class(&row).map(drop),
        Task::Regress { n_targets } => predictor.predict_values_into(&row, &mut vec![0.0; *n_targets]),
    };
}
