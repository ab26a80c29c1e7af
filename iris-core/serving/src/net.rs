//! Serving connections, whatever is spoken over them: listening, accepting, stopping.

mod close;
mod cut;
mod flow;
mod linger;
mod listen;
mod stop;

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::task::coop::unconstrained;
use tokio::time::sleep;
use tracing::{debug, warn};

use crate::timeouts::{poll_once, timeout};

pub use cut::{Cut, Cuts};
pub use flow::{Answering, Asking, Call, Flow, PATIENCE, Watch, Watched};
pub use linger::linger;
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

/// How long clients may take to complete a handshake that had begun at the stop:
/// a way there and back.
const HANDSHAKES: Duration = Duration::from_millis(100);

/// Serves the connections of `listener` until `shutdown` is done and each has
/// come to its end, or the grace for that is over.
///
/// `protocol` is given what tells its connections of the stop. Returns how many
/// requests were cut off, as far as the protocol [tells](Flow::watch).
pub async fn serve<P: Protocol>(
    listener: TcpListener,
    protocol: impl FnOnce(Stopped) -> P,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) -> usize {
    let (stopping, stopped) = Stopping::channel();
    let telling = async {
        shutdown.await;
        stopping.tell();
    };
    tokio::join!(telling, serve_until(listener, protocol, limits, stopped));
    stopping.cuts().total()
}

/// The same until `stopped` says so, and for no longer once it says that the
/// stop is at once. What is cut off is counted there.
pub async fn serve_until<P: Protocol>(
    listener: TcpListener,
    protocol: impl FnOnce(Stopped) -> P,
    limits: Limits,
    stopped: Stopped,
) {
    let slots = Arc::new(Semaphore::new(limits.max_connections.min(Semaphore::MAX_PERMITS)));
    let mut connections = Connections { protocol: protocol(stopped.clone()), open: JoinSet::new() };

    let mut shutdown = pin!(stopped.clone().wait());
    loop {
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            (stream, slot) = accept(&listener, &slots) => connections.start(stream, Some(slot)),
        }
    }
    let stopped_at = Instant::now();
    accept_the_last(listener, &slots, &mut connections).await;
    let grace = limits.drain_grace.saturating_sub(stopped_at.elapsed());
    connections.finish(grace, stopped.wait_at_once()).await;
}

/// Accepts whoever has been promised an answer by the kernel, which closing the
/// listener would reset: those whose handshake is done, or about to be.
async fn accept_the_last<P: Protocol>(
    listener: TcpListener,
    slots: &Arc<Semaphore>,
    connections: &mut Connections<P>,
) {
    close::refuse_new(&listener);
    let mut closing = pin!(sleep(HANDSHAKES));
    let mut is_closing = false;
    loop {
        let accepted = if is_closing {
            // Whatever the runtime has not heard of yet.
            poll_once(unconstrained(listener.accept())).await
        } else {
            tokio::select! {
                biased;
                () = &mut closing => {
                    is_closing = true;
                    continue;
                }
                accepted = listener.accept() => Some(accepted),
            }
        };
        match accepted {
            // The kernel's queue bounds how many there are, and none stays long.
            Some(Ok((stream, _))) => connections.start(stream, slots.clone().try_acquire_owned().ok()),
            Some(Err(error)) if concerns_nobody(&error) => {}
            Some(Err(error)) => {
                warn!(%error, "clients that were waiting at the stop cannot be accepted");
                return;
            }
            None => return,
        }
    }
}

/// The connections of a listener.
struct Connections<P> {
    protocol: P,
    open: JoinSet<()>,
}

impl<P: Protocol> Connections<P> {
    fn start(&mut self, stream: TcpStream, slot: Option<OwnedSemaphorePermit>) {
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

    /// Waits for the end of each, for as long as the grace; the others are cut off.
    async fn finish(mut self, grace: Duration, at_once: impl Future<Output = ()>) {
        let finished = async { while self.open.join_next().await.is_some() {} };
        tokio::select! {
            biased;
            () = at_once => {}
            _ = timeout(grace, finished) => {}
        }
        self.open.shutdown().await;
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
