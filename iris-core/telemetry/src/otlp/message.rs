//! What is said over HTTP, whoever speaks it: how a message is called, and what comes back.

use std::fmt::Display;
use std::time::{Duration, SystemTime};

use prost::Message;
use ureq::http::StatusCode;

use super::ExportResponse;
use crate::exporter::Outcome;

pub(super) const CONTENT_TYPE: &str = "application/x-protobuf";
pub(super) const USER_AGENT: &str = concat!("iris/", env!("CARGO_PKG_VERSION"));

/// What a collector answers.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    /// When it is to be asked again.
    pub(super) after: Option<Duration>,
    pub(super) body: Vec<u8>,
}

impl From<Answer> for Outcome {
    /// Which statuses are worth another try is written in
    /// <https://opentelemetry.io/docs/specs/otlp/#otlphttp-response>.
    fn from(Answer { status, after, body }: Answer) -> Self {
        match status.as_u16() {
            200..300 => ExportResponse::decode(body.as_slice()).map_or_else(|_| not_otlp(), Self::from),
            429 | 502 | 503 | 504 => Self::Retry { after, reason: format!("it answered {status}") },
            _ => Self::Refused { reason: format!("it answered {status}{}", excerpt(&body)) },
        }
    }
}

/// Something answers there, but perhaps no collector.
fn not_otlp() -> Outcome {
    let message = "its answer is not one of OpenTelemetry's protocol; is that a collector?".to_owned();
    Outcome::Accepted { rejected_spans: 0, message }
}

/// What an error page says, if it is text.
fn excerpt(body: &[u8]) -> impl Display {
    match std::str::from_utf8(body) {
        Ok(text) if !text.trim().is_empty() && text.chars().all(|c| !c.is_control() || c.is_whitespace()) => {
            format!(": {}", text.trim().chars().take(200).collect::<String>())
        }
        _ => String::new(),
    }
}

/// Seconds, or a date.
pub(super) fn retry_after(value: &[u8]) -> Option<Duration> {
    let text = std::str::from_utf8(value).ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    httpdate::parse_http_date(text).ok()?.duration_since(SystemTime::now()).ok()
}
