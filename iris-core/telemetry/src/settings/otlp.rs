//! `OTEL_EXPORTER_OTLP_*`: the collector, and how it is spoken to.

use std::fmt;
use std::time::Duration;

use ureq::http::Uri;
use ureq::http::uri::{PathAndQuery, Scheme};

use super::vars::{SettingsError, Vars, milliseconds, pairs};

/// How spans are sent.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct OtlpSettings {
    pub(crate) protocol: OtlpProtocol,
    /// With path and query, for HTTP.
    pub(crate) endpoint: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) timeout: Duration,
    pub(crate) compression: Compression,
    pub(crate) tls: TlsFiles,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OtlpProtocol {
    HttpProtobuf,
    Grpc,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Gzip,
}

/// The contents of PEM files.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct TlsFiles {
    pub(crate) certificate: Option<Vec<u8>>,
    /// The client's certificate and key.
    pub(crate) client: Option<(Vec<u8>, Vec<u8>)>,
}

impl OtlpSettings {
    /// The endpoint without what may be a secret in it.
    pub(crate) fn place(&self) -> String {
        place(&self.endpoint)
    }
}

/// Headers and keys are secrets.
impl fmt::Debug for OtlpSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtlpSettings").field("endpoint", &self.place()).finish_non_exhaustive()
    }
}

/// An address without user, password and query.
fn place(address: &str) -> String {
    let address = address.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = address.split_once("://").unwrap_or(("", address));
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit('@').next().unwrap_or_default();
    let separator = if scheme.is_empty() { "" } else { "://" };
    format!("{scheme}{separator}{host}{path}")
}

/// The settings, and whether a collector was named.
pub(super) struct Read {
    pub(super) settings: OtlpSettings,
    pub(super) is_asked_for: bool,
}

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) fn read(vars: &mut Vars) -> Result<Read, SettingsError> {
    let protocol = protocol(vars)?;
    let endpoint = endpoint(vars, protocol)?;
    let settings = OtlpSettings {
        protocol,
        headers: headers(vars)?,
        timeout: timeout(vars)?,
        compression: compression(vars)?,
        tls: tls(vars)?,
        endpoint: endpoint.clone().unwrap_or_else(|| default_endpoint(protocol).to_owned()),
    };
    Ok(Read { settings, is_asked_for: endpoint.is_some() })
}

fn default_endpoint(protocol: OtlpProtocol) -> &'static str {
    match protocol {
        OtlpProtocol::HttpProtobuf => "http://localhost:4318/v1/traces",
        OtlpProtocol::Grpc => "http://localhost:4317",
    }
}

fn protocol(vars: &mut Vars) -> Result<OtlpProtocol, SettingsError> {
    let names = ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"];
    match vars.take_first_word(names) {
        None => Ok(OtlpProtocol::HttpProtobuf),
        Some((_, value)) if value == "http/protobuf" => Ok(OtlpProtocol::HttpProtobuf),
        Some((_, value)) if value == "grpc" => Ok(OtlpProtocol::Grpc),
        Some((name, value)) => Err(SettingsError::new(name, &value, "expected http/protobuf or grpc")),
    }
}

/// The variable for all signals is a base, the one for traces the whole address.
fn endpoint(vars: &mut Vars, protocol: OtlpProtocol) -> Result<Option<String>, SettingsError> {
    const BASE: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
    let [traces, all] = ["OTEL_EXPORTER_OTLP_TRACES_INSECURE", "OTEL_EXPORTER_OTLP_INSECURE"];
    let (traces, all) = (vars.boolean(traces)?, vars.boolean(all)?);
    let insecure = traces.or(all).unwrap_or(false);
    let Some((name, value)) = vars.take_first(["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", BASE]) else {
        return Ok(None);
    };
    let refused = |expected: &str| SettingsError::new(name, &place(&value), expected);
    let address = match protocol {
        OtlpProtocol::Grpc if !value.contains("://") => {
            format!("{}://{value}", if insecure { "http" } else { "https" })
        }
        _ => value.clone(),
    };
    let address = match (parse(&address).map_err(refused)?, protocol) {
        (uri, OtlpProtocol::HttpProtobuf) if name == BASE => below(uri, "/v1/traces").map_err(refused)?,
        (uri, OtlpProtocol::HttpProtobuf) => uri.to_string(),
        (uri, OtlpProtocol::Grpc) if matches!(uri.path(), "" | "/") && uri.query().is_none() => {
            // Where a call goes is its method's path.
            uri.to_string().trim_end_matches('/').to_owned()
        }
        (_, OtlpProtocol::Grpc) => {
            return Err(refused("expected no path and no query, for gRPC has its own"));
        }
    };
    Ok(Some(address))
}

