//! The answers to a stream of messages.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio_stream::Stream;
use tonic::{Status, Streaming};

use crate::Encoded;
use crate::call::{Answer, Call};

/// Takes a message when there is room for its answer, and not before, so that a
/// client that does not read is not read from either. The first error is the last.
pub(crate) struct Answers<Q, A> {
    call: Arc<Call>,
    messages: Streaming<Encoded<Q>>,
    answer: Answer<Q, A>,
    is_over: bool,
}

impl<Q, A> Answers<Q, A> {
    pub(crate) fn new(call: Arc<Call>, messages: Streaming<Encoded<Q>>, answer: Answer<Q, A>) -> Self {
        Self { call, messages, answer, is_over: false }
    }
}

impl<Q, A> Stream for Answers<Q, A> {
    type Item = Result<Encoded<A>, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        let answered = match ready!(Pin::new(&mut self.messages).poll_next(context)) {
            None => return Poll::Ready(None),
            Some(Ok(message)) => (self.answer)(&self.call, &message),
            Some(Err(status)) => Err(self.call.broken(status)),
        };
        self.is_over = answered.is_err();
        Poll::Ready(Some(answered))
    }
}

impl<Q, A> fmt::Debug for Answers<Q, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answers").field("call", &self.call).finish_non_exhaustive()
    }
}
