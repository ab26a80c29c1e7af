//! The bodies of a call, there and back, as the flow of its connection sees them.

use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};

use http_body::{Body, Frame, SizeHint};

use super::Flow;

/// A request's body: while it is waited for, it is the client who is late.
#[derive(Debug)]
pub struct Asking<B> {
    body: B,
    flow: Flow,
    is_late: bool,
}

/// An answer's body: dropped when it is written, or is not going to be.
#[derive(Debug)]
pub struct Answering<B> {
    body: B,
    flow: Flow,
}

impl<B> Asking<B> {
    pub(super) fn new(body: B, flow: Flow) -> Self {
        Self { body, flow, is_late: false }
    }

    fn set_late(&mut self, is_late: bool) {
        if is_late != std::mem::replace(&mut self.is_late, is_late) {
            let unsent = &self.flow.0.unsent;
            if is_late {
                unsent.fetch_add(1, Ordering::Relaxed);
            } else {
                unsent.fetch_sub(1, Ordering::Relaxed);
            }
        }
    }
}

impl<B> Drop for Asking<B> {
    fn drop(&mut self) {
        self.set_late(false);
    }
}

impl<B: Body + Unpin> Body for Asking<B> {
    type Data = B::Data;
    type Error = B::Error;

    #[inline]
    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        self.set_late(polled.is_pending());
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<B: Body + Unpin> Body for Answering<B> {
    type Data = B::Data;
    type Error = B::Error;

    #[inline]
    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<B> Answering<B> {
    pub(super) fn new(body: B, flow: Flow) -> Self {
        flow.0.unread.fetch_add(1, Ordering::Relaxed);
        Self { body, flow }
    }
}

impl<B> Drop for Answering<B> {
    fn drop(&mut self) {
        self.flow.0.unread.fetch_sub(1, Ordering::Relaxed);
    }
}
