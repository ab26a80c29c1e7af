//! Waiting with a limit, where there is mostly nothing to wait for.

use std::future::Future;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

/// The outcome of `future`, or `None` if it takes longer than `limit`.
///
/// A future that is done at once sets no timer; that is nearly every one here,
/// and a timer costs more than the rest of the call. Any other one needs tokio's.
pub async fn timeout<F: Future>(limit: Duration, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    match poll_once(future.as_mut()).await {
        Some(output) => Some(output),
        None => tokio::time::timeout(limit, future).await.ok(),
    }
}

/// The outcome of a future that is done at once.
pub async fn poll_once<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let first = std::future::poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await;
    match first {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use tokio::runtime::Builder;
    use tokio::task::yield_now;

    use super::*;

    const LONG: Duration = Duration::from_secs(3_600);

    #[test]
    fn who_is_done_at_once_needs_no_timer() {
        let without_timers = Builder::new_current_thread().build().unwrap();
        assert_eq!(without_timers.block_on(timeout(LONG, ready(1))), Some(1));
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_done_in_time_is_heard() {
        let second_time = async {
            yield_now().await;
            1
        };
        assert_eq!(timeout(LONG, second_time).await, Some(1));
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_is_waited_for_longer_than_the_limit() {
        let started = tokio::time::Instant::now();
        assert_eq!(timeout(LONG, pending::<()>()).await, None);
        assert!(started.elapsed() >= LONG);
    }

    #[tokio::test]
    async fn what_takes_a_second_look_is_not_done_at_once() {
        assert_eq!(poll_once(ready(1)).await, Some(1));
        assert_eq!(poll_once(yield_now()).await, None);
    }
}
