//! Waking a thread that waits for work, at most once for each wait.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;

/// Wakes the thread that waits on it. Waking costs a load while it is awake.
#[derive(Debug, Default)]
pub(super) struct Waker {
    thread: OnceLock<Thread>,
    woken: AtomicBool,
}

impl Waker {
    /// Waits for [`wake`](Self::wake), or for `limit`. To be called by one thread only.
    pub(super) fn wait(&self, limit: Duration) {
        self.thread.get_or_init(thread::current);
        if !self.woken.swap(false, Ordering::Acquire) {
            thread::park_timeout(limit);
            self.woken.store(false, Ordering::Relaxed);
        }
    }

    pub(super) fn wake(&self) {
        let first = !self.woken.load(Ordering::Relaxed) && !self.woken.swap(true, Ordering::Release);
        if let Some(thread) = self.thread.get().filter(|_| first) {
            thread.unpark();
        }
    }
}
