//! OTLP over HTTP with protobuf bodies, on one connection that is kept.

use std::fmt::Display;
use std::io::Write;
use std::time::{Duration, SystemTime};

use flate2::Compression;
use flate2::write::GzEncoder;
use prost::Message;
use ureq::http::header::{CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER};
use ureq::http::{HeaderValue, Request, Response};
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Body};

use super::resolver::Remembering;
use super::{Collector, ExportResponse, gzip};
use crate::exporter::Outcome;
use crate::settings::{OtlpSettings, TlsFiles};

/// A collector's answer is a few bytes; an error page may be some more.
const MAX_ANSWER: u64 = 64 << 10;

/// Room for a message of the usual size, so that it leaves in one write.
const OUTPUT: usize = 384 << 10;

pub(super) struct Http {
    agent: Agent,
    /// Everything of a request but its body.
    request: Request<()>,
    gzip: bool,
    compressed: Vec<u8>,
}

impl Http {
    pub(super) fn new(settings: &OtlpSettings) -> Result<Self, String> {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(settings.timeout))
            .user_agent(concat!("iris/", env!("CARGO_PKG_VERSION")))
            .max_redirects(0)
            .max_idle_age(Duration::from_secs(3600))
            .tls_config(tls(&settings.tls)?)
            .output_buffer_size(OUTPUT)
            .build();
        let agent = Agent::with_parts(config, DefaultConnector::new(), Remembering::default());
        let mut request = Request::post(&settings.endpoint).header(CONTENT_TYPE, "application/x-protobuf");
        if gzip(settings) {
            request = request.header(CONTENT_ENCODING, "gzip");
        }
        for (name, value) in &settings.headers {
            request = request.header(name, value);
        }
        let request = request.body(()).map_err(|error| error.to_string())?;
        Ok(Self { agent, request, gzip: gzip(settings), compressed: Vec::new() })
    }

    fn post(&mut self, body: &[u8]) -> Result<Response<Body>, ureq::Error> {
        let body = if self.gzip {
            self.compressed.clear();
            let mut encoder = GzEncoder::new(&mut self.compressed, Compression::fast());
            encoder.write_all(body)?;
            encoder.finish()?;
            self.compressed.as_slice()
        } else {
            body
        };
        let (parts, ()) = self.request.clone().into_parts();
        self.agent.run(Request::from_parts(parts, body))
    }
}

impl Collector for Http {
    fn send(&mut self, body: &[u8]) -> Outcome {
        match self.post(body) {
            Ok(mut response) => outcome(&mut response),
            Err(error) => Outcome::Retry { after: None, reason: error.to_string() },
        }
    }
}

/// Which statuses are worth another try is written in
/// <https://opentelemetry.io/docs/specs/otlp/#otlphttp-response>.
fn outcome(response: &mut Response<Body>) -> Outcome {
    let status = response.status();
    let after = response.headers().get(RETRY_AFTER).and_then(retry_after);
    let body = response.body_mut().with_config().limit(MAX_ANSWER).read_to_vec().unwrap_or_default();
    match status.as_u16() {
        200..300 => ExportResponse::decode(body.as_slice()).map_or_else(|_| not_otlp(), Outcome::from),
        429 | 502 | 503 | 504 => Outcome::Retry { after, reason: format!("it answered {status}") },
        _ => Outcome::Refused { reason: format!("it answered {status}{}", excerpt(&body)) },
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
fn retry_after(value: &HeaderValue) -> Option<Duration> {
    let text = value.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    httpdate::parse_http_date(text).ok()?.duration_since(SystemTime::now()).ok()
}

fn tls(files: &TlsFiles) -> Result<TlsConfig, String> {
    let mut config = TlsConfig::builder();
    if let Some(pem) = &files.certificate {
        let certificate = |item| match item {
            ureq::tls::PemItem::Certificate(certificate) => Some(certificate),
            _ => None,
        };
        let found: Result<Vec<_>, _> = ureq::tls::parse_pem(pem).collect();
        let certificates: Vec<Certificate<'static>> = found
            .map_err(|error| format!("the CA certificate: {error}"))?
            .into_iter()
            .filter_map(certificate)
            .collect();
        if certificates.is_empty() {
            return Err("the CA certificate file has no certificate in PEM form".to_owned());
        }
        config = config.root_certs(RootCerts::new_with_certs(&certificates));
    }
    if let Some((certificate, key)) = &files.client {
        let certificate =
            Certificate::from_pem(certificate).map_err(|error| format!("the client certificate: {error}"))?;
        let key = PrivateKey::from_pem(key).map_err(|error| format!("the client key: {error}"))?;
        config = config.client_cert(Some(ClientCert::new_with_certs(&[certificate], key)));
    }
    Ok(config.build())
}
