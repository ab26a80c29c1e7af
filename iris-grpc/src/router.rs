//! From a path to what answers there.

use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use bytes::Bytes;
use http_body::Body as HttpBody;
use iris_serving::Client;
use iris_serving::net::Stopped;
use iris_serving::{self as serving, panics};
use tonic::Status;
use tonic::body::Body;

use crate::call::Call;
use crate::context::Context;
use crate::kept::{Kept, keeping};
use crate::methods::{self, Method};
use crate::refusal::Refusal;
use crate::status::Kind;
use crate::trace_context::TraceContext;
use crate::{AnyError, GrpcService, Limits, access, encoding, keyed, observe};

/// Answers calls, whatever they came by. Cheap to clone.
#[derive(Clone)]
pub struct Router {
    context: Arc<Context>,
    client: Client,
}

impl Router {
    /// Answers for this service, with those of the limits that concern calls.
    #[must_use]
    pub fn new(service: GrpcService, limits: Limits) -> Self {
        Self::until(service, limits, Stopped::never())
    }

    /// The same, whose streams end when the server stops.
    pub(crate) fn until(service: GrpcService, limits: Limits, stopped: Stopped) -> Self {
        let context = Context::new(service, limits, stopped, methods::services());
        Self { context: Arc::new(context), client: Client::default() }
    }

    /// The same for the calls of one connection, which share their turns in the
    /// lane, and a part of the memory.
    pub(crate) fn for_connection(&self) -> Self {
        Self { context: Arc::new(self.context.for_connection()), client: Client::new() }
    }

    /// Answers one call. Every outcome is a response.
    pub async fn answer<B>(&self, mut request: http::Request<B>) -> http::Response<Body>
    where
        B: HttpBody<Data = Bytes, Error: Into<AnyError>> + Send + Unpin + 'static,
    {
        let context = &self.context;
        let recorder = context.catalog().recorder();
        let started = recorder.now();
        let _in_flight = context.in_flight.enter();
        let method = Method::at(request.uri().path());
        let class = method.and_then(|method| method.class);
        let is_stream = method.is_some_and(|method| method.handler.is_stream());
        let admitted = access::admit(context, class, is_stream, request.headers());
        let is_traced = recorder.is_on() || iris_telemetry::wanted();
        let call = Arc::new(Call {
            context: context.clone(),
            client: self.client.clone(),
            endpoint: method.map_or(&methods::UNKNOWN, |method| &method.endpoint),
            trace: if is_traced {
                TraceContext::of(request.headers(), context.service.client_details())
            } else {
                TraceContext::default()
            },
            split_key: keyed::split_key(context.catalog(), request.headers()),
            pass: admitted.as_ref().cloned().unwrap_or_default(),
            started,
            recorded: AtomicBool::new(false),
            kept: Kept::default(),
        });
        if !is_grpc(&request) {
            return observe::unsupported(&call);
        }
        let Some(Method { handler, .. }) = method else {
            let refusal = unknown(request.uri().path());
            return observe::refused(&call, refusal);
        };
        if let Err(denial) = admitted {
            return access::denied(&call, handler.is_traced(), &denial);
        }
        let mut response = match encoding::take(request.headers_mut()) {
            Ok(compression) => {
                let answering = pin!(handler.answer(&call, request, compression));
                match panics::caught_in(answering).await {
                    Some(response) => keeping(response, &call.kept, &call),
                    None => Status::from(Refusal::from(serving::Refusal::panicked())).into_http(),
                }
            }
            Err(refusal) => {
                let mut response = Status::from(refusal).into_http();
                encoding::advertise(response.headers_mut());
                response
            }
        };
        observe::observe(&call, handler.is_traced(), &mut response);
        response
    }
}

/// `POST` with a content type of gRPC's.
fn is_grpc<B>(request: &http::Request<B>) -> bool {
    let content_type = request.headers().get(http::header::CONTENT_TYPE);
    let is_grpc = content_type.is_some_and(|value| value.as_bytes().starts_with(b"application/grpc"));
    is_grpc && request.method() == http::Method::POST
}

#[cold]
fn unknown(path: &str) -> Refusal {
    Refusal::new(Kind::UnknownMethod, format!("there is no method {path}"))
}

impl fmt::Debug for Router {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Router").field("service", &self.context.service).finish_non_exhaustive()
    }
}
