//! The accept loop, and the two ways a connection is served.

mod connection;
mod fast_path;
mod head;

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tracing::warn;

use crate::App;
use connection::Connections;

/// What one listener allows.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections served at a time; more wait in the kernel's queue.
    pub max_connections: usize,
    /// How long a client may take to send the head of a request, or stay idle.
    pub header_timeout: Duration,
    /// How long requests in flight may take to finish once `shutdown` is done.
    pub drain_grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_connections: 10_000,
            header_timeout: Duration::from_secs(60),
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
    app: App,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) -> usize {
    let (stop, stopped) = watch::channel(());
    let connections = Connections::new(app, limits.header_timeout, stopped);
    let slots = Arc::new(Semaphore::new(limits.max_connections));
    let start = |stream: TcpStream, slot: OwnedSemaphorePermit| {
        let serving = connections.serve(stream);
        tokio::spawn(async move {
            serving.await;
            drop(slot);
        });
    };

    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            (stream, slot) = accept(&listener, &slots) => start(stream, slot),
        }
    }
    // Clients whose handshake was done before the stop have been promised an
    // answer by the kernel; closing the listener would reset them.
    while let Some(Ok((stream, _))) = now(listener.accept()).await {
        let Ok(slot) = slots.clone().try_acquire_owned() else { break };
        start(stream, slot);
    }
    drop(listener);
    drop(connections);
    stop.send_replace(());
    // Every connection holds a receiver until it is done.
    match tokio::time::timeout(limits.drain_grace, stop.closed()).await {
        Ok(()) => 0,
        Err(_) => limits.max_connections - slots.available_permits(),
    }
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

/// The outcome of a future that is done at once.
async fn now<F: Future>(future: F) -> Option<F::Output> {
    let mut future = std::pin::pin!(future);
    std::future::poll_fn(|context| {
        std::task::Poll::Ready(match future.as_mut().poll(context) {
            std::task::Poll::Ready(output) => Some(output),
            std::task::Poll::Pending => None,
        })
    })
    .await
}
