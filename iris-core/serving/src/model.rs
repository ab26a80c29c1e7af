//! One model under the name and version that clients know.

use std::sync::Arc;

use bytes::Bytes;
use iris_core::{Predictor, Schema};
use iris_telemetry::{RecordedModel, Recorder};

use crate::traffic::Extra;

/// A model as it is served. Nothing of it changes; another version is another model. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Model {
    name: Arc<str>,
    version: Arc<str>,
    predictor: Predictor,
    max_rows: usize,
    recorded: RecordedModel,
    /// Whether its requests' spans say which model it was.
    is_said: bool,
    /// `name/version`, if that may stand in a header.
    signature: Bytes,
    /// What its requests bring about beside its answer.
    extra: Option<Arc<Extra>>,
}

impl Model {
    /// The most rows of a request unless [`with_max_rows`](Self::with_max_rows) says otherwise.
    pub const DEFAULT_MAX_ROWS: usize = 1 << 16;

    /// `predictor` under this name and version.
    #[must_use]
    pub fn new(name: impl Into<String>, version: impl Into<String>, predictor: Predictor) -> Self {
        let (name, version) = (name.into(), version.into());
        let signature = format!("{name}/{version}");
        // A name that was given by hand may be of any characters.
        let is_plain = signature.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
        let model = Self {
            name: name.into(),
            version: version.into(),
            predictor,
            max_rows: Self::DEFAULT_MAX_ROWS,
            recorded: RecordedModel::default(),
            is_said: false,
            signature: if is_plain { signature.trim().to_owned().into() } else { Bytes::new() },
            extra: None,
        };
        model.recorded_by(&Recorder::default())
    }

    /// The same with another limit of rows in a request.
    #[must_use]
    pub fn with_max_rows(self, max_rows: usize) -> Self {
        Self { max_rows, ..self }
    }

    /// The same with its name and version in the spans of its requests: where there may be others.
    #[must_use]
    pub fn said_in_spans(self) -> Self {
        Self { is_said: true, ..self }
    }

    /// The same introduced to what records its requests.
    pub(crate) fn recorded_by(self, recorder: &Recorder) -> Self {
        let (name, version, schema) = (&self.name, &self.version, self.schema());
        let known = if self.is_said {
            recorder.said_model(name, version, None, schema)
        } else {
            recorder.model(name, version, schema)
        };
        Self { recorded: known, ..self }
    }

    /// How records name it where it is asked by this alias.
    pub(crate) fn recorded_as(&self, alias: &str, recorder: &Recorder) -> RecordedModel {
        recorder.said_model(&self.name, &self.version, Some(alias), self.schema())
    }

    /// The same, of which records say this.
    pub(crate) fn recorded_so(self, recorded: RecordedModel) -> Self {
        Self { recorded, ..self }
    }

    /// The same whose requests bring this about, too.
    pub(crate) fn with_extra(self, extra: Extra) -> Self {
        Self { extra: Some(Arc::new(extra)), ..self }
    }

    #[inline]
    pub(crate) fn extra(&self) -> Option<&Extra> {
        self.extra.as_deref()
    }

    /// Whether this is the last clone.
    #[cfg(feature = "loading")]
    pub(crate) fn is_alone(&self) -> bool {
        Arc::strong_count(&self.name) == 1
    }

    /// Whether one is a clone of the other.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
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

    /// `name/version`, as answers say who gave them; empty if that could not stand in a header.
    #[inline]
    #[must_use]
    pub fn signature(&self) -> &Bytes {
        &self.signature
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
