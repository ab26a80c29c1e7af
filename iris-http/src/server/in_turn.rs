//! What is waited for in a request behind hyper: its body, then its answer.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use iris_serving::net::{Pace, Request, Waits};

/// The body of a request, which says when the client is waited for.
#[derive(Debug)]
pub(super) struct Incoming<B> {
    body: B,
    pace: Pace,
}

/// The body of an answer, with the request that ends with it.
#[derive(Debug)]
pub(super) struct Outgoing<B> {
    body: B,
    request: Request,
}

impl<B> Incoming<B> {
    pub(super) fn new(body: B, pace: Pace) -> Self {
        Self { body, pace }
    }
}

impl<B> Outgoing<B> {
    pub(super) fn new(body: B, request: Request) -> Self {
        Self { body, request }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Incoming<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let Self { body, pace } = self.get_mut();
        let polled = Pin::new(body).poll_frame(context);
        match &polled {
            Poll::Pending => pace.go_on(Waits::Body),
            Poll::Ready(Some(Ok(frame))) => pace.moved(frame.data_ref().map_or(0, Bytes::len)),
            Poll::Ready(_) => pace.wait(Waits::Server),
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<B> Drop for Incoming<B> {
    fn drop(&mut self) {
        // Whoever has read all of it need not have asked for its end.
        if self.pace.waits() == Waits::Body {
            self.pace.wait(Waits::Server);
        }
    }
}

impl<B: Body + Unpin> Body for Outgoing<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        self.request.quiet(polled.is_pending());
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
