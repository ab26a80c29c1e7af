//! What found its ring full, and whether there is more to come.

use crate::sync::{AtomicBool, Mutex, MutexGuard, Ordering, PoisonError};

/// A bounded place beside a ring. Looking whether it is empty costs a load.
#[derive(Debug)]
pub(super) struct Spill<T> {
    spilled: Mutex<Vec<T>>,
    has_spilled: AtomicBool,
    writer_gone: AtomicBool,
    limit: usize,
}

impl<T> Spill<T> {
    /// Room for `limit` of them.
    pub(super) fn new(limit: usize) -> Self {
        Self {
            spilled: Mutex::new(Vec::new()),
            has_spilled: AtomicBool::new(false),
            writer_gone: AtomicBool::new(false),
            limit,
        }
    }

    /// Adds these `n`, or none if there is no room. Returns whether there was.
    pub(super) fn push(&self, n: usize, items: impl Iterator<Item = T>) -> bool {
        let mut spilled = self.lock();
        if spilled.len() + n > self.limit {
            return false;
        }
        spilled.extend(items);
        // Under the lock, so that nobody takes them before it is said that they are here.
        self.has_spilled.store(true, Ordering::Relaxed);
        true
    }

    pub(super) fn is_empty(&self) -> bool {
        !self.has_spilled.load(Ordering::Relaxed)
    }

    pub(super) fn take(&self) -> Vec<T> {
        if self.is_empty() {
            return Vec::new();
        }
        let mut spilled = self.lock();
        self.has_spilled.store(false, Ordering::Relaxed);
        std::mem::take(&mut *spilled)
    }

    /// The writing thread has written its last, here and to its ring.
    pub(super) fn end(&self) {
        self.writer_gone.store(true, Ordering::Release);
    }

    /// Whether it has. Whoever is told so sees all that it wrote.
    pub(super) fn is_ended(&self) -> bool {
        self.writer_gone.load(Ordering::Acquire)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<T>> {
        self.spilled.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
