//! What is remembered of a request: one record of fixed size.
//!
//! A record is written once, at the end of a request; spans, metrics and logs
//! are all derived from it. What has no fixed size (more than four features,
//! an error's text) follows in its tail.

use std::cell::Cell;
use std::fmt::{self, Write};
use std::net::IpAddr;

use iris_core::ErrorClass;

use crate::clock::Tick;
use crate::context::{SpanId, TraceId};
use crate::origin::{Endpoint, HttpVersion};

/// Features that a record holds itself; more go into the tail.
pub(crate) const INLINE_FEATURES: usize = 4;

/// The most features and texts in a tail; the rest is left out.
const MAX_FEATURES: usize = 256;
const MAX_TEXT: usize = 1_024;

/// Classes counted one by one; those beyond share the last count.
pub(crate) const MAX_CLASSES: usize = 256;

/// One request, model load or health check.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record {
    pub(crate) kind: Kind,
    pub(crate) endpoint: &'static Endpoint,
    pub(crate) http_version: HttpVersion,
    /// Where the client is, if that is known and to be said.
    pub(crate) client: Option<IpAddr>,
    /// What it calls itself, by number; 0 if it does not, or in the tail.
    pub(crate) user_agent: u32,
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
    /// Zero for a trace that begins here.
    pub(crate) parent_id: SpanId,
    /// Whether that is a span of another process.
    pub(crate) parent_is_remote: bool,
    pub(crate) sampled: bool,
    pub(crate) start: Tick,
    /// When the first stage began, and each that was reached ended.
    pub(crate) boundaries: [Tick; 4],
    pub(crate) n_stages: u8,
    pub(crate) end: Tick,
    pub(crate) model: u32,
    pub(crate) answer: Answer,
    /// The class's probability, or a regressor's value, of a single row.
    pub(crate) number: Option<f64>,
    /// Rows of a batch; 0 for a single row.
    pub(crate) batch_size: u32,
    pub(crate) features: [f64; INLINE_FEATURES],
    pub(crate) n_features: u16,
    /// The HTTP status or gRPC code.
    pub(crate) status: u16,
    pub(crate) fault: Option<ErrorClass>,
    /// Bytes of the tail, in its order.
    pub(crate) tracestate_len: u16,
    pub(crate) path_len: u16,
    pub(crate) user_agent_len: u16,
    pub(crate) n_counts: u16,
    pub(crate) error_len: u16,
}

/// What a record is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Prediction,
    ModelLoading,
    HealthCheck,
    /// A request that has metrics but no span.
    Other,
}

/// What a model answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Answer {
    /// Nothing, or what is counted otherwise: the classes of a batch, scores.
    None,
    /// This class of a single row.
    Class(u32),
    /// Numbers: those of a regressor, of one row or of many.
    Values,
}

/// The stages of a prediction, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    DataPreparation,
    ModelInference,
    ResponseFormatting,
}

impl Stage {
    pub(crate) const ALL: [Self; 3] = [Self::DataPreparation, Self::ModelInference, Self::ResponseFormatting];
}

impl Record {
    /// Whether the log has a line for it: what went wrong here, except that who
    /// loads a model is told so, and that an overload would be a line for each refusal.
    pub(crate) fn is_logged_as_failure(&self) -> bool {
        let fault = self.fault.filter(|fault| *fault != ErrorClass::Overloaded);
        fault.is_some_and(ErrorClass::is_servers) && self.kind != Kind::ModelLoading
    }

    pub(crate) fn new(kind: Kind, endpoint: &'static Endpoint, start: Tick) -> Self {
        Self {
            kind,
            endpoint,
            http_version: HttpVersion::Http11,
            client: None,
            user_agent: 0,
            trace_id: TraceId::default(),
            span_id: SpanId::default(),
            parent_id: SpanId::default(),
            parent_is_remote: false,
            sampled: false,
            start,
            boundaries: [start; 4],
            n_stages: 0,
            end: start,
            model: 0,
            answer: Answer::None,
            number: None,
            batch_size: 0,
            features: [0.0; INLINE_FEATURES],
            n_features: 0,
            status: 0,
            fault: None,
            tracestate_len: 0,
            path_len: 0,
            user_agent_len: 0,
            n_counts: 0,
            error_len: 0,
        }
    }

    /// Nanoseconds of the whole.
    pub(crate) fn duration(&self) -> u64 {
        self.end.since(self.start)
    }

    /// The class of a single row, if it is one.
    pub(crate) fn class(&self) -> Option<u32> {
        match self.answer {
            Answer::Class(class) => Some(class),
            Answer::None | Answer::Values => None,
        }
    }

