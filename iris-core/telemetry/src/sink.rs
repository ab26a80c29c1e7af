//! Where finished records go, and how they name models.

use std::fmt;
use std::sync::Arc;

use iris_core::Schema;

use crate::context::{SpanId, TraceId};
use crate::models::{ModelInfo, Said};
use crate::origin::Origin;
use crate::record::Record;
#[cfg(feature = "opentelemetry")]
use crate::settings::Propagators;

/// What takes records: [`Telemetry`](crate::Telemetry), and nothing else.
pub(crate) trait Sink: Send + Sync + fmt::Debug {
    /// Which headers it reads.
    #[cfg(feature = "opentelemetry")]
    fn propagators(&self) -> Propagators;

    /// The ids of a request that begins, and whether it is recorded.
    fn begin(&self, origin: &Origin<'_>, accept_tracestate: &mut dyn FnMut(&str)) -> Ids;

    /// The number that stands in records for what a client calls itself; 0 if
    /// it gets none.
    fn user_agent(&self, value: &[u8]) -> u32;

    /// Takes a finished record.
    fn end(&self, record: &Record, tail: &[u8]);

    /// Introduces a model of this name and version; the number returned stands for it in records.
    /// `said` is what spans are to say of it.
    fn model(&self, model: (&str, &str), said: Said<&str>, schema: &Schema) -> u32;

    /// The model of this number.
    fn introduced(&self, number: u32) -> Option<Arc<ModelInfo>>;

    /// Leaves the model of this number out of what is counted by model.
    fn forget(&self, number: u32);
}

/// A model as records name it, from [`Recorder::model`](crate::Recorder::model); by default none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct RecordedModel {
    pub(crate) number: u32,
    /// Whether the features have span attributes of their own.
    pub(crate) has_named_features: bool,
}

/// The place of a request in a trace.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ids {
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
    /// With whether it is a span of another process.
    pub(crate) parent: Option<(SpanId, bool)>,
    pub(crate) sampled: bool,
}

impl RecordedModel {
    /// Whether nobody that records knows the model.
    #[must_use]
    pub fn is_none(self) -> bool {
        self.number == 0
    }

    /// Whether the features are the four that have span attributes of their own.
    #[inline]
    #[must_use]
    pub fn has_named_features(self) -> bool {
        self.has_named_features
    }
}
