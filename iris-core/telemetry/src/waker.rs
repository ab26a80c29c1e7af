//! Waking a thread that waits for work, at most once for each wait.

use std::time::Duration;

use crate::sync::{AtomicBool, OnceLock, Ordering, Thread, current, park_timeout};

/// Wakes the thread that waits on it. Waking costs a load while it is awake.
#[derive(Debug, Default)]
pub(super) struct Waker {
    thread: OnceLock<Thread>,
    woken: AtomicBool,
}

impl Waker {
    /// Waits for [`wake`](Self::wake), or for `limit`. To be called by one thread only.
    pub(super) fn wait(&self, limit: Duration) {
        self.thread.get_or_init(current);
        // Both sides swap with both orders: who comes second sees what the first
        // has done, the thread that waits included.
        if !self.woken.swap(false, Ordering::AcqRel) {
            park_timeout(limit);
            self.woken.swap(false, Ordering::AcqRel);
        }
    }

    pub(super) fn wake(&self) {
        let first = !self.woken.load(Ordering::Relaxed) && !self.woken.swap(true, Ordering::AcqRel);
        if let Some(thread) = self.thread.get().filter(|_| first) {
            thread.unpark();
        }
    }
}
