//! Whether features, and answers, are spread as they were over the training data.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use iris_core::{ColumnKind, Distribution, Schema, Texts};
use iris_telemetry::{Families, Telemetry};

use super::aside::{Aside, Job};
use super::chance;
use super::share::Share;
use crate::{Catalog, Model, Predictions, Snapshot};

/// A watch on the features and answers of some of all requests, for models whose packages say how these were
/// spread over the training data. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Drift {
    share: Share,
    aside: Aside<Rows>,
    seen: Arc<Seen>,
}

/// A watch on the requests of one model.
#[derive(Debug)]
pub(crate) struct Watch {
    drift: Drift,
    reads_texts: bool,
}

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
    /// The same of what the model answers: its classes, or the values of a single target.
    pub answers: Option<f64>,
}

/// The rows of a request that was answered.
#[derive(Debug)]
struct Rows {
    model: Model,
    values: Vec<f64>,
    texts: Texts,
    /// The index of each row's class, or its value; none where nothing is known of them.
    answers: Vec<f64>,
}

/// Counts by name and version.
#[derive(Debug, Default)]
struct Seen(Mutex<BTreeMap<[String; 2], Counts>>);

/// How the latest rows were spread.
#[derive(Debug, Default)]
struct Counts {
    rows: u64,
    features: Vec<OfFeature>,
    answers: Option<Binned>,
}

#[derive(Debug)]
struct OfFeature {
    index: usize,
    name: String,
    /// Whether what counts is the length of a text.
    is_text: bool,
    seen: Binned,
}

/// Values by the bins that they had over the training data.
#[derive(Debug)]
struct Binned {
    distribution: Distribution,
    bins: Vec<u64>,
    missing: u64,
}

/// Rows of one request that are looked at, so that no batch is all that is seen.
const OF_A_REQUEST: usize = 1_000;

/// Rows after which those before count for half.
const HALVED: u64 = 20_000;

/// Rows from which on something can be said, and how many for each bin: with fewer, chance alone makes an index.
const ENOUGH: u64 = 200;
const ENOUGH_OF_A_BIN: u64 = 20;

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
            answers: counts.answers.as_ref().and_then(|answers| answers.index(counts.rows)),
        };
        seen.iter().map(drifted).collect()
    }

    /// Has what is seen on the page of metrics.
    pub fn told_by(&self, telemetry: &Telemetry, catalog: &Catalog) {
        let (drift, catalog) = (self.clone(), catalog.clone());
        telemetry.add_families(move |families| drift.write(&catalog.snapshot(), families));
    }

    /// A watch on this model, if its package says how its features or its answers were spread.
    pub(super) fn watch(&self, model: &Model) -> Option<Watch> {
        let schema = model.schema();
        let reads_texts = known(schema).any(|(index, _)| is_text(schema, index));
        let is_known = known(schema).next().is_some() || schema.answer_distribution().is_some();
        is_known.then(|| Watch { drift: self.clone(), reads_texts })
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
            "iris_prediction_drift",
            "Population stability index of the latest answers against those to the training data; above 0.25 they differ",
            ["model", "version"],
            all.iter().filter_map(|seen| Some(([seen.name.clone(), seen.version.clone()], seen.answers?))),
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
        self.drift.share.holds(chance::number())
    }

    /// Whether it is shown texts beside rows.
    pub(super) fn reads_texts(&self) -> bool {
        self.reads_texts
    }

    /// Has the rows of a request counted that this model has answered so.
    pub(super) fn show(
        &self,
        model: &Model,
        mut values: Vec<f64>,
        texts: Texts,
        predictions: &Predictions<'_>,
    ) {
        let schema = model.schema();
        values.truncate(OF_A_REQUEST * schema.n_features());
        let answers = match schema.answer_distribution() {
            None => Vec::new(),
            Some(_) if schema.n_classes() > 0 => {
                predictions.classes().iter().take(OF_A_REQUEST).map(|class| f64::from(*class)).collect()
            }
            Some(_) => predictions.values().iter().take(OF_A_REQUEST).copied().collect(),
        };
        self.drift.aside.give(Rows { model: model.clone(), values, texts, answers });
    }
}

impl Job for Rows {
    fn bytes(&self) -> usize {
        size_of_val(&*self.values) + size_of_val(&*self.answers) + self.texts.n_bytes()
    }
}

