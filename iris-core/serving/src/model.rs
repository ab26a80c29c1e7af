//! One model under the name and version that clients know.

use std::sync::Arc;

use iris_core::{Predictor, Schema};
use iris_telemetry::{RecordedModel, Recorder};

/// A model as it is served. Nothing of it changes; another version is another model. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Model {
    name: Arc<str>,
    version: Arc<str>,
    predictor: Predictor,
    max_rows: usize,
    recorded: RecordedModel,
}

impl Model {
    /// The most rows of a request unless [`with_max_rows`](Self::with_max_rows) says otherwise.
    pub const DEFAULT_MAX_ROWS: usize = 1 << 16;

    /// `predictor` under this name and version.
    #[must_use]
    pub fn new(name: impl Into<String>, version: impl Into<String>, predictor: Predictor) -> Self {
        let model = Self {
            name: name.into().into(),
            version: version.into().into(),
            predictor,
            max_rows: Self::DEFAULT_MAX_ROWS,
            recorded: RecordedModel::default(),
        };
        model.recorded_by(&Recorder::default())
    }

    /// The same with another limit of rows in a request.
    #[must_use]
    pub fn with_max_rows(self, max_rows: usize) -> Self {
        Self { max_rows, ..self }
    }

    /// The same introduced to what records its requests.
    pub(crate) fn recorded_by(self, recorder: &Recorder) -> Self {
        Self { recorded: recorder.model(&self.name, &self.version, self.schema()), ..self }
    }

    /// Whether this is the last clone.
    #[cfg(feature = "loading")]
    pub(crate) fn is_alone(&self) -> bool {
        Arc::strong_count(&self.name) == 1
    }

    /// Whether one is a clone of the other.
    #[cfg(feature = "loading")]
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.name, &other.name)
    }

    /// The model's name.
    #[inline]
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The model's version.
    #[inline]
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// What answers.
    #[inline]
    #[must_use]
    pub fn predictor(&self) -> &Predictor {
        &self.predictor
    }

    /// What the model expects and answers.
    #[inline]
    #[must_use]
    pub fn schema(&self) -> &Schema {
        self.predictor.schema()
    }

    /// The most rows that one request may have.
    #[inline]
    #[must_use]
    pub fn max_rows(&self) -> usize {
        self.max_rows
    }

    /// Whether its features are the four of a flower, whose class is a species.
    #[inline]
    #[must_use]
    pub fn is_of_flowers(&self) -> bool {
        self.recorded.has_named_features()
    }

    /// How records name it.
    #[inline]
    #[must_use]
    pub fn recorded(&self) -> RecordedModel {
        self.recorded
    }
}
