//! OTLP over gRPC, on a runtime that runs only while a message is sent.

use std::time::Duration;

use prost::Message;
use tokio::runtime::{self, Runtime};
use tonic::codec::{Codec, CompressionEncoding, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::metadata::{MetadataKey, MetadataMap, MetadataValue};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;
use ureq::http::uri::PathAndQuery;

use super::{Collector, ExportResponse, gzip};
use crate::exporter::Outcome;
use crate::settings::OtlpSettings;

const EXPORT: PathAndQuery =
    PathAndQuery::from_static("/opentelemetry.proto.collector.trace.v1.TraceService/Export");

pub(super) struct Grpc {
    runtime: Runtime,
    client: tonic::client::Grpc<Channel>,
    headers: MetadataMap,
    timeout: Duration,
}

impl Grpc {
    pub(super) fn new(settings: &OtlpSettings) -> Result<Self, String> {
        let headers = metadata(settings)?;
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| format!("no runtime: {error}"))?;
        let mut endpoint = Endpoint::from_shared(settings.endpoint.clone())
            .map_err(|error| format!("{}: {error}", settings.place()))?
            .connect_timeout(settings.timeout)
            .user_agent(concat!("iris/", env!("CARGO_PKG_VERSION")))
            .map_err(|error| error.to_string())?;
        if settings.endpoint.starts_with("https:") {
            endpoint = endpoint.tls_config(tls(settings)).map_err(|error| error.to_string())?;
        }
        let channel = {
            // The caller may be on a runtime of its own.
            let _entered = runtime.enter();
            endpoint.connect_lazy()
        };
        let mut client = tonic::client::Grpc::new(channel);
        if gzip(settings) {
            client = client.send_compressed(CompressionEncoding::Gzip);
        }
        client = client.accept_compressed(CompressionEncoding::Gzip);
        Ok(Self { runtime, client, headers, timeout: settings.timeout })
    }
}

fn metadata(settings: &OtlpSettings) -> Result<MetadataMap, String> {
    let mut headers = MetadataMap::new();
    for (name, value) in &settings.headers {
        let key = MetadataKey::from_bytes(name.to_ascii_lowercase().as_bytes())
            .map_err(|error| format!("header {name}: {error}"))?;
        let value = MetadataValue::try_from(value).map_err(|error| format!("header {name}: {error}"))?;
        headers.insert(key, value);
    }
    Ok(headers)
}

fn tls(settings: &OtlpSettings) -> ClientTlsConfig {
    let mut config = ClientTlsConfig::new();
    config = match &settings.tls.certificate {
        Some(pem) => config.ca_certificate(Certificate::from_pem(pem)),
        None => config.with_webpki_roots(),
    };
    if let Some((certificate, key)) = &settings.tls.client {
        config = config.identity(Identity::from_pem(certificate, key));
    }
    config
}

impl Collector for Grpc {
    fn send(&mut self, body: &[u8]) -> Outcome {
        let mut request = Request::new(body.to_vec());
        *request.metadata_mut() = self.headers.clone();
        request.set_timeout(self.timeout);
        let Self { runtime, client, timeout, .. } = self;
        let sent = runtime.block_on(async {
            let call = async {
                client.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
                client.unary(request, EXPORT, Raw).await
            };
            tokio::time::timeout(*timeout, call)
                .await
                .unwrap_or_else(|_| Err(Status::deadline_exceeded("no answer in time")))
        });
        match sent {
            Ok(response) => response.into_inner().into(),
            Err(status) => refused(&status),
        }
    }
}

/// Which codes are worth another try is written in
/// <https://opentelemetry.io/docs/specs/otlp/#failures>: an exhausted resource
/// only if the collector says when.
fn refused(status: &Status) -> Outcome {
    let after = status.get_details_retry_info().and_then(|info| info.retry_delay);
    let reason = format!("it answered {:?}: {}", status.code(), status.message());
    match status.code() {
        Code::Cancelled
        | Code::DeadlineExceeded
        | Code::Aborted
        | Code::OutOfRange
        | Code::Unavailable
        | Code::DataLoss => Outcome::Retry { after, reason },
        Code::ResourceExhausted if after.is_some() => Outcome::Retry { after, reason },
        // A status with a source is tonic's own: the connection broke under the call.
        _ if std::error::Error::source(status).is_some() => Outcome::Retry { after, reason },
        _ => Outcome::Refused { reason },
    }
}

/// Bytes out, a message in.
#[derive(Debug, Clone, Copy)]
struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = ExportResponse;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, out: &mut EncodeBuf<'_>) -> Result<(), Status> {
        bytes::BufMut::put_slice(out, &item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = ExportResponse;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<ExportResponse>, Status> {
        ExportResponse::decode(from).map(Some).map_err(|error| Status::internal(error.to_string()))
    }
}
