//! Serving on a listener, and the two ways a connection is served.

mod answer;
mod connection;
mod date;
mod drive;
mod head;
mod wire;

use std::future::Future;
use std::time::Duration;

use iris_serving::net::{self, Stopped};
use tokio::net::TcpListener;

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

/// Serves HTTP/1.1 on `listener` until `shutdown` is done and the requests in
/// flight are answered, or the grace for them is over.
///
/// Returns how many requests were cut off.
pub async fn serve(
    listener: TcpListener,
    service: HttpService,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) -> usize {
    net::serve(listener, limits.connections(service), limits.of_listener(), shutdown).await
}

/// The same until `stopped` says so, which is also told what was cut off.
pub async fn serve_until(listener: TcpListener, service: HttpService, limits: Limits, stopped: Stopped) {
    net::serve_until(listener, limits.connections(service), limits.of_listener(), stopped).await;
}

impl Limits {
    fn connections(self, service: HttpService) -> impl FnOnce(Stopped) -> Connections {
        move |stopped| Connections::new(service, self.idle_timeout, stopped)
    }

    fn of_listener(self) -> net::Limits {
        net::Limits { max_connections: self.max_connections, drain_grace: self.drain_grace }
    }
}
