//! Panics, which are mistakes of ours: each costs the request that it happened in.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;

/// What clients are told.
pub(crate) const MESSAGE: &str = "a mistake of the server's, which is in its log";

/// The outcome of `work`, or `None` if it panics.
///
/// What it was changing is left as it was at that moment, so it should be
/// something that ends with the request.
#[inline]
pub fn caught<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

/// The same of a future, which is not polled again. It is pinned by whoever awaits
/// it, for it may be large.
pub async fn caught_in<F: Future>(mut future: Pin<&mut F>) -> Option<F::Output> {
    poll_fn(|context| match caught(|| future.as_mut().poll(context)) {
        Some(polled) => polled.map(Some),
        None => Poll::Ready(None),
    })
    .await
}

/// Panics for a model of this name, so that a whole server can be seen to go on.
/// It is no part of a release.
#[cfg(debug_assertions)]
pub(crate) fn on_purpose(model: &str) {
    assert!(model != "panics-on-purpose", "on purpose");
}

#[cfg(test)]
mod tests {
    use std::future::ready;
    use std::pin::pin;

    use tokio::task::yield_now;

    use super::*;

    #[tokio::test]
    async fn what_panics_has_no_outcome() {
        assert_eq!((caught(|| 1), caught(|| panic!("on purpose"))), (Some(1), None::<()>));
        assert_eq!(caught_in(pin!(ready(1))).await, Some(1));
        let later = async {
            yield_now().await;
            panic!("on purpose")
        };
        assert_eq!(caught_in(pin!(later)).await, None::<()>);
    }
}
