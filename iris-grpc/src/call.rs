//! One call: what its handlers know of it, and how tonic runs them.

use std::error::Error;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use http_body::Body as HttpBody;
use iris_core::serving::Served;
use iris_core::spans::{Endpoint, Fault, Origin, Tick};
use prost::Message;
use tonic::body::Body;
use tonic::codec::CompressionEncoding;
use tonic::server::{Grpc, ServerStreamingService, StreamingService, UnaryService};
use tonic::{Request, Response, Status, Streaming};

use crate::Encoded;
use crate::calls::Shared;
use crate::codec::{EncodedCodec, Stamp};
use crate::context::Context;
use crate::health::Watch;
use crate::status::{Refused, code_for_clients, fault_of, number};
use crate::stream::Answers;

/// A call under way.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) shared: Arc<Shared>,
    pub(crate) endpoint: &'static Endpoint,
    pub(crate) context: Context,
    /// When its head was read, if that is measured.
    pub(crate) started: Option<Tick>,
    /// Whether a handler has made the record of it.
    pub(crate) recorded: AtomicBool,
}

/// What tonic takes as a body.
pub(crate) trait RequestBody:
    HttpBody<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>> + Send> + Send + 'static
{
}

impl<B> RequestBody for B where
    B: HttpBody<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>> + Send> + Send + 'static
{
}

/// Answers one message.
pub(crate) type Answer<Q, A> = fn(&Call, &Encoded<Q>) -> Result<Encoded<A>, Status>;

impl Call {
    pub(crate) fn served(&self) -> &Served {
        self.shared.door.served()
    }

    /// Where a message read at `started` came from.
    pub(crate) fn origin(&self, started: Option<Tick>) -> Origin<'_> {
        self.context.origin(self.endpoint, started)
    }

    /// One message in, one out; the handler records it.
    pub(crate) async fn traced<Q: 'static, A: 'static>(
        &self,
        request: http::Request<impl RequestBody>,
        answer: Answer<Q, A>,
    ) -> http::Response<Body> {
        let answer = |message: &Encoded<Q>| {
            self.recorded.store(true, Ordering::Relaxed);
            answer(self, message)
        };
        self.grpc(Stamp::Head(self.started)).unary(Unary(answer), request).await
    }

    /// One message in, one out, with nothing to trace.
    pub(crate) async fn plain<Q: Message + Default + 'static, A: Message + Default + 'static>(
        &self,
        request: http::Request<impl RequestBody>,
        answer: impl Fn(&Shared, Q) -> Result<A, Refused> + Send + Sync,
    ) -> http::Response<Body> {
        let answer = |message: &Encoded<Q>| {
            let message = message.decode().map_err(|error| Refused::undecodable(&error))?;
            Ok(Encoded::of(&answer(&self.shared, message)?))
        };
        self.grpc(Stamp::Head(self.started)).unary(Unary(answer), request).await
    }

    /// Many messages in, as many out; each is recorded.
    pub(crate) async fn stream<Q: 'static, A: 'static>(
        self: &Arc<Self>,
        request: http::Request<impl RequestBody>,
        answer: Answer<Q, A>,
    ) -> http::Response<Body> {
        let stamp = Stamp::Complete { measured: self.started.is_some() };
        self.grpc(stamp).streaming(Duplex { call: self.clone(), answer }, request).await
    }

    /// Health as it changes.
    pub(crate) async fn watch(&self, request: http::Request<impl RequestBody>) -> http::Response<Body> {
        self.grpc(Stamp::Head(None)).server_streaming(Watching(self.shared.clone()), request).await
    }

    /// A stream broke before its next message was complete.
    #[cold]
    pub(crate) fn broken(&self, status: Status) -> Status {
        let code = code_for_clients(status.code());
        // A stop ends silent streams, which have nothing to be refused.
        if let Some(fault) = fault_of(code).filter(|fault| *fault != Fault::Unavailable) {
            self.served().turn_away(&self.origin(None), number(code), fault, &status.message());
        }
        Status::new(code, status.message())
    }

    fn grpc<Q: 'static, A: 'static>(&self, stamp: Stamp) -> Grpc<EncodedCodec<Q, A>> {
        Grpc::new(EncodedCodec::new(stamp))
            .accept_compressed(CompressionEncoding::Gzip)
            .send_compressed(CompressionEncoding::Gzip)
            .max_decoding_message_size(self.shared.limits.max_message_size)
    }
}

/// A function as tonic's service.
struct Unary<F>(F);

impl<Q, A, F> UnaryService<Encoded<Q>> for Unary<F>
where
    F: Fn(&Encoded<Q>) -> Result<Encoded<A>, Status>,
{
    type Response = Encoded<A>;
    type Future = Ready<Result<Response<Encoded<A>>, Status>>;

    fn call(&mut self, request: Request<Encoded<Q>>) -> Self::Future {
        ready(self.0(request.get_ref()).map(Response::new))
    }
}

struct Duplex<Q, A> {
    call: Arc<Call>,
    answer: Answer<Q, A>,
}

impl<Q: 'static, A: 'static> StreamingService<Encoded<Q>> for Duplex<Q, A> {
    type Response = Encoded<A>;
    type ResponseStream = Answers<Q, A>;
    type Future = Ready<Result<Response<Answers<Q, A>>, Status>>;

    fn call(&mut self, request: Request<Streaming<Encoded<Q>>>) -> Self::Future {
        ready(Ok(Response::new(Answers::new(self.call.clone(), request.into_inner(), self.answer))))
    }
}

struct Watching(Arc<Shared>);

impl ServerStreamingService<Encoded<tonic_health::pb::HealthCheckRequest>> for Watching {
    type Response = Encoded<tonic_health::pb::HealthCheckResponse>;
    type ResponseStream = Watch;
    type Future = Ready<Result<Response<Watch>, Status>>;

    fn call(&mut self, request: Request<Encoded<tonic_health::pb::HealthCheckRequest>>) -> Self::Future {
        let asked = request.get_ref().decode().map_err(|error| Refused::undecodable(&error).into());
        ready(asked.map(|asked| Response::new(Watch::new(&self.0, &asked))))
    }
}
