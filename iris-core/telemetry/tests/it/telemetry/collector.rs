//! A real receiver of OpenTelemetry's protocol, in this process: over HTTP with
//! axum, over gRPC with tonic, both with the messages of `opentelemetry-proto`.

use std::collections::VecDeque;
use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tonic::{Code, Status};
use tonic_types::StatusExt;

/// How the collector is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    Http,
    Grpc,
}

/// What to answer one message with; without any the answer is yes.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// An HTTP status, with `Retry-After` where it is given.
    Status(u16, Option<&'static str>),
    /// A gRPC code, with a `RetryInfo` where a time is given.
    Code(Code, Option<Duration>),
    /// Yes, but for so many spans.
    Partial(i64),
    /// No answer for as long as the collector lives.
    Hang,
}

/// The receiver; it ends when it is dropped.
pub(crate) struct Collector {
    pub(crate) address: SocketAddr,
    protocol: Protocol,
    inbox: Arc<Inbox>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What has come in, and what is to be answered.
#[derive(Default)]
pub(crate) struct Inbox {
    state: Mutex<InboxState>,
    changed: Condvar,
}

#[derive(Default)]
struct InboxState {
    requests: Vec<ExportTraceServiceRequest>,
    headers: Vec<Vec<(String, String)>>,
    replies: VecDeque<Reply>,
    attempts: usize,
}

impl Collector {
    pub(crate) fn start(protocol: Protocol) -> Self {
        Self::start_at((Ipv4Addr::LOCALHOST, 0).into(), protocol, &[])
    }

    pub(crate) fn with_replies(protocol: Protocol, replies: &[Reply]) -> Self {
        Self::start_at((Ipv4Addr::LOCALHOST, 0).into(), protocol, replies)
    }

    pub(crate) fn start_at(address: SocketAddr, protocol: Protocol, replies: &[Reply]) -> Self {
        let inbox = Arc::new(Inbox::default());
        inbox.state.lock().unwrap().replies = replies.to_vec().into();
        let (stop, stopped) = oneshot::channel();
        let (bound, is_bound) = std::sync::mpsc::channel();
        let served = inbox.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = TcpListener::bind(address).await.unwrap();
                bound.send(listener.local_addr().unwrap()).unwrap();
                tokio::select! {
                    () = serve(listener, protocol, served) => {}
                    _ = stopped => {}
                }
            });
        });
        let address = is_bound.recv().unwrap();
        Self { address, protocol, inbox, stop: Some(stop), thread: Some(thread) }
    }

    /// The variables that make a service export here.
    pub(crate) fn variables(&self) -> Vec<(String, String)> {
        variables(self.address, self.protocol)
    }

    /// Waits for so many spans.
    pub(crate) fn wait_for(&self, n: usize) -> Vec<Span> {
        self.inbox.wait_until(|state| spans(state).count() >= n);
        self.spans()
    }

    /// Waits for so many messages, answered whichever way.
    pub(crate) fn wait_for_attempts(&self, n: usize) {
        self.inbox.wait_until(|state| state.attempts >= n);
    }

    /// Every span of the messages that were accepted.
    pub(crate) fn spans(&self) -> Vec<Span> {
        spans(&self.inbox.state.lock().unwrap()).cloned().collect()
    }

    pub(crate) fn requests(&self) -> Vec<ExportTraceServiceRequest> {
        self.inbox.state.lock().unwrap().requests.clone()
    }

    /// The headers or metadata of each message that was accepted.
    pub(crate) fn headers(&self) -> Vec<Vec<(String, String)>> {
        self.inbox.state.lock().unwrap().headers.clone()
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.stop.take();
        self.thread.take().unwrap().join().unwrap();
    }
}

