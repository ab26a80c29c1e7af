//! Waiting for a future on a thread that has nothing else to do.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// Runs a future to its end, on no runtime; `None` if that takes longer than `limit`.
pub(super) fn block_on<F: Future>(future: F, limit: Duration) -> Option<F::Output> {
    let deadline = Instant::now() + limit;
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return Some(value);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return None;
        }
        // A wake-up since the poll is remembered by the thread: this then returns at once.
        thread::park_timeout(left);
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::{pending, poll_fn};
    use std::sync::mpsc;

    #[test]
    fn a_future_that_is_woken_from_another_thread_ends() {
        let (send, receive) = mpsc::channel::<Waker>();
        let waking = thread::spawn(move || receive.iter().for_each(Waker::wake));
        let mut polls = 0;
        let future = poll_fn(|context| {
            polls += 1;
            send.send(context.waker().clone()).unwrap();
            if polls < 100 { Poll::Pending } else { Poll::Ready("done") }
        });
        assert_eq!(block_on(future, Duration::from_secs(60)), Some("done"));
        drop(send);
        waking.join().unwrap();
        assert!(polls >= 100);
    }

    #[test]
    fn one_that_does_not_end_is_given_up_on() {
        assert_eq!(block_on(pending::<()>(), Duration::from_millis(1)), None);
        assert_eq!(block_on(pending::<()>(), Duration::ZERO), None);
        assert_eq!(block_on(std::future::ready(1), Duration::ZERO), Some(1));
    }
}