impl Seen {
    fn count(&self, rows: &Rows) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let model = &rows.model;
        let known = [model.name().to_owned(), model.version().to_owned()];
        if seen.len() >= MODELS && !seen.contains_key(&known) {
            return;
        }
        let counts = seen.entry(known).or_default();
        // A file that was replaced may have another package under the same version.
        if !counts.are_of(model.schema()) {
            *counts = Counts::of(model.schema());
        }
        counts.add(rows);
    }
}

impl Counts {
    fn of(schema: &Schema) -> Self {
        let of_feature = |(index, distribution): (usize, &Distribution)| OfFeature {
            index,
            name: schema.features()[index].name().to_owned(),
            is_text: is_text(schema, index),
            seen: Binned::by(distribution),
        };
        Self {
            rows: 0,
            features: known(schema).map(of_feature).collect(),
            answers: schema.answer_distribution().map(Binned::by),
        }
    }

    fn are_of(&self, schema: &Schema) -> bool {
        let ours = self.features.iter().map(|feature| (feature.index, &feature.seen.distribution));
        let our_answers = self.answers.as_ref().map(|answers| &answers.distribution);
        ours.eq(known(schema)) && our_answers == schema.answer_distribution()
    }

    fn add(&mut self, Rows { model, values, texts, answers }: &Rows) {
        for (index, row) in values.chunks_exact(model.schema().n_features().max(1)).enumerate() {
            self.rows += 1;
            for feature in &mut self.features {
                let value = row[feature.index];
                feature.seen.add(if feature.is_text { length(texts, value) } else { value });
            }
            if let (Some(seen), Some(answer)) = (&mut self.answers, answers.get(index)) {
                seen.add(*answer);
            }
            if self.rows >= HALVED {
                self.rows /= 2;
                let features = self.features.iter_mut().map(|feature| &mut feature.seen);
                features.chain(&mut self.answers).for_each(Binned::halve);
            }
        }
    }

    /// The index of each feature of which there are rows enough.
    fn indices(&self) -> Vec<(String, f64)> {
        let index = |of: &OfFeature| Some((of.name.clone(), of.seen.index(self.rows)?));
        self.features.iter().filter_map(index).collect()
    }
}

impl Binned {
    fn by(distribution: &Distribution) -> Self {
        let bins = vec![0; distribution.shares().len()];
        Self { distribution: distribution.clone(), bins, missing: 0 }
    }

    fn add(&mut self, value: f64) {
        match self.distribution.bin(value) {
            Some(bin) => self.bins[bin] += 1,
            None => self.missing += 1,
        }
    }

    fn halve(&mut self) {
        self.bins.iter_mut().for_each(|count| *count /= 2);
        self.missing /= 2;
    }

    /// The sum over all bins of (now − then) · ln(now / then), as Siddiqi, "Credit Risk Scorecards" (2006), has it;
    /// of that many rows, if that is enough.
    #[expect(clippy::cast_precision_loss, reason = "counts stay below 2^53")]
    fn index(&self, rows: u64) -> Option<f64> {
        if rows < ENOUGH.max(ENOUGH_OF_A_BIN * self.bins.len() as u64) {
            return None;
        }
        let total = (self.bins.iter().sum::<u64>() + self.missing).max(1) as f64;
        let now = self.bins.iter().chain([&self.missing]).map(|count| *count as f64 / total);
        let then = self.distribution.shares().iter().copied().chain([self.distribution.missing()]);
        let term = |(now, then): (f64, f64)| {
            let (now, then) = (now.max(LEAST), then.max(LEAST));
            (now - then) * (now / then).ln()
        };
        Some(now.zip(then).map(term).sum())
    }
}

/// How many characters the text has that this number stands for; NaN where it stands for none.
#[expect(clippy::cast_precision_loss, reason = "there is no memory for 2^53 characters")]
fn length(texts: &Texts, number: f64) -> f64 {
    texts.get(number).map_or(f64::NAN, |text| text.chars().count() as f64)
}

/// Whether the values of a feature are free text.
fn is_text(schema: &Schema, index: usize) -> bool {
    *schema.features()[index].kind() == ColumnKind::Text
}

/// The features whose spread is known, with their places.
fn known(schema: &Schema) -> impl Iterator<Item = (usize, &Distribution)> {
    let features = schema.features().iter().enumerate();
    features.filter_map(|(index, feature)| Some((index, feature.distribution()?))).take(FEATURES)
}
