//! Every request of a predictor recorded once, and everything else derived from the records.
//!
//! A request ends by writing one record to a ring of its thread: no lock, no
//! allocation. A background thread empties the rings and turns records into
//! [metrics](Telemetry::metrics), the [last traces](Telemetry::recent), log
//! lines, and what waits for a collector; another sends that as OpenTelemetry's
//! protocol. Whatever happens to the collector, requests never wait.
//!
//! ```
//! use iris_core::Predictor;
//! use iris_telemetry::{Format, Recorded, Settings, Telemetry};
//!
//! let telemetry = Telemetry::start(Settings::from_env("my-service")?)?;
//! let iris = Recorded::new(Predictor::iris(), &telemetry.recorder(), "iris", "1");
//! iris.predict(&[5.1, 3.5, 1.4, 0.2])?;
//! assert!(telemetry.metrics(Format::Prometheus).contains(r#"class="setosa"} 1"#));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # When the collector is slow or gone
//!
//! Up to [`Settings::DEFAULT_BUFFER`] bytes of records wait, and are sent when
//! it is back: first tried again after 0.2 s, then at growing intervals up to
//! 5 s, or when it asks to. Beyond that whole traces are dropped, the oldest
//! first, counted in `iris_traces_dropped_total` and logged once an outage.
//!
//! # Spans
//!
//! `prediction_request` is the parent of `data_preparation` (from bytes to a
//! checked row), `model_inference` and `response_formatting` (from the answer
//! to bytes); `model_loading` and `health_check` stand alone. Each goes two
//! ways, and neither needs the other:
//!
//! - to `tracing`, at `INFO` under the target [`TARGET`], where any subscriber
//!   sees them: fmt, tracing-opentelemetry, or none;
//! - into a record that a [`Recorder`] takes, if a [`Telemetry`] made it.
//!
//! Both are the same spans with the same attributes, but that `tracing` has no
//! lists, so that a row without names of its own is text there.
//!
//! When nobody listens a request reads no clock and makes no span. The part of a
//! request that the stages cover awaits nothing, so they nest on one thread.
//!
//! # In a program that has OpenTelemetry's SDK anyway
//!
//! The feature `opentelemetry` makes the two one pipeline:
//! `Telemetry::start_with_exporter` sends by any of the SDK's exporters,
//! `Origin::parent` makes a request the child of a span of the program's, and
//! `PredictionRequest::context` makes spans of the program's children of the
//! request. A caller's span that only a request's headers name is then the
//! parent of what `tracing` shows, too.

#![forbid(unsafe_code)]
#![warn(clippy::unwrap_used)]

mod agents;
mod clock;
mod connections;
mod context;
mod contract;
mod drain;
mod exporter;
mod exports;
mod history;
mod kept_traces;
mod lines;
mod live;
mod metrics;
mod models;
mod origin;
mod otlp;
mod parent;
mod queue;
mod record;
mod recorded;
mod recorder;
mod recording;
mod request;
mod rings;
mod sampler;
#[cfg(feature = "opentelemetry")]
mod sdk;
#[cfg(feature = "opentelemetry")]
mod sdk_context;
mod settings;
mod sink;
mod slot;
mod statistics;
mod sync;
mod telemetry;
mod timing;
mod trace;
mod tracestate;
mod tracing_spans;
mod view;
mod waker;

pub use iris_core::spans::{TARGET, wanted};

pub use clock::Tick;
pub use connections::{Closed, Connections, Door, OpenConnection, TurnedAway};
pub use context::{ContextHeaders, RemoteParent, SpanId, TraceId};
pub use exports::Exports;
pub use history::Second;
pub use lines::ACCESS_TARGET;
pub use live::{ConnectionCounts, Live};
pub use metrics::{Families, Figure, Format, Total};
pub use origin::{Client, Endpoint, HttpVersion, Origin};
pub use recorded::Recorded;
pub use recorder::Recorder;
pub use request::{PredictionRequest, health_check, model_loading};
pub use settings::{Settings, SettingsError};
pub use sink::RecordedModel;
pub use statistics::ModelStatistics;
pub use telemetry::{InFlight, StartError, Telemetry};
pub use timing::Timing;
pub use trace::{StageTime, Trace};
