//! Calls whose message is one frame, as that of nearly every unary call is.
//!
//! tonic would make a stream of it, and one of the answer, each with its buffers. Here one
//! frame comes in and one goes out; what is unusual goes on to tonic as it came.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};
use http_body::{Body as HttpBody, Frame, SizeHint};
use tonic::Status;
use tonic::body::Body;

use crate::AnyError;
use crate::call::Call;
use crate::codec::Encoded;
use crate::turn::{Predict, Turn};

/// The message that all of this body is, if it comes in one frame, is not compressed and has
/// no more bytes than these. The body otherwise.
pub(crate) async fn message<B>(mut body: B, limit: usize) -> Result<Bytes, Resumed<B>>
where
    B: HttpBody<Data = Bytes, Error = AnyError> + Unpin,
{
    let first = next(&mut body).await;
    let data = first.as_ref().and_then(|frame| frame.as_ref().ok()).and_then(Frame::data_ref);
    let Some(message) = data.and_then(|data| unframed(data, limit)) else {
        return Err(Resumed { seen: [first].into(), body });
    };
    while !body.is_end_stream() {
        match next(&mut body).await {
            None => break,
            // Some clients end with a frame of its own, which has no data.
            Some(Ok(end)) if end.data_ref().is_some_and(Bytes::is_empty) => {}
            second => return Err(Resumed { seen: [first, second].into(), body }),
        }
    }
    Ok(message)
}

/// Answers it.
pub(crate) async fn answer(call: &Arc<Call>, message: Bytes, answer: Predict) -> http::Response<Body> {
    let answered = Turn::of(call, Encoded::read_at(message, call.started), answer).await;
    let outcome = answered.and_then(|answer| Ok((answer.signature(), answer.into_frames()?)));
    let (signature, frames) = match outcome {
        Ok(outcome) => outcome,
        Err(refusal) => return Status::from(refusal).into_http(),
    };
    let mut response = http::Response::new(Body::new(Answer { frames, is_over: false }));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    if let Some(signature) = signature {
        headers.insert(Encoded::IRIS_MODEL, signature);
    }
    response
}

/// What a body gave: none is its end.
type Item = Option<Result<Frame<Bytes>, AnyError>>;

async fn next<B>(body: &mut B) -> Item
where
    B: HttpBody<Data = Bytes, Error = AnyError> + Unpin,
{
    poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await
}

/// The one message that these bytes are.
fn unframed(data: &Bytes, limit: usize) -> Option<Bytes> {
    let (&[flag, a, b, c, d], message) = data.split_first_chunk()?;
    let len = u32::from_be_bytes([a, b, c, d]) as usize;
    (flag == 0 && len == message.len() && len <= limit).then(|| data.slice_ref(message))
}

/// A body of which some was looked at.
pub(crate) struct Resumed<B> {
    seen: VecDeque<Item>,
    body: B,
}

impl<B> From<B> for Resumed<B> {
    fn from(body: B) -> Self {
        Self { seen: VecDeque::new(), body }
    }
}

impl<B> HttpBody for Resumed<B>
where
    B: HttpBody<Data = Bytes, Error = AnyError> + Unpin,
{
    type Data = Bytes;
    type Error = AnyError;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Item> {
        let this = self.get_mut();
        match this.seen.pop_front() {
            Some(item) => Poll::Ready(item),
            None => Pin::new(&mut this.body).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.seen.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        if self.seen.is_empty() { self.body.size_hint() } else { SizeHint::default() }
    }
}

/// An answer's bytes, and that it succeeded.
struct Answer {
    frames: [Bytes; 2],
    is_over: bool,
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        if let Some(frame) = self.frames.iter_mut().find(|frame| !frame.is_empty()) {
            return Poll::Ready(Some(Ok(Frame::data(std::mem::take(frame)))));
        }
        self.is_over = true;
        let mut trailers = HeaderMap::with_capacity(1);
        trailers.insert(Status::GRPC_STATUS, HeaderValue::from_static("0"));
        Poll::Ready(Some(Ok(Frame::trailers(trailers))))
    }

    fn is_end_stream(&self) -> bool {
        self.is_over
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    /// What a client sends: data, or nothing for now.
    struct Sent(VecDeque<Option<Bytes>>, bool);

    impl HttpBody for Sent {
        type Data = Bytes;
        type Error = AnyError;

        fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Item> {
            match self.0.pop_front() {
                None => Poll::Ready(None),
                Some(None) => {
                    context.waker().wake_by_ref();
                    Poll::Pending
                }
                Some(Some(data)) => Poll::Ready(Some(Ok(Frame::data(data)))),
            }
        }

        /// Whether the last data is known to be the last.
        fn is_end_stream(&self) -> bool {
            self.1 && self.0.is_empty()
        }
    }

    const FRAMED: &[u8] = &[0, 0, 0, 0, 3, 7, 8, 9];

    fn sent(pieces: &[Option<&'static [u8]>], is_told: bool) -> Sent {
        Sent(pieces.iter().map(|piece| piece.map(Bytes::from_static)).collect(), is_told)
    }

    #[tokio::test]
    async fn one_frame_is_a_message_however_its_end_is_told() {
        let apart = &[Some(FRAMED), Some(&[])];
        let late = &[None, Some(FRAMED), None, Some(&[][..]), None];
        let alone = &[Some(FRAMED)][..];
        for (pieces, is_told) in [(alone, true), (alone, false), (apart, true), (late, false)] {
            let found = message(sent(pieces, is_told), 3).await;
            assert_eq!(found.ok().as_deref(), Some(&[7, 8, 9][..]));
        }
        let empty = message(sent(&[Some(&[0; 5])], true), 3).await;
        assert_eq!(empty.ok().as_deref(), Some(&[][..]));
    }

    #[tokio::test]
    async fn anything_else_goes_on_as_it_came() {
        let cases: [&[Option<&'static [u8]>]; 8] = [
            &[],
            &[Some(FRAMED), Some(FRAMED)],
            &[Some(FRAMED), Some(&[]), None, Some(FRAMED)],
            &[Some(&FRAMED[..4]), Some(&FRAMED[4..])],
            &[Some(&FRAMED[..7])],
            &[Some(&[0, 0, 0, 0, 2, 7, 8, 9])],
            &[Some(&[1, 0, 0, 0, 3, 7, 8, 9])],
            &[Some(&[0, 0, 0, 0, 4, 7, 8, 9, 10])],
        ];
        for case in cases {
            let Err(resumed) = message(sent(case, true), 3).await else { panic!("{case:?}") };
            let whole: Vec<u8> = case.iter().flatten().flat_map(|piece| piece.iter().copied()).collect();
            assert_eq!(resumed.collect().await.unwrap().to_bytes(), whole, "{case:?}");
        }
    }

    #[tokio::test]
    async fn an_answer_is_its_frames_and_a_status() {
        let long = vec![7; 5_000];
        for message in [&[][..], &[1, 2], &long] {
            let frames = Encoded::read_at(message.to_vec().into(), None).into_frames().unwrap();
            let body = Answer { frames, is_over: false }.collect().await.unwrap();
            assert_eq!(body.trailers().unwrap()["grpc-status"], "0");
            let len = u32::try_from(message.len()).unwrap().to_be_bytes();
            assert_eq!(body.to_bytes(), [&[0][..], &len, message].concat());
        }
    }
}
