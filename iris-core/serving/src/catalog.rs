//! The models served, and the one moment of them that a request sees.

mod names;
mod served;
mod snapshot;

use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::{ArcSwap, Guard};
use iris_telemetry::Recorder;

#[cfg(feature = "loading")]
use crate::Refusal;
use crate::budget::Budget;
#[cfg(feature = "loading")]
use crate::loading::Loader;
use crate::{Lane, Model, Readiness, Traffic};

pub use names::check_name;
#[cfg(feature = "loading")]
pub(crate) use names::shown;
pub use served::Served;
#[cfg(feature = "loading")]
pub(crate) use served::by_age;
pub use snapshot::Snapshot;

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
    traffic: Traffic,
    #[cfg(feature = "loading")]
    loader: Option<Loader>,
}

#[derive(Debug)]
struct Shared {
    snapshot: ArcSwap<Snapshot>,
    /// What the snapshot is made of; held by who changes it, and by no request.
    served: Mutex<Served>,
    readiness: Readiness,
}

impl Catalog {
    /// Serves this model, ready for traffic; nothing is recorded.
    #[must_use]
    pub fn new(model: Model) -> Self {
        Self::of(Served::new(model))
    }

    /// Serves no model yet. What is said of the model that is asked where none is
    /// named is said of `stand_in`, but requests for it are refused.
    #[must_use]
    pub fn empty(stand_in: Model) -> Self {
        Self::of(Served::empty(stand_in))
    }

    fn of(served: Served) -> Self {
        let shared = Shared {
            snapshot: ArcSwap::from_pointee(Snapshot::of(&served)),
            served: Mutex::new(served),
            readiness: Readiness::default(),
        };
        Self {
            shared: Arc::new(shared),
            recorder: Recorder::default(),
            lane: None,
            budget: Budget::default(),
            traffic: Traffic::default(),
            #[cfg(feature = "loading")]
            loader: None,
        }
    }

    /// The same models and readiness with requests recorded there.
    #[must_use]
    pub fn with_recorder(self, recorder: &Recorder) -> Self {
        let catalog = Self { recorder: recorder.clone(), ..self };
        catalog.change(|served| served.recorded_by(recorder));
        catalog
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

    /// The same with requests for the versions of models going by these rules.
    #[must_use]
    pub fn with_traffic(self, traffic: Traffic) -> Self {
        self.change(|served| served.traffic = traffic.clone());
        Self { traffic, ..self }
    }

    /// The same with models loaded by this while others answer.
    #[cfg(feature = "loading")]
    #[must_use]
    pub fn with_loader(self, loader: Loader) -> Self {
        Self { loader: Some(loader), ..self }
    }

    /// Puts another model in the place of the one that is asked where none is
    /// named. Requests under way finish on the one that they began with.
    pub fn replace(&self, model: Model) {
        self.change(|served| served.replace_default(model));
    }

    /// Changes what is served, all at once: a request sees the models as they were,
    /// or as they are then. What is no longer served is told nobody of any more,
    /// and freed when the last request is done that began with it.
    pub fn change<T>(&self, change: impl FnOnce(&mut Served) -> T) -> T {
        let mut served = self.shared.served.lock().unwrap_or_else(PoisonError::into_inner);
        let before = served.recorded();
        let outcome = change(&mut served);
        served.introduce(&self.recorder);
        let after = served.recorded();
        self.shared.snapshot.store(Arc::new(Snapshot::of(&served)));
        for gone in before.difference(&after) {
            self.recorder.forget(*gone);
        }
        outcome
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

    /// How requests for the versions of models go.
    #[inline]
    #[must_use]
    pub fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// What loads models while others answer, if anything does.
    #[cfg(feature = "loading")]
    #[must_use]
    pub fn loader(&self) -> Option<&Loader> {
        self.loader.as_ref()
    }

    /// The same for a client who wants a model `loaded` or `unloaded`.
    ///
    /// # Errors
    ///
    /// [`Unimplemented`](iris_core::ErrorClass::Unimplemented) where clients may not have that done.
    #[cfg(feature = "loading")]
    pub fn client_loader(&self, model: &str, what: &str) -> Result<&Loader, Refusal> {
        let loader = self.loader().filter(|loader| loader.is_for_clients());
        loader.ok_or_else(|| Refusal::fixed_models(model, what))
    }

    /// Whether traffic is wanted, for whoever asks or waits to be told.
    #[inline]
    #[must_use]
    pub fn readiness(&self) -> &Readiness {
        &self.shared.readiness
    }
}
