//! The accept loop and the stop.

mod connection;
mod poll_once;

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::task::coop::unconstrained;
use tokio::time::timeout;
use tracing::warn;

use crate::stop::Stopping;
use crate::{GrpcService, Limits, Router};
use connection::Connections;
use poll_once::poll_once;

/// Serves gRPC on `listener` until `shutdown` is done and the calls in flight
/// are answered, or the grace for them is over.
///
/// Returns how many connections had to be cut off.
pub async fn serve(
    listener: TcpListener,
    service: GrpcService,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) -> usize {
    let (stopping, stopped) = Stopping::channel();
    let router = Router::until(service, limits, stopped.clone());
    let connections = Connections::new(router, limits, stopped);
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
    // Who has been accepted by the kernel may have sent a call already; closing
    // the listener would reset it. The runtime learns of such between tasks.
    tokio::task::yield_now().await;
    while let Some(accepted) = poll_once(unconstrained(listener.accept())).await {
        let (Ok((stream, _)), Ok(slot)) = (accepted, slots.clone().try_acquire_owned()) else { continue };
        start(&mut open, stream, slot);
    }
    drop(listener);
    stopping.tell();
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
