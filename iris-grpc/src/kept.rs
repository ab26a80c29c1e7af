//! The memory of an answer, which is given back when the client has it.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use iris_serving::budget::Held;
use tonic::Status;
use tonic::body::Body;

/// The memory of a call's latest answer. A stream takes its next message when
/// the answer before is on its way.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// Whether there was any: most answers are small, and touch no lock.
    is_used: AtomicBool,
    held: Mutex<Option<Held>>,
}

impl Kept {
    pub(crate) fn keep(&self, held: Option<Held>) {
        if held.is_none() && !self.is_used() {
            return;
        }
        self.is_used.store(true, Ordering::Relaxed);
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = held;
    }

    fn is_used(&self) -> bool {
        self.is_used.load(Ordering::Relaxed)
    }
}

/// Has an answer that takes memory keep it, with the call that it is a part of, until it is sent.
pub(crate) fn keeping<Call: Send + Sync + 'static>(
    response: http::Response<Body>,
    kept: &Kept,
    call: &Arc<Call>,
) -> http::Response<Body> {
    if !kept.is_used() {
        return response;
    }
    response.map(|body| Body::new(Keeping { body, _call: call.clone() }))
}

/// A body, and the call whose memory it takes.
struct Keeping<Call> {
    body: Body,
    _call: Arc<Call>,
}

impl<Call> HttpBody for Keeping<Call> {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
