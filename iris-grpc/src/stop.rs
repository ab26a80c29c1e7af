//! Learning that the server stops.

use std::sync::Arc;

use tokio::sync::watch;

/// Tells everybody.
#[derive(Debug)]
pub(crate) struct Stopping(watch::Sender<bool>);

/// Learns it.
#[derive(Debug, Clone)]
pub(crate) struct Stopped {
    told: watch::Receiver<bool>,
    /// Without a server nobody stops, and the channel stays open.
    _never: Option<Arc<Stopping>>,
}

impl Stopping {
    pub(crate) fn channel() -> (Self, Stopped) {
        let (sender, told) = watch::channel(false);
        (Self(sender), Stopped { told, _never: None })
    }

    pub(crate) fn tell(&self) {
        self.0.send_replace(true);
    }
}

impl Stopped {
    /// Of a server that is never told.
    pub(crate) fn never() -> Self {
        let (stopping, stopped) = Stopping::channel();
        Self { _never: Some(Arc::new(stopping)), ..stopped }
    }

    /// Done once the server stops, or is gone.
    pub(crate) async fn wait(mut self) {
        // An error says that the server is gone.
        drop(self.told.wait_for(|stopped| *stopped).await);
    }
}
