//! The ways in which methods answer, and how tonic runs each.

use std::future::{Future, Ready, ready as done};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Poll};

use bytes::Bytes;
use http_body::Body as HttpBody;
use iris_serving::inflate::Compression;
use tonic::body::Body;
use tonic::codec::CompressionEncoding;
use tonic::server::{Grpc, ServerStreamingService, StreamingService, UnaryService};
use tonic::{Request, Response, Status, Streaming};

use crate::call::Call;
use crate::codec::{Encoded, EncodedCodec, Stamp};
use crate::context::Context;
use crate::inflated::Inflated;
use crate::reflection::Version;
use crate::refusal::Refusal;
use crate::stream::Answers;
use crate::timeouts::{TimedBody, Timeouts};
use crate::turn::{Predict, Turn};
use crate::watch::Watch;
use crate::weighed::Weighed;
use crate::{AnyError, whole};

/// Answers one message that is only counted.
type Tell = fn(&Context, &Encoded) -> Result<Encoded, Refusal>;

/// How a method answers.
#[derive(Debug)]
pub(crate) enum Handler {
    /// One message in, one out: a prediction.
    Predict(Predict),
    /// Many messages in, as many out: a prediction each.
    PredictStream(Predict),
    /// One message in, one out, about the server or its model.
    Tell(Tell),
    /// The same where it takes a moment, in which this thread has calls to answer.
    TellLater(Tell),
    /// One message in; whatever changes comes out.
    Watch(fn(&Context, &Encoded) -> Result<Watch, Refusal>),
    /// A service of a library's.
    Reflect(Version),
}

impl Handler {
    /// Whether the client sends a stream.
    pub(crate) fn is_stream(&self) -> bool {
        matches!(self, Self::PredictStream(_) | Self::Reflect(_))
    }

    /// Whether its messages are recorded as requests, one by one.
    pub(crate) fn is_traced(&self) -> bool {
        matches!(self, Self::Predict(_) | Self::PredictStream(_))
    }

    /// Answers a call, whose messages may be compressed. Every outcome is a response.
    pub(crate) async fn answer<B>(
        &self,
        call: &Arc<Call>,
        request: http::Request<B>,
        compression: Option<Compression>,
    ) -> http::Response<Body>
    where
        B: HttpBody<Data = Bytes, Error: Into<AnyError>> + Send + Unpin + 'static,
    {
        let (head, body) = request.into_parts();
        let timed = TimedBody::new(body, Timeouts::of(call, self.is_stream(), &head.headers));
        let body = Weighed::new(timed, call.clone());
        let body = match *self {
            Self::Predict(answer) if compression.is_none() => {
                match whole::message(body, call.context.limits.max_message_size).await {
                    Ok(message) => return whole::answer(call, message, answer).await,
                    Err(body) => body,
                }
            }
            _ => body.into(),
        };
        let request = http::Request::from_parts(head, Body::new(Inflated::new(body, compression, call)));
        // In a box, for it is large, and mostly not needed.
        Box::pin(self.answer_by_tonic(call, request, compression.is_some())).await
    }

    async fn answer_by_tonic(
        &self,
        call: &Arc<Call>,
        request: http::Request<Body>,
        is_compressed: bool,
    ) -> http::Response<Body> {
        let (head, context) = (Stamp::Head(call.started), &call.context);
        let grpc = |stamp| grpc(call, stamp, is_compressed);
        match *self {
            Self::Predict(answer) => grpc(head).unary(InTurn { call, answer }, request).await,
            Self::PredictStream(answer) => {
                let stamp = Stamp::Complete { measured: call.started.is_some() };
                grpc(stamp).streaming(Duplex { call: call.clone(), answer }, request).await
            }
            Self::Tell(answer) => {
                let answer = |message: &Encoded| answer(context, message);
                grpc(head).unary(Unary(answer), request).await
            }
            Self::TellLater(answer) => {
                grpc(head).unary(Later { context: context.clone(), answer }, request).await
            }
            Self::Watch(watch) => {
                let watch = |message: &Encoded| watch(context, message);
                grpc(head).server_streaming(Watching(watch), request).await
            }
            Self::Reflect(version) => context.reflection.answer(version, request).await,
        }
    }
}

/// Nearly every client says that it reads gzip, and nearly no answer is worth
/// compressing; so only a client that compresses its own messages gets it.
fn grpc(call: &Call, stamp: Stamp, is_compressed: bool) -> Grpc<EncodedCodec> {
    let grpc = Grpc::new(EncodedCodec(stamp)).max_decoding_message_size(call.context.limits.max_message_size);
    if is_compressed { grpc.send_compressed(CompressionEncoding::Gzip) } else { grpc }
}

/// A prediction as tonic's service.
struct InTurn<'c> {
    call: &'c Arc<Call>,
    answer: Predict,
}

impl UnaryService<Encoded> for InTurn<'_> {
    type Response = Encoded;
    type Future = Answering;

    fn call(&mut self, request: Request<Encoded>) -> Answering {
        Answering(Turn::of(self.call, request.into_inner(), self.answer))
    }
}

/// Its answer as tonic takes it.
struct Answering(Turn);

impl Future for Answering {
    type Output = Result<Response<Encoded>, Status>;

    fn poll(mut self: Pin<&mut Self>, context: &mut task::Context<'_>) -> Poll<Self::Output> {
        let answered = task::ready!(Pin::new(&mut self.0).poll(context));
        Poll::Ready(answered.map(Encoded::into_response).map_err(Status::from))
    }
}

/// A function as tonic's service.
struct Unary<F>(F);

impl<F: Fn(&Encoded) -> Result<Encoded, Refusal>> UnaryService<Encoded> for Unary<F> {
    type Response = Encoded;
    type Future = Ready<Result<Response<Encoded>, Status>>;

    fn call(&mut self, request: Request<Encoded>) -> Self::Future {
        done(self.0(request.get_ref()).map(Response::new).map_err(Status::from))
    }
}

/// The same on a thread that may be kept waiting.
struct Later {
    context: Arc<Context>,
    answer: Tell,
}

impl UnaryService<Encoded> for Later {
    type Response = Encoded;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Encoded>, Status>> + Send>>;

    fn call(&mut self, request: Request<Encoded>) -> Self::Future {
        let (context, answer) = (self.context.clone(), self.answer);
        let answered = tokio::task::spawn_blocking(move || answer(&context, request.get_ref()));
        Box::pin(async move {
            match answered.await {
                Ok(answered) => answered.map(Response::new).map_err(Status::from),
                Err(failed) if failed.is_panic() => std::panic::resume_unwind(failed.into_panic()),
                Err(_) => Err(Refusal::from(iris_serving::Refusal::stopping()).into()),
            }
        })
    }
}

struct Duplex {
    call: Arc<Call>,
    answer: Predict,
}

impl StreamingService<Encoded> for Duplex {
    type Response = Encoded;
    type ResponseStream = Answers;
    type Future = Ready<Result<Response<Answers>, Status>>;

    fn call(&mut self, request: Request<Streaming<Encoded>>) -> Self::Future {
        done(Ok(Response::new(Answers::new(self.call.clone(), request.into_inner(), self.answer))))
    }
}

struct Watching<F>(F);

impl<F: Fn(&Encoded) -> Result<Watch, Refusal>> ServerStreamingService<Encoded> for Watching<F> {
    type Response = Encoded;
    type ResponseStream = Watch;
    type Future = Ready<Result<Response<Watch>, Status>>;

    fn call(&mut self, request: Request<Encoded>) -> Self::Future {
        done(self.0(request.get_ref()).map(Response::new).map_err(Status::from))
    }
}
