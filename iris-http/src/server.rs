//! Serving on a listener, and the two ways a connection is served.

mod answer;
mod connection;
mod date;
mod drive;
mod framing;
mod head;
mod heads;
mod host;
mod http2;
mod linger;
mod strict;
mod wire;

use std::future::Future;
use std::time::Duration;

use iris_serving::net;

use crate::HttpService;
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

/// Serves HTTP/1.1, and HTTP/2 to who begins with it, on `listener` until `shutdown` is done and the requests in
/// flight are answered, or the grace for them is over.
///
/// Returns how many connections had to be cut off.
pub async fn serve(
    listener: impl Into<net::Listener>,
    service: HttpService,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) -> usize {
    let Limits { max_connections, idle_timeout, drain_grace } = limits;
    let connections = |stopped| Connections::new(service, idle_timeout, stopped);
    net::serve(listener, connections, net::Limits { max_connections, drain_grace }, shutdown).await
}