    /// The probability of that class, in [0, 1].
    pub(crate) fn probability(&self) -> Option<f64> {
        self.number.filter(|_| self.class().is_some())
    }

    /// The value of a single row, if a regressor of one target gave it.
    pub(crate) fn value(&self) -> Option<f64> {
        self.number.filter(|_| self.answer == Answer::Values)
    }

    /// When a stage began and ended, if it was reached.
    pub(crate) fn stage(&self, stage: Stage) -> Option<(Tick, Tick)> {
        let index = stage as usize;
        (index < usize::from(self.n_stages)).then(|| (self.boundaries[index], self.boundaries[index + 1]))
    }

    /// When the whole or a stage that was reached began and ended.
    pub(crate) fn times(&self, stage: Option<Stage>) -> (Tick, Tick) {
        stage.map_or(Some((self.start, self.end)), |stage| self.stage(stage)).unwrap_or_default()
    }

    /// The id of the span of the whole or of a stage.
    pub(crate) fn span_id_of(&self, stage: Option<Stage>) -> SpanId {
        stage.map_or(self.span_id, |stage| self.span_id.child(stage as u64))
    }
}

thread_local! {
    /// The buffer of the last tail, so that the next one need not allocate.
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// A tail being written. The pieces come in the order of the methods.
#[derive(Debug, Default)]
pub(crate) struct Tail(Vec<u8>);

impl Tail {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn buffer(&mut self) -> &mut Vec<u8> {
        if self.0.capacity() == 0 {
            self.0 = SPARE.try_with(Cell::take).unwrap_or_default();
            self.0.clear();
        }
        &mut self.0
    }

    pub(crate) fn tracestate(&mut self, record: &mut Record, text: &str) {
        record.tracestate_len = self.text(text);
    }

    pub(crate) fn path(&mut self, record: &mut Record, text: &str) {
        record.path_len = self.text(text);
    }

    pub(crate) fn user_agent(&mut self, record: &mut Record, text: &str) {
        record.user_agent_len = self.text(text);
    }

    pub(crate) fn features(&mut self, record: &mut Record, row: &[f64]) {
        // A tail has its pieces once, and in their order.
        if record.n_features > 0 || record.n_counts > 0 {
            return;
        }
        if row.len() <= INLINE_FEATURES {
            record.features[..row.len()].copy_from_slice(row);
        } else {
            let kept = row.iter().take(MAX_FEATURES);
            self.buffer().extend(kept.flat_map(|value| value.to_le_bytes()));
        }
        record.n_features = u16::try_from(row.len().min(MAX_FEATURES)).unwrap_or(u16::MAX);
    }

    pub(crate) fn counts(&mut self, record: &mut Record, counts: &[u32]) {
        if record.n_counts > 0 {
            return;
        }
        let n = counts.len().min(MAX_CLASSES);
        let (kept, rest) = counts.split_at(n);
        let beyond = rest.iter().sum::<u32>();
        let buffer = self.buffer();
        buffer.extend(kept.iter().flat_map(|count| count.to_le_bytes()));
        record.n_counts = u16::try_from(n).unwrap_or(u16::MAX);
        if beyond > 0 {
            buffer.extend(beyond.to_le_bytes());
            record.n_counts += 1;
        }
    }

    pub(crate) fn error(&mut self, record: &mut Record, error: &dyn fmt::Display) {
        struct Bounded<'a>(&'a mut Vec<u8>, usize);
        impl Write for Bounded<'_> {
            fn write_str(&mut self, text: &str) -> fmt::Result {
                let kept = prefix(text, self.1);
                self.0.extend_from_slice(kept.as_bytes());
                self.1 -= kept.len();
                if kept.len() < text.len() { Err(fmt::Error) } else { Ok(()) }
            }
        }
        let buffer = self.buffer();
        let before = buffer.len();
        // Only a text that is too long fails, and its beginning is there.
        let _ = write!(Bounded(buffer, MAX_TEXT), "{error}");
        record.error_len = u16::try_from(buffer.len() - before).unwrap_or(0);
    }

    fn text(&mut self, text: &str) -> u16 {
        let text = prefix(text, MAX_TEXT);
        self.buffer().extend_from_slice(text.as_bytes());
        u16::try_from(text.len()).unwrap_or(0)
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        if self.0.capacity() > 0 {
            let buffer = std::mem::take(&mut self.0);
            // The thread may be past its thread-locals; then the buffer is freed.
            let _ = SPARE.try_with(|spare| spare.set(buffer));
        }
    }
}

/// The beginning of `text`, no more than `len` bytes, cut between characters.
pub(crate) fn prefix(text: &str, len: usize) -> &str {
    let end = (0..=len.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}
