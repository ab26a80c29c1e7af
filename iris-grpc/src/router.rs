//! From a path to what answers there.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use bytes::Bytes;
use http_body::Body as HttpBody;
use iris_core::spans;
use iris_core::telemetry::{InFlight, ModelStatistics, Telemetry};
use tonic::Status;
use tonic::body::Body;

use crate::call::{Call, RequestBody};
use crate::context::Context;
use crate::methods::Method;
use crate::patience::{Patience, Patient};
use crate::reflection::Reflection;
use crate::stop::Stopped;
use crate::{Door, Limits, deadline, health, infer, metadata, observe, predict, repository};

/// Answers calls, whatever they came by. Cheap to clone.
#[derive(Clone)]
pub struct Calls {
    shared: Arc<Shared>,
}

/// What the calls of one listener share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) door: Door,
    pub(crate) limits: Limits,
    pub(crate) stopped: Stopped,
    in_flight: InFlight,
    reflection: Reflection,
}

impl Calls {
    /// Answers for this model, with those of the limits that concern calls.
    #[must_use]
    pub fn new(door: Door, limits: Limits) -> Self {
        Self::until(door, limits, Stopped::never())
    }

    /// The same, whose streams end when the server stops.
    pub(crate) fn until(door: Door, limits: Limits, stopped: Stopped) -> Self {
        let in_flight = door.telemetry().map(Telemetry::in_flight).unwrap_or_default();
        let reflection = Reflection::default();
        Self { shared: Arc::new(Shared { door, limits, stopped, in_flight, reflection }) }
    }

    /// Answers one call. Every outcome is a response.
    pub async fn answer<B>(&self, mut request: http::Request<B>) -> http::Response<Body>
    where
        B: HttpBody<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + Unpin + 'static,
    {
        let shared = &self.shared;
        let tracer = shared.door.served().predictor().tracer();
        let started = tracer.now();
        let _in_flight = shared.in_flight.enter();
        let (method, endpoint) = Method::at(request.uri().path());
        let is_traced = tracer.is_on() || spans::wanted();
        let call = Arc::new(Call {
            shared: shared.clone(),
            endpoint,
            context: if is_traced { Context::of(request.headers()) } else { Context::default() },
            started,
            recorded: AtomicBool::new(false),
        });
        if !is_grpc(&request) {
            return observe::unsupported(&call);
        }
        answer_in_kind(request.headers_mut());
        let patience = patience(shared, method, request.headers());
        let request = request.map(|body| Patient::new(body, patience));
        let mut response = match method {
            Some(method) => dispatch(&call, method, request).await,
            None => unknown(request.uri().path()).into_http(),
        };
        observe::observe(&call, method, &mut response);
        response
    }
}

impl Shared {
    /// What models have been used for, if that is recorded. It takes a moment
    /// under load, in which this thread has calls to answer.
    async fn figures(&self) -> Option<Vec<ModelStatistics>> {
        let telemetry = self.door.telemetry().cloned()?;
        tokio::task::spawn_blocking(move || telemetry.statistics()).await.ok()
    }
}

/// Runs the method.
async fn dispatch(
    call: &Arc<Call>,
    method: Method,
    request: http::Request<impl RequestBody>,
) -> http::Response<Body> {
    match method {
        Method::ModelInfer => call.traced(request, infer::model_infer).await,
        Method::Predict => call.traced(request, predict::predict).await,
        Method::PredictBatch => call.traced(request, predict::predict_batch).await,
        Method::ModelStreamInfer => call.stream(request, infer::stream_infer).await,
        Method::PredictStream => call.stream(request, predict::predict).await,
        Method::ServerLive => call.plain(request, metadata::server_live).await,
        Method::ServerReady => call.plain(request, metadata::server_ready).await,
        Method::ModelReady => call.plain(request, metadata::model_ready).await,
        Method::ServerMetadata => call.plain(request, metadata::server_metadata).await,
        Method::ModelMetadata => call.plain(request, metadata::model_metadata).await,
        Method::ModelConfig => call.plain(request, metadata::model_config).await,
        Method::ModelStatistics => {
            let figures = call.shared.figures().await;
            let answer = |shared: &_, request| metadata::model_statistics(shared, request, figures.clone());
            call.plain(request, answer).await
        }
        Method::RepositoryIndex => call.plain(request, repository::index).await,
        Method::RepositoryModelLoad => call.plain(request, repository::load).await,
        Method::RepositoryModelUnload => call.plain(request, repository::unload).await,
        Method::HealthCheck => call.plain(request, health::check).await,
        Method::HealthWatch => call.watch(request).await,
        Method::Reflection => call.shared.reflection.v1(request).await,
        Method::ReflectionAlpha => call.shared.reflection.v1alpha(request).await,
    }
}

/// How long the body is waited for.
fn patience(shared: &Shared, method: Option<Method>, headers: &http::HeaderMap) -> Patience {
    let deadline = deadline::timeout(headers);
    let Limits { message_timeout: limit, idle_timeout: idle, .. } = shared.limits;
    if method.is_some_and(Method::is_stream) {
        return Patience::More { idle, deadline, stopped: shared.stopped.clone() };
    }
    Patience::Whole { limit, deadline }
}

/// `POST` with a content type of gRPC's.
fn is_grpc<B>(request: &http::Request<B>) -> bool {
    let content_type = request.headers().get(http::header::CONTENT_TYPE);
    let is_grpc = content_type.is_some_and(|value| value.as_bytes().starts_with(b"application/grpc"));
    is_grpc && request.method() == http::Method::POST
}

/// Nearly every client says that it reads gzip, and nearly no answer is worth
/// compressing; so only a client that compresses its own messages gets it.
fn answer_in_kind(headers: &mut http::HeaderMap) {
    if !headers.contains_key("grpc-encoding") {
        headers.remove("grpc-accept-encoding");
    }
}

#[cold]
fn unknown(path: &str) -> Status {
    Status::unimplemented(format!("there is no method {path}"))
}

impl fmt::Debug for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Calls").field("door", &self.shared.door).finish_non_exhaustive()
    }
}
