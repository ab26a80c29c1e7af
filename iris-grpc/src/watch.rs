//! Health as it changes.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use iris_serving::net::Stopped;
use tokio::sync::watch::Receiver;
use tokio_stream::Stream;
use tokio_stream::wrappers::WatchStream;
use tonic::Status;
use tonic_health::pb::HealthCheckResponse;
use tonic_health::pb::health_check_response::ServingStatus;

use crate::codec::Encoded;

/// A service's status, and again whenever it changes, until the server stops.
pub(crate) struct Watch {
    is_known: bool,
    is_ready: bool,
    readiness: WatchStream<bool>,
    has_stopped: bool,
    stopped: Pin<Box<dyn Future<Output = ()> + Send>>,
    /// What the watcher has heard last.
    told: Option<ServingStatus>,
}

impl Watch {
    /// For a service that is there, or is not.
    pub(crate) fn new(is_known: bool, readiness: Receiver<bool>, stopped: Stopped) -> Self {
        Self {
            is_known,
            // The first thing that is listened to says what it is.
            is_ready: false,
            readiness: WatchStream::new(readiness),
            has_stopped: false,
            stopped: Box::pin(stopped.wait()),
            told: None,
        }
    }

    /// Takes in what has changed, and asks to be woken by the next change.
    fn listen(&mut self, context: &mut Context<'_>) {
        while let Poll::Ready(change) = Pin::new(&mut self.readiness).poll_next(context) {
            match change {
                Some(ready) => self.is_ready = ready,
                // Nobody is left who could tell of another.
                None => return self.has_stopped = true,
            }
        }
        self.has_stopped = self.stopped.as_mut().poll(context).is_ready();
    }

    fn status(&self) -> ServingStatus {
        match (self.is_known, self.is_ready && !self.has_stopped) {
            (false, _) => ServingStatus::ServiceUnknown,
            (true, true) => ServingStatus::Serving,
            (true, false) => ServingStatus::NotServing,
        }
    }
}

impl Stream for Watch {
    type Item = Result<Encoded, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if !self.has_stopped {
            self.listen(context);
        }
        let status = self.status();
        if self.told.replace(status) != Some(status) {
            let response = HealthCheckResponse { status: status.into() };
            return Poll::Ready(Some(Ok(Encoded::of(&response))));
        }
        if self.has_stopped { Poll::Ready(None) } else { Poll::Pending }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("told", &self.told).finish_non_exhaustive()
    }
}