pub(crate) fn variables(address: SocketAddr, protocol: Protocol) -> Vec<(String, String)> {
    let name = match protocol {
        Protocol::Http => "http/protobuf",
        Protocol::Grpc => "grpc",
    };
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{address}")),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", name.to_owned()),
        ("OTEL_BSP_SCHEDULE_DELAY", "1".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// An address where nobody listens, for now.
pub(crate) fn free_address() -> SocketAddr {
    std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap()
}

fn spans(state: &InboxState) -> impl Iterator<Item = &Span> {
    let scopes =
        state.requests.iter().flat_map(|request| &request.resource_spans).flat_map(|r| &r.scope_spans);
    scopes.flat_map(|scope| &scope.spans)
}

async fn serve(listener: TcpListener, protocol: Protocol, inbox: Arc<Inbox>) {
    match protocol {
        Protocol::Http => {
            let limit = axum::extract::DefaultBodyLimit::max(64 << 20);
            let route = axum::routing::post(over_http).layer(limit);
            let app = axum::Router::new().route("/v1/traces", route).with_state(inbox);
            axum::serve(listener, app).await.unwrap();
        }
        Protocol::Grpc => {
            let gzip = tonic::codec::CompressionEncoding::Gzip;
            let service = TraceServiceServer::new(OverGrpc(inbox)).accept_compressed(gzip);
            let incoming = tonic::transport::server::TcpIncoming::from(listener);
            tonic::transport::Server::builder()
                .add_service(service)
                .serve_with_incoming(incoming)
                .await
                .unwrap();
        }
    }
}

impl Inbox {
    fn wait_until(&self, mut done: impl FnMut(&InboxState) -> bool) {
        let patience = Instant::now() + Duration::from_secs(30);
        let mut state = self.state.lock().unwrap();
        while !done(&state) {
            let left = patience.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "{} spans in {} attempts", spans(&state).count(), state.attempts);
            state = self.changed.wait_timeout(state, left).unwrap().0;
        }
    }

    fn next_reply(&self) -> Option<Reply> {
        let mut state = self.state.lock().unwrap();
        state.attempts += 1;
        self.changed.notify_all();
        state.replies.pop_front()
    }

    fn accept(&self, request: ExportTraceServiceRequest, headers: Vec<(String, String)>) {
        let mut state = self.state.lock().unwrap();
        state.requests.push(request);
        state.headers.push(headers);
        self.changed.notify_all();
    }
}

async fn over_http(State(inbox): State<Arc<Inbox>>, headers: HeaderMap, body: Bytes) -> Response {
    let reply = inbox.next_reply();
    let partial = match reply {
        Some(Reply::Status(status, after)) => {
            let status = StatusCode::from_u16(status).unwrap();
            return match after {
                Some(after) => (status, [("retry-after", after)], "busy").into_response(),
                None => (status, "no reason").into_response(),
            };
        }
        Some(Reply::Hang) => std::future::pending().await,
        Some(Reply::Partial(rejected)) => Some(rejected),
        Some(Reply::Code(..)) | None => None,
    };
    assert_eq!(headers["content-type"], "application/x-protobuf");
    let body = match headers.get("content-encoding") {
        None => body.to_vec(),
        Some(encoding) => {
            assert_eq!(encoding, "gzip");
            let mut plain = Vec::new();
            flate2::read::GzDecoder::new(&*body).read_to_end(&mut plain).unwrap();
            plain
        }
    };
    let pairs = headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    inbox.accept(ExportTraceServiceRequest::decode(body.as_slice()).unwrap(), pairs.collect());
    ([("content-type", "application/x-protobuf")], response(partial).encode_to_vec()).into_response()
}

struct OverGrpc(Arc<Inbox>);

#[tonic::async_trait]
impl TraceService for OverGrpc {
    async fn export(
        &self,
        request: tonic::Request<ExportTraceServiceRequest>,
    ) -> Result<tonic::Response<ExportTraceServiceResponse>, Status> {
        let partial = match self.0.next_reply() {
            Some(Reply::Code(code, Some(after))) => {
                let details = tonic_types::ErrorDetails::with_retry_info(Some(after));
                return Err(Status::with_error_details(code, "busy", details));
            }
            Some(Reply::Code(code, None)) => return Err(Status::new(code, "no reason")),
            Some(Reply::Hang) => std::future::pending().await,
            Some(Reply::Partial(rejected)) => Some(rejected),
            Some(Reply::Status(..)) | None => None,
        };
        let headers = request.metadata().iter().filter_map(|pair| match pair {
            tonic::metadata::KeyAndValueRef::Ascii(name, value) => {
                Some((name.to_string(), value.to_str().unwrap().to_owned()))
            }
            tonic::metadata::KeyAndValueRef::Binary(..) => None,
        });
        let headers = headers.collect();
        self.0.accept(request.into_inner(), headers);
        Ok(tonic::Response::new(response(partial)))
    }
}

fn response(rejected: Option<i64>) -> ExportTraceServiceResponse {
    let partial_success = rejected.map(|rejected_spans| ExportTracePartialSuccess {
        rejected_spans,
        error_message: "too many attributes".to_owned(),
    });
    ExportTraceServiceResponse { partial_success }
}

/// An attribute's value as text: strings as they are, numbers as Rust writes them.
pub(crate) fn attribute<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a AnyValue> {
    let mut found = attributes.iter().filter(|pair| pair.key == key);
    let value = found.next().and_then(|pair| pair.value.as_ref());
    assert!(found.next().is_none(), "{key} twice");
    value
}

pub(crate) fn text(value: &AnyValue) -> String {
    match value.value.as_ref().unwrap() {
        Value::StringValue(text) => text.clone(),
        Value::IntValue(number) => number.to_string(),
        Value::DoubleValue(number) => format!("{number:?}"),
        Value::ArrayValue(array) => {
            let items: Vec<String> = array.values.iter().map(text).collect();
            format!("[{}]", items.join(", "))
        }
        other => panic!("{other:?}"),
    }
}
