//! Learning that the server stops.

use std::sync::Arc;

use tokio::sync::watch;

/// Tells everybody.
#[derive(Debug)]
pub struct Stopping(watch::Sender<bool>);

/// Learns it. Cheap to clone; each clone learns it, also one made after the stop.
#[derive(Debug, Clone)]
pub struct Stopped {
    told: watch::Receiver<bool>,
    /// Without a server nobody stops, and the channel stays open.
    _never: Option<Arc<Stopping>>,
}

impl Stopping {
    /// Who tells, and who learns.
    #[must_use]
    pub fn channel() -> (Self, Stopped) {
        let (sender, told) = watch::channel(false);
        (Self(sender), Stopped { told, _never: None })
    }

    /// Says that the server stops.
    pub fn tell(&self) {
        self.0.send_replace(true);
    }
}

impl Stopped {
    /// Of a server that never stops.
    #[must_use]
    pub fn never() -> Self {
        let (stopping, stopped) = Stopping::channel();
        Self { _never: Some(Arc::new(stopping)), ..stopped }
    }

    /// Done once the server stops, or is gone.
    pub async fn wait(mut self) {
        // An error says that the server is gone.
        drop(self.told.wait_for(|stopped| *stopped).await);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeouts::poll_once;

    #[tokio::test]
    async fn who_asks_before_and_after_the_stop_learns_it() {
        let (stopping, stopped) = Stopping::channel();
        assert_eq!(poll_once(stopped.clone().wait()).await, None);
        let waiting = tokio::spawn(stopped.clone().wait());
        tokio::task::yield_now().await;
        stopping.tell();
        waiting.await.unwrap();
        assert_eq!(poll_once(stopped.clone().wait()).await, Some(()));
    }

    #[tokio::test]
    async fn a_server_that_is_gone_has_stopped() {
        let (stopping, stopped) = Stopping::channel();
        drop(stopping);
        assert_eq!(poll_once(stopped.wait()).await, Some(()));
    }

    #[tokio::test]
    async fn who_has_no_server_waits_for_ever() {
        assert_eq!(poll_once(Stopped::never().wait()).await, None);
    }
}
