//! A trace for people to read.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::models::Models;
use super::view::View;
use crate::context::{SpanId, TraceId};
use crate::origin::Endpoint;
use crate::record::{Kind, Record, Stage};
use iris_core::ErrorClass;

/// A request, model load or health check that is over.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Trace {
    /// The trace.
    pub trace_id: TraceId,
    /// The root span.
    pub span_id: SpanId,
    /// The caller's span, if there is one.
    pub parent_id: Option<SpanId>,
    /// Whether it is exported, and its like.
    pub sampled: bool,
    /// The root span's name.
    pub name: &'static str,
    /// What was called.
    pub endpoint: &'static Endpoint,
    /// Where the client is, if that is recorded.
    pub client_address: Option<IpAddr>,
    /// What it calls itself.
    pub user_agent: Option<String>,
    /// When it began.
    pub start: SystemTime,
    /// How long it took.
    pub duration: Duration,
    /// The stages that were reached.
    pub stages: Vec<StageTime>,
    /// The HTTP status or gRPC code; 0 in process.
    pub status: u16,
    /// The model's name and version.
    pub model: Option<(String, String)>,
    /// The row, of a request for one.
    pub features: Vec<f64>,
    /// Rows of a batch; 0 for a single row.
    pub batch_size: u32,
    /// The class answered.
    pub predicted: Option<String>,
    /// Its probability.
    pub probability: Option<f64>,
    /// The value answered, of a regressor with one target.
    pub value: Option<f64>,
    /// What was wrong.
    pub error: Option<String>,
}

/// A stage of a prediction.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct StageTime {
    /// The span's name.
    pub name: &'static str,
    /// From the beginning of the request to that of the stage.
    pub offset: Duration,
    /// How long it took.
    pub duration: Duration,
}

impl Trace {
    pub(super) fn new(view: &View<'_>, models: &Models, epoch: u64) -> Self {
        let record = view.record;
        let model = models.get(record.model);
        let model = model.as_deref();
        let stage_time = |stage: Stage| {
            let (start, end) = record.stage(stage)?;
            let offset = Duration::from_nanos(start.since(record.start));
            Some(StageTime { name: stage.name(), offset, duration: Duration::from_nanos(end.since(start)) })
        };
        let is_prediction = record.kind == Kind::Prediction;
        let label = |class| model.and_then(|model| model.label(class)).unwrap_or("other").to_owned();
        Self {
            trace_id: record.trace_id,
            span_id: record.span_id,
            parent_id: (record.parent_id.0 != 0).then_some(record.parent_id),
            sampled: record.sampled,
            name: record.kind.span_name().unwrap_or("request"),
            endpoint: record.endpoint,
            client_address: record.client,
            user_agent: view.user_agent(models.user_agents()).map(Cow::into_owned),
            start: UNIX_EPOCH + Duration::from_nanos(epoch + record.start.as_nanos()),
            duration: Duration::from_nanos(record.duration()),
            stages: Stage::ALL.into_iter().filter_map(stage_time).filter(|_| is_prediction).collect(),
            status: record.status,
            model: model.map(|model| (model.name.clone(), model.version.clone())),
            features: view.features().collect(),
            batch_size: record.batch_size,
            predicted: record.class().map(label),
            probability: record.probability(),
            value: record.value(),
            error: record.fault.map(|fault| said(view.error, fault)),
        }
    }
}

/// An error of no words is called by its kind.
fn said(error: &str, fault: ErrorClass) -> String {
    if error.is_empty() { fault.as_str() } else { error }.to_owned()
}

impl Trace {
    fn write_answer(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(species) = &self.predicted {
            write!(f, "  {species}")?;
        }
        if let Some(probability) = self.probability {
            write!(f, " {probability:.6}")?;
        }
        if let Some(value) = self.value {
            write!(f, "  {value}")?;
        }
        Ok(())
    }
}

/// The first line says what and how long, one more for each stage, indented.
impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.name, self.duration)?;
        let endpoint = self.endpoint.to_string();
        if !endpoint.is_empty() {
            write!(f, " {endpoint} {}", self.status)?;
        }
        write!(f, " trace={} span={}", self.trace_id, self.span_id)?;
        if let Some(parent) = self.parent_id {
            write!(f, " parent={parent}")?;
        }
        if let Some(address) = self.client_address {
            write!(f, " client={address}")?;
        }
        if let Some(user_agent) = &self.user_agent {
            write!(f, " user_agent={user_agent:?}")?;
        }
        if !self.features.is_empty() {
            write!(f, " features={:?}", self.features)?;
        }
        if self.batch_size > 0 {
            write!(f, " batch_size={}", self.batch_size)?;
        }
        if let Some(error) = &self.error {
            write!(f, " error={error:?}")?;
        }
        for (index, stage) in self.stages.iter().enumerate() {
            let branch = if index + 1 == self.stages.len() { '└' } else { '├' };
            write!(f, "\n  {branch} {:19} {:>9?}", stage.name, stage.duration)?;
            if Stage::ALL[index] == Stage::ModelInference {
                self.write_answer(f)?;
            }
        }
        Ok(())
    }
}

/// A record with its tail, kept in case somebody wants to read it.
#[derive(Debug)]
pub(super) struct Stored {
    record: Record,
    tail: Box<[u8]>,
    epoch: u64,
}

impl Stored {
    pub(super) fn new(view: &View<'_>, epoch: u64) -> Self {
        Self { record: *view.record, tail: view.tail.into(), epoch }
    }

    /// In nanoseconds.
    pub(super) fn duration(&self) -> u64 {
        self.record.duration()
    }

    pub(super) fn trace_id(&self) -> TraceId {
        self.record.trace_id
    }

    pub(super) fn span_id(&self) -> SpanId {
        self.record.span_id
    }

    pub(super) fn trace(&self, models: &Models) -> Trace {
        let view = View::new(&self.record, &self.tail);
        Trace::new(&view, models, self.epoch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Tick;

    #[test]
    fn an_error_of_no_words_is_called_by_its_kind() {
        let mut record = Record::new(Kind::Other, Endpoint::CALL, Tick::now());
        let error = |record: &Record| Trace::new(&View::new(record, &[]), &Models::default(), 0).error;
        assert_eq!(error(&record), None);
        record.fault = Some(ErrorClass::Internal);
        assert_eq!(error(&record).as_deref(), Some("internal"));
    }
}
