//! The answers to a stream of messages.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio_stream::Stream;
use tonic::{Status, Streaming};

use crate::access;
use crate::call::Call;
use crate::codec::Encoded;
use crate::refusal::Refusal;

/// Takes a message when there is room for its answer, and not before, so that a
/// client that does not read is not read from either. The first error is the last.
pub(crate) struct Answers {
    call: Arc<Call>,
    messages: Streaming<Encoded>,
    answer: fn(&Call, &Encoded) -> Result<Encoded, Refusal>,
    is_over: bool,
}

impl Answers {
    pub(crate) fn new(
        call: Arc<Call>,
        messages: Streaming<Encoded>,
        answer: fn(&Call, &Encoded) -> Result<Encoded, Refusal>,
    ) -> Self {
        Self { call, messages, answer, is_over: false }
    }
}

impl Stream for Answers {
    type Item = Result<Encoded, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        let answered = match ready!(Pin::new(&mut self.messages).poll_next(context)) {
            None => return Poll::Ready(None),
            Some(Ok(message)) => access::next(&self.call)
                .and_then(|()| (self.answer)(&self.call, &message).map_err(Status::from)),
            Some(Err(status)) => Err(self.call.broken(status)),
        };
        self.is_over = answered.is_err();
        Poll::Ready(Some(answered))
    }
}

impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answers").field("call", &self.call).finish_non_exhaustive()
    }
}
