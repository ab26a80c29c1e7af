//! What a future has to say at once.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

/// The outcome of a future that is done at once.
pub(super) async fn poll_once<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|context| {
        Poll::Ready(match future.as_mut().poll(context) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        })
    })
    .await
}
