//! What a client sends that nobody has read when it is answered.
//!
//! Most clients write their whole request before they look for an answer. A
//! connection that closes with bytes of it unread is reset, and the answer is
//! lost with it; so what is left of a body is read, within limits, and thrown away.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use http::header::{CONNECTION, EXPECT};
use http::{HeaderValue, StatusCode};
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt;
use iris_serving::timeouts::timeout;

/// Of a longer body nothing is read: its client is reset either way.
const LONGEST: u64 = 64 << 20;
/// How long the rest may take, and how long each piece of it.
const WHOLE: Duration = Duration::from_secs(5);
const PIECE: Duration = Duration::from_secs(1);

/// The body of a request, once whoever answers has let go of it.
#[derive(Debug)]
pub(crate) struct Unread {
    left: Slot,
    /// Whether the client waits to be told to send it.
    is_asked_for: bool,
}

type Slot = Arc<Mutex<Option<Left>>>;

#[derive(Debug)]
struct Left {
    body: Body,
    is_begun: bool,
}

impl Unread {
    /// Takes note of the request's body, if it has one.
    pub(crate) fn watch(request: Request) -> (Request, Option<Self>) {
        if http_body::Body::is_end_stream(request.body()) {
            return (request, None);
        }
        let is_asked_for = request.headers().contains_key(EXPECT);
        let left = Slot::default();
        let watched = |body| Body::new(Watched { body, left: left.clone(), is_begun: false, is_over: false });
        (request.map(watched), Some(Self { left, is_asked_for }))
    }

    /// Reads what is left before the answer goes out, or says in it that the
    /// connection ends.
    pub(crate) async fn discard(self, response: &mut Response) {
        let left = self.left.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(Left { body, is_begun }) = left else { return };
        // Who was late with it will be late with the rest.
        let is_late = response.status() == StatusCode::REQUEST_TIMEOUT;
        // hyper asks for a body when it is first read; here nobody wants it.
        let is_held_back = self.is_asked_for && !is_begun;
        if is_late || is_held_back || !drain(body).await {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
    }
}

/// Reads a body and throws it away; whether it came to its end.
async fn drain(mut body: Body) -> bool {
    let began = Instant::now();
    let mut left = LONGEST;
    if http_body::Body::size_hint(&body).lower() > left {
        return false;
    }
    while began.elapsed() < WHOLE {
        match timeout(PIECE, body.frame()).await {
            Some(None) => return true,
            Some(Some(Ok(frame))) => {
                let len = frame.data_ref().map_or(0, Bytes::len) as u64;
                match left.checked_sub(len) {
                    Some(rest) => left = rest,
                    None => return false,
                }
            }
            Some(Some(Err(_))) | None => return false,
        }
    }
    false
}

/// A body that is put aside when it is dropped before its end.
struct Watched {
    body: Body,
    left: Slot,
    is_begun: bool,
    is_over: bool,
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.is_begun = true;
        let polled = Pin::new(&mut self.body).poll_frame(context);
        self.is_over |= matches!(polled, Poll::Ready(None | Some(Err(_))));
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if self.is_over || http_body::Body::is_end_stream(&self.body) {
            return;
        }
        let left = Left { body: std::mem::take(&mut self.body), is_begun: self.is_begun };
        *self.left.lock().unwrap_or_else(PoisonError::into_inner) = Some(left);
    }
}
