//! Whether traffic is wanted: a flag to look at, and a channel to be told by.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;

/// Whether traffic is wanted; requests are answered either way.
#[derive(Debug)]
pub struct Readiness {
    /// Looked at for each request, where the channel's lock would be felt.
    is_ready: AtomicBool,
    told: watch::Sender<bool>,
}

impl Default for Readiness {
    /// Ready.
    fn default() -> Self {
        Self { is_ready: AtomicBool::new(true), told: watch::Sender::new(true) }
    }
}

impl Readiness {
    /// Whether traffic is wanted.
    #[inline]
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.is_ready.load(Ordering::Relaxed)
    }

    /// Asks for traffic, or to be spared it, and tells who waits to know.
    pub fn set(&self, ready: bool) {
        // Both under the channel's lock, so that they cannot end up apart.
        self.told.send_if_modified(|told| {
            self.is_ready.store(ready, Ordering::Relaxed);
            std::mem::replace(told, ready) != ready
        });
    }

    /// Hears of every change.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<bool> {
        self.told.subscribe()
    }
}
