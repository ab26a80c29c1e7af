//! The answers to a stream of messages.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio_stream::Stream;
use tonic::{Status, Streaming};

use crate::access;
use crate::call::Call;
use crate::codec::Encoded;
use crate::turn::{Predict, Turn};

/// Takes a message when there is room for its answer, and not before, so that a
/// client that does not read is not read from either. The first error is the last.
pub(crate) struct Answers {
    call: Arc<Call>,
    messages: Streaming<Encoded>,
    answer: Predict,
    /// The answer to the message before, if it is still to come.
    turn: Option<Turn>,
    /// Messages answered since others had their turn.
    n_answered: u8,
    is_over: bool,
}

impl Answers {
    pub(crate) fn new(call: Arc<Call>, messages: Streaming<Encoded>, answer: Predict) -> Self {
        Self { call, messages, answer, turn: None, n_answered: 0, is_over: false }
    }
}

impl Stream for Answers {
    type Item = Result<Encoded, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = self.as_mut().poll_answer(context);
        match &polled {
            Poll::Ready(answered) => self.is_over |= !matches!(answered, Some(Ok(_))),
            Poll::Pending if self.n_answered < SLICE => self.n_answered = 0,
            Poll::Pending => {}
        }
        polled
    }
}

/// Messages that a stream has answered before others have their turn.
const SLICE: u8 = 16;

impl Answers {
    fn poll_answer(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Encoded, Status>>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        if self.n_answered >= SLICE {
            // tonic takes the first pause to hand on what it has, and asks again at once.
            self.n_answered = if self.n_answered == SLICE { SLICE + 1 } else { 0 };
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let mut turn = match self.turn.take() {
            Some(turn) => turn,
            None => match ready!(Pin::new(&mut self.messages).poll_next(context)) {
                None => return Poll::Ready(None),
                Some(Ok(message)) => match access::next(&self.call) {
                    Ok(()) => Turn::on_stream(&self.call, message, self.answer),
                    Err(status) => return Poll::Ready(Some(Err(status))),
                },
                Some(Err(status)) => return Poll::Ready(Some(Err(self.call.broken(status)))),
            },
        };
        let Poll::Ready(answered) = Pin::new(&mut turn).poll(context) else {
            self.turn = Some(turn);
            return Poll::Pending;
        };
        self.n_answered += 1;
        Poll::Ready(Some(answered.map_err(Status::from)))
    }
}

impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answers").field("call", &self.call).finish_non_exhaustive()
    }
}
