//! Whether the values of features are spread as they were over the training data.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use iris_core::{Distribution, Schema};
use iris_telemetry::{Families, Telemetry};

use super::aside::{Aside, Job};
use super::chance;
use super::share::Share;
use crate::{Catalog, Model, Snapshot};

/// A watch on the features of some of all requests, for models whose packages say how these were spread
/// over the training data. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Drift {
    share: Share,
    aside: Aside<Rows>,
    seen: Arc<Seen>,
}

/// A watch on the requests of one model.
#[derive(Debug)]
pub(crate) struct Watch(Drift);

/// How the latest rows of a model were spread.
#[derive(Debug, Clone, PartialEq)]
pub struct Drifted {
    /// The model.
    pub name: String,
    /// Its version.
    pub version: String,
    /// How many of the latest rows are looked at.
    pub rows: u64,
    /// The population stability index of each feature, by name: 0 where its values are spread as they were,
    /// and above 0.25, as a rule of thumb, where something else comes in. None where there is little to say it of.
    pub features: Vec<(String, f64)>,
}

/// The rows of a request that was answered.
#[derive(Debug)]
struct Rows {
    model: Model,
    values: Vec<f64>,
}

/// Counts by name and version.
#[derive(Debug, Default)]
struct Seen(Mutex<BTreeMap<[String; 2], Counts>>);

/// How the latest rows were spread.
#[derive(Debug, Default)]
struct Counts {
    rows: u64,
    features: Vec<OfFeature>,
}

#[derive(Debug)]
struct OfFeature {
    index: usize,
    name: String,
    distribution: Distribution,
    bins: Vec<u64>,
    missing: u64,
}

/// Rows of one request that are looked at, so that no batch is all that is seen.
const OF_A_REQUEST: usize = 1_000;

/// Rows after which those before count for half.
const HALVED: u64 = 20_000;

/// Rows of which too little can be said.
const FEW: u64 = 200;

/// Features of a model that are looked at, and models.
const FEATURES: usize = 256;
const MODELS: usize = 256;

/// What stands for a share of nothing, of which there is no logarithm.
const LEAST: f64 = 1e-4;

impl Drift {
    /// Starts the thread that counts, for this share of the requests.
    ///
    /// # Errors
    ///
    /// If the thread cannot be started.
    pub fn start(share: Share) -> io::Result<Self> {
        let seen = Arc::<Seen>::default();
        let of_thread = Arc::clone(&seen);
        let aside = Aside::start("drift", move |rows: Rows| of_thread.count(&rows))?;
        Ok(Self { share, aside, seen })
    }

    /// How the latest rows were spread, of each version that is served in this moment.
    #[must_use]
    pub fn drifted(&self, snapshot: &Snapshot) -> Vec<Drifted> {
        let is_served = |[name, version]: &[String; 2]| {
            snapshot.versions_of(name).any(|model| model.version() == version)
        };
        let mut seen = self.seen.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.retain(|model, _| is_served(model));
        let drifted = |([name, version], counts): (&[String; 2], &Counts)| Drifted {
            name: name.clone(),
            version: version.clone(),
            rows: counts.rows,
            features: counts.indices(),
        };
        seen.iter().map(drifted).collect()
    }

    /// Has what is seen on the page of metrics.
    pub fn told_by(&self, telemetry: &Telemetry, catalog: &Catalog) {
        let (drift, catalog) = (self.clone(), catalog.clone());
        telemetry.add_families(move |families| drift.write(&catalog.snapshot(), families));
    }

    /// A watch on this model, if its package says how its features were spread.
    pub(super) fn watch(&self, model: &Model) -> Option<Watch> {
        let is_known = model.schema().features().iter().any(|feature| feature.distribution().is_some());
        is_known.then(|| Watch(self.clone()))
    }

