//! OpenTelemetry's protocol: what is sent, and how.
//!
//! `template` writes protobuf with a `placeholder` for each of the `words` of a record,
//! `shape` its spans, `batch` whole messages; `grpc` and `http` send them, the latter by
//! `plain` or by `library`, to which an answer is the same `message`.

mod batch;
mod grpc;
mod http;
mod library;
mod message;
mod placeholder;
mod plain;
mod resolver;
mod shape;
mod template;
mod words;

use std::sync::Arc;

use batch::Encoder;

use super::exporter::{Outcome, Transport};
use super::models::Models;
use super::settings::{Compression, OtlpProtocol, OtlpSettings};
use super::view::View;

/// A collector, and the messages for it.
pub(super) struct Otlp {
    encoder: Encoder,
    collector: Box<dyn Collector>,
    place: String,
}

/// A way to a collector. Blocks the thread it is called on.
trait Collector: Send {
    /// Sends one `ExportTraceServiceRequest`.
    fn send(&mut self, body: &[u8]) -> Outcome;
}

impl Otlp {
    /// The way that the settings describe.
    pub(super) fn new(
        settings: &OtlpSettings,
        resource: &[(String, String)],
        models: Arc<Models>,
    ) -> Result<Self, String> {
        let collector: Box<dyn Collector> = match settings.protocol {
            OtlpProtocol::HttpProtobuf => Box::new(http::Http::new(settings)?),
            OtlpProtocol::Grpc => Box::new(grpc::Grpc::new(settings)?),
        };
        Ok(Self { encoder: Encoder::new(resource, models), collector, place: settings.place() })
    }
}

impl Transport for Otlp {
    fn place(&self) -> String {
        self.place.clone()
    }

    fn start(&mut self) {
        self.encoder.start();
    }

    fn add(&mut self, view: &View<'_>, epoch: u64) {
        self.encoder.add(view, epoch);
    }

    fn send(&mut self) -> Outcome {
        self.collector.send(self.encoder.finish())
    }
}

/// What a collector answers that took a message.
#[derive(Clone, PartialEq, prost::Message)]
struct ExportResponse {
    #[prost(message, optional, tag = "1")]
    partial_success: Option<PartialSuccess>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct PartialSuccess {
    #[prost(int64, tag = "1")]
    rejected_spans: i64,
    #[prost(string, tag = "2")]
    error_message: String,
}

impl From<ExportResponse> for Outcome {
    fn from(response: ExportResponse) -> Self {
        let partial = response.partial_success.unwrap_or_default();
        let rejected_spans = u64::try_from(partial.rejected_spans).unwrap_or(0);
        Self::Accepted { rejected_spans, message: partial.error_message }
    }
}

fn gzip(settings: &OtlpSettings) -> bool {
    settings.compression == Compression::Gzip
}
