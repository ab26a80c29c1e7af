//! Whether traffic is wanted: asked by every request, and told to who waits for a change.

use std::sync::atomic::{AtomicBool, Ordering};

#[cfg(feature = "otel")]
use tokio::sync::watch;

/// Read without a lock, for requests ask; whoever waits for a change is told.
#[derive(Debug)]
pub(super) struct Readiness {
    ready: AtomicBool,
    #[cfg(feature = "otel")]
    told: watch::Sender<bool>,
}

impl Readiness {
    pub(super) fn new(ready: bool) -> Self {
        Self {
            ready: AtomicBool::new(ready),
            #[cfg(feature = "otel")]
            told: watch::Sender::new(ready),
        }
    }

    pub(super) fn get(&self) -> bool {
        self.ready.load(Ordering::Relaxed)
    }

    #[cfg(feature = "otel")]
    pub(super) fn set(&self, ready: bool) {
        // Both under the channel's lock, so that they cannot end up apart.
        self.told.send_if_modified(|told| {
            self.ready.store(ready, Ordering::Relaxed);
            std::mem::replace(told, ready) != ready
        });
    }

    #[cfg(not(feature = "otel"))]
    pub(super) fn set(&self, ready: bool) {
        self.ready.store(ready, Ordering::Relaxed);
    }

    #[cfg(feature = "otel")]
    pub(super) fn changes(&self) -> watch::Receiver<bool> {
        self.told.subscribe()
    }
}
