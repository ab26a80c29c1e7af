//! Serving connections, whatever is spoken over them: listening, accepting, stopping.

mod address;
mod listen;
mod listener;
mod stop;
mod stream;
mod tls;
mod unix;

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::task::coop::unconstrained;
use tokio::time::sleep;
use tracing::{debug, warn};

use crate::timeouts::{poll_once, timeout};
use listener::Incoming;
use tls::Acceptor;

pub use address::{Address, Bound};
pub use listen::bind;
pub use listener::Listener;
pub use stop::{Stopped, Stopping};
pub use stream::{Replayed, Stream};
pub use tls::{Tls, TlsError, TlsFiles};

/// What is spoken over the connections of a listener.
pub trait Protocol: Send + Sync + 'static {
    /// What it is called where a client that encrypts may choose (ALPN), the best first.
    const NAMES: &'static [&'static [u8]];

    /// Serves one connection to its end, which the [stop](Stopped) brings about
    /// as soon as the requests in flight are answered.
    fn connection<S: Stream>(&self, stream: S) -> impl Future<Output = ()> + Send + 'static;
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
    listener: impl Into<Listener>,
    protocol: impl FnOnce(Stopped) -> P,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) -> usize {
    let (stopping, stopped) = Stopping::channel();
    let slots = Arc::new(Semaphore::new(limits.max_connections.min(Semaphore::MAX_PERMITS)));
    let listener = listener.into();
    let mut connections = Connections {
        acceptor: listener.acceptor(P::NAMES),
        protocol: Arc::new(protocol(stopped.clone())),
        stopped,
        open: JoinSet::new(),
    };

    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            (incoming, slot) = accept(&listener, &slots) => connections.start(incoming, slot),
        }
    }
    // Clients whose handshake was done before the stop have been promised an
    // answer by the kernel; closing the listener would reset them. The yield
    // lets the runtime learn of those it has not heard of yet.
    tokio::task::yield_now().await;
    while let Some(accepted) = poll_once(unconstrained(listener.accept())).await {
        match accepted {
            Ok(incoming) => {
                if let Ok(slot) = slots.clone().try_acquire_owned() {
                    connections.start(incoming, slot);
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
    /// If they are encrypted.
    acceptor: Option<Acceptor>,
    protocol: Arc<P>,
    stopped: Stopped,
    open: JoinSet<()>,
}

impl<P: Protocol> Connections<P> {
    fn start(&mut self, incoming: Incoming, slot: OwnedSemaphorePermit) {
        while self.open.try_join_next().is_some() {}
        match incoming {
            Incoming::Tcp(stream) => self.start_tcp(stream, slot),
            Incoming::Unix(stream) => self.spawn(self.protocol.connection(stream), slot),
        }
    }

    fn start_tcp(&mut self, stream: TcpStream, slot: OwnedSemaphorePermit) {
        // An answer is written at once and whole; it need not wait for more.
        if let Err(error) = stream.set_nodelay(true) {
            debug!(%error, "no TCP_NODELAY");
        }
        let Some(acceptor) = &mut self.acceptor else {
            return self.spawn(self.protocol.connection(stream), slot);
        };
        let handshake = acceptor.handshake(stream);
        let (protocol, stopped) = (Arc::clone(&self.protocol), self.stopped.clone());
        let serving = async move {
            let shaken = tokio::select! {
                biased;
                shaken = handshake => shaken,
                () = tls::too_late(stopped) => return,
            };
            match shaken {
                Ok(stream) => protocol.connection(stream).await,
                Err(error) => debug!(%error, "no handshake"),
            }
        };
        self.spawn(serving, slot);
    }

    fn spawn(&mut self, serving: impl Future<Output = ()> + Send + 'static, slot: OwnedSemaphorePermit) {
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
async fn accept(listener: &Listener, slots: &Arc<Semaphore>) -> (Incoming, OwnedSemaphorePermit) {
    let slot = slots.clone().acquire_owned().await.expect("the semaphore is never closed");
    loop {
        match listener.accept().await {
            Ok(incoming) => return (incoming, slot),
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
