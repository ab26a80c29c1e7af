//! Router without a network: requests made of frames, so that time can be held.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use http::HeaderMap;
use http_body::{Body, Frame};
use http_body_util::BodyExt;
use iris_core::Predictor;
use iris_grpc::{GrpcService, Limits, Router};
use iris_serving::{Catalog, Model};
use prost::Message;
use tonic::{Code, Status};

/// A body of these frames; afterwards it ends, or it never does.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    frames: Vec<Bytes>,
    stalls: bool,
}

impl Frames {
    pub(crate) fn of(mut frames: Vec<Bytes>) -> Self {
        frames.reverse();
        Self { frames, stalls: false }
    }

    pub(crate) fn then_silence(self) -> Self {
        Self { stalls: true, ..self }
    }
}

impl Body for Frames {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        match self.frames.pop() {
            Some(frame) => Poll::Ready(Some(Ok(Frame::data(frame)))),
            None if self.stalls => Poll::Pending,
            None => Poll::Ready(None),
        }
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) head: HeaderMap,
    pub(crate) code: Code,
    pub(crate) message: String,
    /// Messages as they came, after their prefixes.
    pub(crate) messages: Vec<Bytes>,
    /// Whether each was compressed.
    pub(crate) compressed: Vec<bool>,
}

impl Outcome {
    pub(crate) fn only<A: Message + Default>(&self) -> A {
        assert_eq!((self.code, self.messages.len()), (Code::Ok, 1), "{self:?}");
        A::decode(self.messages[0].clone()).unwrap()
    }

    pub(crate) fn refused(&self, code: Code, message: &str) {
        assert_eq!(self.code, code, "{self:?}");
        assert!(self.message.contains(message), "{self:?}");
    }
}

pub(crate) fn iris() -> Catalog {
    Catalog::new(Model::new("iris", "1", Predictor::iris()))
}

pub(crate) fn router() -> Router {
    Router::new(GrpcService::new(iris()), Limits::default())
}

/// A message behind its prefix.
pub(crate) fn framed(message: &[u8]) -> Bytes {
    prefixed(0, message)
}

pub(crate) fn prefixed(flag: u8, message: &[u8]) -> Bytes {
    let mut bytes = BytesMut::new();
    bytes.put_u8(flag);
    bytes.put_u32(u32::try_from(message.len()).unwrap());
    bytes.put_slice(message);
    bytes.freeze()
}

pub(crate) async fn call(
    router: &Router,
    method: &str,
    headers: &[(&'static str, &str)],
    body: Frames,
) -> Outcome {
    let mut request = http::Request::post(format!("/{method}")).header("content-type", "application/grpc");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    outcome(router.answer(request.body(body).unwrap()).await).await
}

/// One message in, whatever comes back.
pub(crate) async fn ask(router: &Router, method: &str, message: &impl Message) -> Outcome {
    call(router, method, &[], Frames::of(vec![framed(&message.encode_to_vec())])).await
}

pub(crate) async fn outcome(response: http::Response<tonic::body::Body>) -> Outcome {
    let (head, body) = response.into_parts();
    let collected = body.collect().await.unwrap();
    let trailers = collected.trailers().cloned().unwrap_or_default();
    let status = Status::from_header_map(&trailers).or_else(|| Status::from_header_map(&head.headers));
    let (mut messages, mut compressed, mut data) = (Vec::new(), Vec::new(), collected.to_bytes());
    while data.has_remaining() {
        compressed.push(data.get_u8() == 1);
        let len = data.get_u32() as usize;
        messages.push(data.split_to(len));
    }
    let (code, message) =
        status.map_or((Code::Unknown, String::new()), |status| (status.code(), status.message().to_owned()));
    Outcome { head: head.headers, code, message, messages, compressed }
}
