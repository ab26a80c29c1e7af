//! The models served, and the one moment of them that a request sees.

use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};
use iris_telemetry::Recorder;

use crate::budget::Budget;
use crate::{Lane, Model, Readiness, Refusal};

/// All that is served: models, whether traffic is wanted, and where requests
/// are recorded. Cheap to clone; clones share it.
///
/// A request takes a [`Snapshot`] once and finishes on it, whatever is put in
/// its place meanwhile; nothing is locked on the way.
#[derive(Debug, Clone)]
pub struct Catalog {
    shared: Arc<Shared>,
    recorder: Recorder,
    lane: Option<Lane>,
    budget: Budget,
}

#[derive(Debug)]
struct Shared {
    snapshot: ArcSwap<Snapshot>,
    readiness: Readiness,
}

/// The models as they were at one moment.
#[derive(Debug, Clone)]
pub struct Snapshot {
    model: Model,
}

impl Catalog {
    /// Serves this model, ready for traffic; nothing is recorded.
    #[must_use]
    pub fn new(model: Model) -> Self {
        let snapshot = ArcSwap::from_pointee(Snapshot { model });
        let shared = Shared { snapshot, readiness: Readiness::default() };
        Self {
            shared: Arc::new(shared),
            recorder: Recorder::default(),
            lane: None,
            budget: Budget::default(),
        }
    }

    /// The same models and readiness with requests recorded there.
    #[must_use]
    pub fn with_recorder(self, recorder: &Recorder) -> Self {
        let Snapshot { model } = (**self.shared.snapshot.load()).clone();
        self.shared.snapshot.store(Arc::new(Snapshot { model: model.recorded_by(recorder) }));
        Self { recorder: recorder.clone(), ..self }
    }

    /// The same with dear requests answered in this lane, for doors that can wait
    /// for it; without one each request is answered where it came in.
    #[must_use]
    pub fn with_lane(self, lane: Lane) -> Self {
        Self { lane: Some(lane), ..self }
    }

    /// The same with this memory for what is held for clients.
    #[must_use]
    pub fn with_budget(self, budget: Budget) -> Self {
        Self { budget, ..self }
    }

    /// Puts another model in the place of the one there is. Requests under way
    /// finish on the one that they began with.
    pub fn replace(&self, model: Model) {
        let model = model.recorded_by(&self.recorder);
        self.shared.snapshot.store(Arc::new(Snapshot { model }));
    }

    /// The models of this moment.
    #[inline]
    #[must_use]
    pub fn snapshot(&self) -> Guard<Arc<Snapshot>> {
        self.shared.snapshot.load()
    }

    /// Where requests are recorded.
    #[inline]
    #[must_use]
    pub fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// Where dear requests are answered, if not on the spot.
    #[inline]
    #[must_use]
    pub fn lane(&self) -> Option<&Lane> {
        self.lane.as_ref()
    }

    /// The memory for what is held for clients.
    #[inline]
    #[must_use]
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// Whether traffic is wanted, for whoever asks or waits to be told.
    #[inline]
    #[must_use]
    pub fn readiness(&self) -> &Readiness {
        &self.shared.readiness
    }
}

impl Snapshot {
    /// The model of requests that name none.
    #[inline]
    #[must_use]
    pub fn default_model(&self) -> &Model {
        &self.model
    }

    /// Every model.
    #[must_use]
    pub fn models(&self) -> impl ExactSizeIterator<Item = &Model> {
        std::iter::once(&self.model)
    }

    /// The model of this name; no version, or an empty one, means the one there is.
    ///
    /// # Errors
    ///
    /// [`NotFound`](iris_core::ErrorClass::NotFound), naming what is served.
    #[inline]
    pub fn find(&self, name: &str, version: Option<&str>) -> Result<&Model, Refusal> {
        let model = &self.model;
        if name != model.name() {
            return Err(no_model(name, model));
        }
        match version {
            Some(version) if !version.is_empty() && version != model.version() => {
                Err(no_version(version, model))
            }
            _ => Ok(model),
        }
    }
}

#[cold]
fn no_model(name: &str, model: &Model) -> Refusal {
    Refusal::not_found(format!("there is no model '{name}'; the model served is '{}'", model.name()))
}

#[cold]
fn no_version(version: &str, model: &Model) -> Refusal {
    let (name, served) = (model.name(), model.version());
    Refusal::not_found(format!("model '{name}' has no version '{version}'; the version served is '{served}'"))
}
