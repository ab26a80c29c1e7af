//! Bytes that are held.

use std::fmt;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::timeouts::timeout;

use super::{Budget, Exceeded, Kind};

/// Bytes of a [`Budget`], given back when this is dropped.
#[must_use = "what is dropped is given back at once"]
pub struct Held {
    budget: Budget,
    kind: Kind,
    bytes: usize,
}

impl Held {
    pub(super) fn new(budget: Budget, kind: Kind) -> Self {
        Self { budget, kind, bytes: 0 }
    }

    /// How many.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Holds so many instead; fewer always can be.
    ///
    /// # Errors
    ///
    /// [`Exceeded`], which is counted as a refusal, and what was held still is.
    pub fn resize(&mut self, bytes: usize) -> Result<(), Exceeded> {
        self.try_resize(bytes).inspect_err(|_| self.count_refusal())
    }

    /// The same as soon as there is room, for which it waits no longer than
    /// [`Budget::PATIENCE`].
    ///
    /// # Errors
    ///
    /// As [`resize`](Self::resize).
    pub async fn resize_patiently(&mut self, bytes: usize) -> Result<(), Exceeded> {
        let resized = match self.try_resize(bytes) {
            Err(Exceeded::Now) => {
                // Elsewhere, so that who need not wait carries no timer about.
                let waited = Box::pin(timeout(Budget::PATIENCE, self.wait_for(bytes))).await;
                waited.unwrap_or(Err(Exceeded::Now))
            }
            at_once => at_once,
        };
        resized.inspect_err(|_| self.count_refusal())
    }

    async fn wait_for(&mut self, bytes: usize) -> Result<(), Exceeded> {
        let process = self.budget.process.clone();
        let _waiting = Waiting::enter(&process.waiting);
        loop {
            let mut freed = pin!(process.freed.notified());
            // From here on no release is missed.
            freed.as_mut().enable();
            match self.try_resize(bytes) {
                Err(Exceeded::Now) => freed.await,
                resized => return resized,
            }
        }
    }

    fn try_resize(&mut self, bytes: usize) -> Result<(), Exceeded> {
        if bytes > self.bytes {
            self.budget.take(self.kind, bytes - self.bytes, bytes)?;
        } else if bytes < self.bytes {
            self.budget.give_back(self.kind, self.bytes - bytes);
        }
        self.bytes = bytes;
        Ok(())
    }

    #[cold]
    fn count_refusal(&self) {
        self.budget.process.refused[self.kind as usize].fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.bytes > 0 {
            self.budget.give_back(self.kind, self.bytes);
        }
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held").field("kind", &self.kind).field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

/// Somebody who waits, whatever becomes of the wait.
struct Waiting<'p>(&'p AtomicUsize);

impl<'p> Waiting<'p> {
    fn enter(waiting: &'p AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::SeqCst);
        Self(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
