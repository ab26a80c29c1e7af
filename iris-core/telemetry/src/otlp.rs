//! OpenTelemetry's protocol: what is sent, and how.
//!
//! `template` writes protobuf with placeholders, `shape` the spans of a record,
//! `batch` whole messages; `grpc` and `http` send them.

mod batch;
mod grpc;
mod http;
mod resolver;
mod shape;
mod template;

use std::time::Duration;

pub(super) use batch::Encoder;

use super::settings::{Compression, OtlpProtocol, OtlpSettings};

/// A way to a collector. Blocks the thread it is called on.
pub(super) trait Collector: Send {
    /// Sends one `ExportTraceServiceRequest`.
    fn send(&mut self, body: &[u8]) -> Outcome;
}

/// What became of a message.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It arrived; of its spans this many were not wanted.
    Accepted { rejected_spans: u64, message: String },
    /// It may be sent again, after the time that the collector named.
    Retry { after: Option<Duration>, reason: String },
    /// Sending it again would not help.
    Refused { reason: String },
}

/// The way that the settings describe.
pub(super) fn collector(settings: &OtlpSettings) -> Result<Box<dyn Collector>, String> {
    Ok(match settings.protocol {
        OtlpProtocol::HttpProtobuf => Box::new(http::Http::new(settings)?),
        OtlpProtocol::Grpc => Box::new(grpc::Grpc::new(settings)?),
    })
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
