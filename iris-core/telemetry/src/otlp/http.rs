//! OTLP over HTTP with protobuf bodies.

use std::fmt::Display;
use std::io::Write;
use std::time::{Duration, SystemTime};

use flate2::Compression;
use flate2::write::GzEncoder;
use prost::Message;
use ureq::Proxy;
use ureq::http::{StatusCode, Uri};

use super::library::Library;
use super::plain::Plain;
use super::{Collector, ExportResponse, gzip};
use crate::exporter::Outcome;
use crate::settings::OtlpSettings;

pub(super) const CONTENT_TYPE: &str = "application/x-protobuf";
pub(super) const USER_AGENT: &str = concat!("iris/", env!("CARGO_PKG_VERSION"));

pub(super) struct Http {
    client: Client,
    gzip: bool,
    compressed: Vec<u8>,
}

/// Who speaks HTTP.
enum Client {
    Plain(Box<Plain>),
    Library(Box<Library>),
}

/// What a collector answers.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    /// When it is to be asked again.
    pub(super) after: Option<Duration>,
    pub(super) body: Vec<u8>,
}

impl Http {
    pub(super) fn new(settings: &OtlpSettings) -> Result<Self, String> {
        let collector: Uri =
            settings.endpoint.parse().map_err(|error| format!("{}: {error}", settings.place()))?;
        let gzip = gzip(settings);
        let encoding = gzip.then(|| ("content-encoding".to_owned(), "gzip".to_owned()));
        let headers: Vec<_> = encoding.into_iter().chain(settings.headers.iter().cloned()).collect();
        let proxy = Proxy::try_from_env();
        let client = match Plain::to(&collector, &headers, settings.timeout, proxy.as_ref()) {
            Some(plain) => Client::Plain(plain.into()),
            None => Client::Library(Library::to(&collector, &headers, settings)?.into()),
        };
        Ok(Self { client, gzip, compressed: Vec::new() })
    }

    fn post(&mut self, body: &[u8]) -> Result<Answer, String> {
        let body = if self.gzip {
            self.compressed.clear();
            let mut encoder = GzEncoder::new(&mut self.compressed, Compression::fast());
            let written = encoder.write_all(body).and_then(|()| encoder.finish().map(drop));
            written.map_err(|error| error.to_string())?;
            self.compressed.as_slice()
        } else {
            body
        };
        match &mut self.client {
            Client::Plain(plain) => plain.post(body).map_err(|error| error.to_string()),
            Client::Library(library) => library.post(body).map_err(|error| error.to_string()),
        }
    }
}

impl Collector for Http {
    fn send(&mut self, body: &[u8]) -> Outcome {
        match self.post(body) {
            Ok(answer) => answer.into(),
            Err(reason) => Outcome::Retry { after: None, reason },
        }
    }
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