const EXPECTED: &str = "expected an address like http://collector:4318";

/// An absolute URL with nothing in it that would not be sent.
fn parse(address: &str) -> Result<Uri, &'static str> {
    // The parser drops it in silence.
    if address.contains('#') {
        return Err("expected no fragment: nothing behind # is sent");
    }
    let uri: Uri = address.parse().map_err(|_| EXPECTED)?;
    let is_http = uri.scheme().is_some_and(|scheme| [Scheme::HTTP, Scheme::HTTPS].contains(scheme));
    let authority = uri.authority().filter(|_| is_http).ok_or(EXPECTED)?;
    if authority.as_str().contains('@') {
        return Err("expected no user and password in it; OTEL_EXPORTER_OTLP_HEADERS may say authorization");
    }
    let has_port = authority.as_str() != authority.host();
    if authority.host().is_empty() || has_port && authority.port_u16().is_none() {
        return Err(EXPECTED);
    }
    Ok(uri)
}

/// The same address with this behind its path; its query stays the last.
fn below(uri: Uri, path: &str) -> Result<String, &'static str> {
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let path = format!("{}{path}{query}", uri.path().trim_end_matches('/'));
    let mut parts = uri.into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(path).map_err(|_| EXPECTED)?);
    Uri::from_parts(parts).map(|uri| uri.to_string()).map_err(|_| EXPECTED)
}

fn headers(vars: &mut Vars) -> Result<Vec<(String, String)>, SettingsError> {
    let names = ["OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"];
    let Some((name, value)) = vars.take_first(names) else { return Ok(Vec::new()) };
    // The value may be a secret: a message must not repeat it.
    let refused = || SettingsError::new(name, "…", "expected name=value pairs separated by commas");
    let headers = pairs(name, &value).map_err(|_| refused())?;
    let is_token = |name: &str| ureq::http::HeaderName::try_from(name).is_ok();
    let is_text = |value: &str| ureq::http::HeaderValue::try_from(value).is_ok();
    let valid = headers.iter().all(|(name, value)| is_token(name) && is_text(value));
    valid.then_some(headers).ok_or_else(refused)
}

fn timeout(vars: &mut Vars) -> Result<Duration, SettingsError> {
    let names = ["OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"];
    let Some((name, value)) = vars.take_first(names) else { return Ok(DEFAULT_TIMEOUT) };
    let timeout = milliseconds(name, &value)?;
    if timeout.is_zero() {
        return Err(SettingsError::new(name, &value, "expected more than 0 milliseconds"));
    }
    Ok(timeout)
}

fn compression(vars: &mut Vars) -> Result<Compression, SettingsError> {
    let names = ["OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "OTEL_EXPORTER_OTLP_COMPRESSION"];
    match vars.take_first_word(names) {
        None => Ok(Compression::None),
        Some((_, value)) if value == "none" => Ok(Compression::None),
        Some((_, value)) if value == "gzip" => Ok(Compression::Gzip),
        Some((name, value)) => Err(SettingsError::new(name, &value, "expected gzip or none")),
    }
}

fn tls(vars: &mut Vars) -> Result<TlsFiles, SettingsError> {
    let mut file = |signal: &str, all: &str| {
        vars.take_first([signal, all]).map(|(name, path)| {
            let read = std::fs::read(&path);
            read.map_err(|error| SettingsError::new(name, &path, format!("it cannot be read: {error}")))
        })
    };
    let certificate =
        file("OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "OTEL_EXPORTER_OTLP_CERTIFICATE").transpose()?;
    let client =
        file("OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE", "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE");
    let key = file("OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY", "OTEL_EXPORTER_OTLP_CLIENT_KEY");
    match (client.transpose()?, key.transpose()?) {
        (Some(client), Some(key)) => Ok(TlsFiles { certificate, client: Some((client, key)) }),
        (None, None) => Ok(TlsFiles { certificate, client: None }),
        (client, _) => {
            let (given, missing) = if client.is_some() {
                ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "OTEL_EXPORTER_OTLP_CLIENT_KEY")
            } else {
                ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE")
            };
            Err(SettingsError::new(given, "given alone", format!("it needs {missing} beside it")))
        }
    }
}
