//! Serving connections, whatever is spoken over them: listening, accepting, stopping.

mod listen;
mod stop;

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::task::coop::unconstrained;
use tokio::time::sleep;
use tracing::{debug, warn};

use crate::timeouts::{poll_once, timeout};

pub use listen::bind;
pub use stop::{Stopped, Stopping};

/// What is spoken over the connections of a listener.
pub trait Protocol {
    /// Serves one connection to its end, which the [stop](Stopped) brings about
    /// as soon as the requests in flight are answered.
    fn connection(&self, stream: TcpStream) -> impl Future<Output = ()> + Send + 'static;
}

/// What a listener allows, whatever its protocol.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections served at a time; more wait in the kernel's queue.
    pub max_connections: usize,
    /// How long connections may take to end once `shutdown` is done.
    pub drain_grace: Duration,
}

/// Serves the connections of `listener` until `shutdown` is done and each has
/// come to its end, or the grace for that is over.
///
/// `protocol` is given what tells its connections of the stop. Returns how many
/// connections had to be cut off.
pub async fn serve<P: Protocol>(
    listener: TcpListener,
    protocol: impl FnOnce(Stopped) -> P,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) -> usize {
    let (stopping, stopped) = Stopping::channel();
    let slots = Arc::new(Semaphore::new(limits.max_connections.min(Semaphore::MAX_PERMITS)));
    let mut connections = Connections { protocol: protocol(stopped), open: JoinSet::new() };

    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            (stream, slot) = accept(&listener, &slots) => connections.start(stream, slot),
        }
    }
    // Clients whose handshake was done before the stop have been promised an
    // answer by the kernel; closing the listener would reset them. The yield
    // lets the runtime learn of those it has not heard of yet.
    tokio::task::yield_now().await;
    while let Some(accepted) = poll_once(unconstrained(listener.accept())).await {
        match accepted {
            Ok((stream, _)) => {
                if let Ok(slot) = slots.clone().try_acquire_owned() {
                    connections.start(stream, slot);
                }
            }
            Err(error) if concerns_nobody(&error) => {}
            Err(error) => {
                warn!(%error, "clients that were waiting at the stop cannot be accepted");
                break;
            }
        }
    }
    drop(listener);
    stopping.tell();
    connections.finish(limits.drain_grace).await
}

/// The connections of a listener.
struct Connections<P> {
    protocol: P,
    open: JoinSet<()>,
}

impl<P: Protocol> Connections<P> {
    fn start(&mut self, stream: TcpStream, slot: OwnedSemaphorePermit) {
        while self.open.try_join_next().is_some() {}
        // An answer is written at once and whole; it need not wait for more.
        if let Err(error) = stream.set_nodelay(true) {
            debug!(%error, "no TCP_NODELAY");
        }
        let serving = self.protocol.connection(stream);
        self.open.spawn(async move {
            serving.await;
            drop(slot);
        });
    }

    /// Waits for the end of each; returns how many were cut off instead.
    async fn finish(mut self, grace: Duration) -> usize {
        let finished = async { while self.open.join_next().await.is_some() {} };
        if timeout(grace, finished).await.is_some() {
            return 0;
        }
        let cut_off = self.open.len();
        self.open.shutdown().await;
        cut_off
    }
}

/// The next connection, once there is a slot for it.
async fn accept(listener: &TcpListener, slots: &Arc<Semaphore>) -> (TcpStream, OwnedSemaphorePermit) {
    let slot = slots.clone().acquire_owned().await.expect("the semaphore is never closed");
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return (stream, slot),
            Err(error) if concerns_nobody(&error) => {}
            // Too many open files, for one: it would repeat at once.
            Err(error) => {
                warn!(%error, "no connection can be accepted; trying again in 100 ms");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// Whether one connection broke before it was accepted, which leaves the others as they are.
fn concerns_nobody(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}
