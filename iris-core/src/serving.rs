//! What every transport shares: a model as it is served, and the way of a
//! request through it.
//!
//! A transport says how its requests are read and its answers written, as an
//! [`Exchange`]; [`Served::answer`] does the rest, in the four spans of a
//! request. For the Open Inference Protocol, which two transports speak, the
//! meaning of its [tensors](Tensor), [outputs](Selection) and
//! [metadata](ModelMetadata) is here too, so that both give the same answers.

mod datatype;
mod exchange;
mod inputs;
mod metadata;
mod outputs;
mod refusal;
mod selection;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::spans::Tracer;
use crate::{Predictor, Schema};

pub use datatype::Datatype;
pub use exchange::{Answered, Exchange, RefusalStatus, Rows, Wanted};
pub use inputs::{Data, Tensor};
pub use metadata::{INPUT, ModelMetadata, PLATFORM, SERVER, TensorMetadata, extensions};
pub use outputs::Outputs;
pub use refusal::Refusal;
pub use selection::{OutputTensor, Selection, Values};

/// A model under the name and version that clients know, and whether it wants
/// traffic. Cheap to clone; clones share the model and the readiness.
#[derive(Debug, Clone)]
pub struct Served {
    model: Arc<Named>,
    ready: Arc<AtomicBool>,
    max_rows: usize,
}

#[derive(Debug, Clone)]
struct Named {
    name: String,
    version: String,
    predictor: Predictor,
}

impl Served {
    /// The most rows of a request unless [`with_max_rows`](Self::with_max_rows) says otherwise.
    pub const DEFAULT_MAX_ROWS: usize = 1 << 16;

    /// Serves `predictor` under this name and version, ready for traffic.
    #[must_use]
    pub fn new(name: impl Into<String>, version: impl Into<String>, predictor: Predictor) -> Self {
        Self {
            model: Arc::new(Named { name: name.into(), version: version.into(), predictor }),
            ready: Arc::new(AtomicBool::new(true)),
            max_rows: Self::DEFAULT_MAX_ROWS,
        }
    }

    /// The same with another limit of rows in a request.
    #[must_use]
    pub fn with_max_rows(self, max_rows: usize) -> Self {
        Self { max_rows, ..self }
    }

    /// The same with its requests recorded under the model's name and version.
    #[must_use]
    pub fn with_tracer(self, tracer: &Tracer) -> Self {
        let Named { name, version, predictor } = Arc::unwrap_or_clone(self.model);
        let predictor = predictor.with_tracer(tracer, &name, &version);
        Self { model: Arc::new(Named { name, version, predictor }), ..self }
    }

    /// The model's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.model.name
    }

    /// The model's version.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.model.version
    }

    /// The model.
    #[inline]
    #[must_use]
    pub fn predictor(&self) -> &Predictor {
        &self.model.predictor
    }

    /// What the model expects and answers.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        self.predictor().schema()
    }

    /// The most rows that one request may have.
    #[must_use]
    pub fn max_rows(&self) -> usize {
        self.max_rows
    }

    /// Whether traffic is wanted.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed)
    }

    /// The state of the model as repositories list it, with the reason if it is
    /// not ready.
    #[must_use]
    pub fn state(&self) -> (&'static str, &'static str) {
        if self.is_ready() { ("READY", "") } else { ("UNAVAILABLE", "the server is stopping") }
    }

    /// Asks for traffic, or to be spared it; requests are answered either way.
    pub fn set_ready(&self, ready: bool) {
        self.ready.store(ready, Ordering::Relaxed);
    }

    /// Checks that a request means this model; no version, or an empty one,
    /// means the one there is.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::spans::Fault::NotFound), naming what is served.
    pub fn check(&self, name: &str, version: Option<&str>) -> Result<(), Refusal> {
        if name != self.name() {
            return Err(Refusal::not_found(format!(
                "there is no model '{name}'; the model served is '{}'",
                self.name()
            )));
        }
        match version {
            Some(version) if !version.is_empty() && version != self.version() => {
                Err(Refusal::not_found(format!(
                    "model '{name}' has no version '{version}'; the version served is '{}'",
                    self.version()
                )))
            }
            _ => Ok(()),
        }
    }
}
