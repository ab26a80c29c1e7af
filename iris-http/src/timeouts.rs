//! Waiting with a limit, where there is mostly nothing to wait for.

use std::future::Future;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

/// The outcome of `future`, or `None` if it takes longer than `limit`.
///
/// A future that is done at once sets no timer; that is nearly every one here,
/// and a timer costs more than the rest of the call.
pub(crate) async fn timeout<F: Future>(limit: Duration, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    match poll_once(future.as_mut()).await {
        Some(output) => Some(output),
        None => tokio::time::timeout(limit, future).await.ok(),
    }
}

/// The outcome of a future that is done at once.
pub(crate) async fn poll_once<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let first = std::future::poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await;
    match first {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}