    fn write(&self, snapshot: &Snapshot, families: &mut Families<'_>) {
        let all = self.drifted(snapshot);
        let features = all.iter().flat_map(|seen| {
            let labels = |feature: &str| [&*seen.name, &*seen.version, feature].map(str::to_owned);
            seen.features.iter().map(|(name, index)| (labels(name), *index)).collect::<Vec<_>>()
        });
        families.labelled_gauges(
            "iris_feature_drift",
            "Population stability index of the latest rows against the training data; above 0.25 they differ",
            ["model", "version", "feature"],
            features,
        );
        families.labelled_gauges(
            "iris_drift_rows",
            "Latest rows that are compared with the training data",
            ["model", "version"],
            all.iter().map(|seen| ([seen.name.clone(), seen.version.clone()], seen.rows)),
        );
        families.counters(
            "iris_drift_dropped_total",
            "Requests that were left out of that comparison, for too many were waiting",
            "reason",
            [("queue_full", self.aside.dropped())],
        );
    }
}

impl Watch {
    /// Whether this request is one of those that are looked at.
    pub(super) fn draws(&self) -> bool {
        self.0.share.holds(chance::number())
    }

    /// Has the rows of a request counted that this model has answered.
    pub(super) fn show(&self, model: &Model, mut values: Vec<f64>) {
        values.truncate(OF_A_REQUEST * model.schema().n_features());
        self.0.aside.give(Rows { model: model.clone(), values });
    }
}

impl Job for Rows {
    fn bytes(&self) -> usize {
        size_of_val(&*self.values)
    }
}

impl Seen {
    fn count(&self, Rows { model, values }: &Rows) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = [model.name().to_owned(), model.version().to_owned()];
        if seen.len() >= MODELS && !seen.contains_key(&known) {
            return;
        }
        let counts = seen.entry(known).or_default();
        // A file that was replaced may have another package under the same version.
        if !counts.are_of(model.schema()) {
            *counts = Counts::of(model.schema());
        }
        counts.add(model.schema().n_features(), values);
    }
}

impl Counts {
    fn of(schema: &Schema) -> Self {
        let of_feature = |(index, distribution): (usize, &Distribution)| OfFeature {
            index,
            name: schema.features()[index].name().to_owned(),
            distribution: distribution.clone(),
            bins: vec![0; distribution.shares().len()],
            missing: 0,
        };
        Self { rows: 0, features: known(schema).map(of_feature).collect() }
    }

    fn are_of(&self, schema: &Schema) -> bool {
        let ours = self.features.iter().map(|feature| (feature.index, &feature.distribution));
        ours.eq(known(schema))
    }

    fn add(&mut self, n_features: usize, values: &[f64]) {
        for row in values.chunks_exact(n_features.max(1)) {
            self.rows += 1;
            for feature in &mut self.features {
                match feature.distribution.bin(row[feature.index]) {
                    Some(bin) => feature.bins[bin] += 1,
                    None => feature.missing += 1,
                }
            }
            if self.rows >= HALVED {
                self.rows /= 2;
                for feature in &mut self.features {
                    feature.bins.iter_mut().for_each(|count| *count /= 2);
                    feature.missing /= 2;
                }
            }
        }
    }

    /// The index of each feature, once there are rows enough.
    fn indices(&self) -> Vec<(String, f64)> {
        let index = |feature: &OfFeature| (feature.name.clone(), feature.index());
        if self.rows < FEW { Vec::new() } else { self.features.iter().map(index).collect() }
    }
}

impl OfFeature {
    /// The sum over all bins of (now − then) · ln(now / then), as Siddiqi, "Credit Risk Scorecards" (2006), has it.
    #[expect(clippy::cast_precision_loss, reason = "counts stay below 2^53")]
    fn index(&self) -> f64 {
        let total = (self.bins.iter().sum::<u64>() + self.missing).max(1) as f64;
        let now = self.bins.iter().chain([&self.missing]).map(|count| *count as f64 / total);
        let then = self.distribution.shares().iter().copied().chain([self.distribution.missing()]);
        let term = |(now, then): (f64, f64)| {
            let (now, then) = (now.max(LEAST), then.max(LEAST));
            (now - then) * (now / then).ln()
        };
        now.zip(then).map(term).sum()
    }
}

/// The features whose spread is known, with their places.
fn known(schema: &Schema) -> impl Iterator<Item = (usize, &Distribution)> {
    let features = schema.features().iter().enumerate();
    features.filter_map(|(index, feature)| Some((index, feature.distribution()?))).take(FEATURES)
}
