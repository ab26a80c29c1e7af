//! The accept loop, and the two ways a connection is served.

mod answer;
mod connection;
mod date;
mod drive;
mod head;
mod wire;

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::task::coop::unconstrained;
use tokio::time::timeout;
use tracing::warn;

use crate::HttpService;
use crate::timeouts::poll_once;
use connection::Connections;

/// What one listener allows.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections served at a time; more wait in the kernel's queue.
    pub max_connections: usize,
    /// How long a client may take to send the head of a request, or stay idle.
    pub idle_timeout: Duration,
    /// How long requests in flight may take to finish once `shutdown` is done.
    pub drain_grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_connections: 10_000,
            idle_timeout: Duration::from_secs(60),
            drain_grace: Duration::from_secs(20),
        }
    }
}

/// Serves HTTP/1.1 on `listener` until `shutdown` is done and the requests in
/// flight are answered, or the grace for them is over.
///
/// Returns how many connections had to be cut off.
pub async fn serve(
    listener: TcpListener,
    service: HttpService,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) -> usize {
    let (stop, stopped) = watch::channel(());
    let connections = Connections::new(service, limits.idle_timeout, stopped);
    let slots = Arc::new(Semaphore::new(limits.max_connections));
    let mut open = JoinSet::new();
    let start = |open: &mut JoinSet<()>, stream: TcpStream, slot: OwnedSemaphorePermit| {
        while open.try_join_next().is_some() {}
        let serving = connections.serve(stream);
        open.spawn(async move {
            serving.await;
            drop(slot);
        });
    };

    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            (stream, slot) = accept(&listener, &slots) => start(&mut open, stream, slot),
        }
    }
    // Clients whose handshake was done before the stop have been promised an
    // answer by the kernel; closing the listener would reset them. The yield
    // lets the runtime learn of those it has not heard of yet.
    tokio::task::yield_now().await;
    while let Some(accepted) = poll_once(unconstrained(listener.accept())).await {
        let (Ok((stream, _)), Ok(slot)) = (accepted, slots.clone().try_acquire_owned()) else { continue };
        start(&mut open, stream, slot);
    }
    drop(listener);
    stop.send_replace(());
    let finished = async { while open.join_next().await.is_some() {} };
    if timeout(limits.drain_grace, finished).await.is_ok() {
        return 0;
    }
    let cut_off = open.len();
    open.shutdown().await;
    cut_off
}

/// The next connection, once there is a slot for it.
async fn accept(listener: &TcpListener, slots: &Arc<Semaphore>) -> (TcpStream, OwnedSemaphorePermit) {
    let slot = slots.clone().acquire_owned().await.expect("the semaphore is never closed");
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return (stream, slot),
            Err(error) => pause_after(&error).await,
        }
    }
}

/// A connection that broke before it was accepted concerns nobody; any other
/// error, such as too many open files, would repeat at once and is waited out.
async fn pause_after(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted) {
        return;
    }
    warn!(%error, "no connection can be accepted; trying again in 100 ms");
    tokio::time::sleep(Duration::from_millis(100)).await;
}
