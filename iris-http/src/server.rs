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
mod in_turn;
mod signed;
mod slice;
mod strict;
mod wire;

use std::future::Future;
use std::time::Duration;

use iris_serving::net::{self, ClientLimits, Clients, Door, Stopped, Stopping, Times};

use crate::{HttpService, admin_router, router};
use connection::Connections;

/// What one listener allows.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections at a time; where there are so many, one that is idle makes
    /// room for the next, or else the next waits.
    pub max_connections: usize,
    /// How long a client may be silent before its first request.
    pub silent_timeout: Duration,
    /// How long it may take to send the head of a request.
    pub head_timeout: Duration,
    /// How long it may not read its answers.
    pub answer_timeout: Duration,
    /// How long a connection without a request is kept.
    pub idle_timeout: Duration,
    /// How long requests in flight may take to finish once `shutdown` is done.
    pub drain_grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let Times { silent, head, answer, idle, .. } = Times::default();
        Self {
            max_connections: ClientLimits::default().max_connections,
            silent_timeout: silent,
            head_timeout: head,
            answer_timeout: answer,
            idle_timeout: idle,
            drain_grace: Duration::from_secs(20),
        }
    }
}

/// Serves HTTP/1.1, and HTTP/2 to who begins with it, on `listener` until `shutdown` is done and the requests in
/// flight are answered, or the grace for them is over.
///
/// Returns how many requests were cut off.
pub async fn serve(
    listener: impl Into<net::Listener>,
    service: HttpService,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) -> usize {
    let Limits { max_connections, silent_timeout, head_timeout, answer_timeout, idle_timeout, drain_grace } =
        limits;
    let times = Times {
        silent: silent_timeout,
        head: head_timeout,
        body: service.body_timeout(),
        answer: answer_timeout,
        idle: idle_timeout,
        ..Times::default()
    };
    let clients = Clients::new(ClientLimits { max_connections, times, ..ClientLimits::default() });
    Stopping::when(shutdown, |stopped| serve_among(listener, service, &clients, drain_grace, stopped)).await
}

/// The same until `stopped` says so, which is also told what was cut off; the
/// connections are some of those that a process has, and within the limits of these.
pub async fn serve_among(
    listener: impl Into<net::Listener>,
    service: HttpService,
    clients: &Clients,
    drain_grace: Duration,
    stopped: Stopped,
) {
    let connections = |stopped| {
        let service = service.for_one_thread();
        let router = router(&service);
        Connections::new(service, router, stopped).with_fast_path()
    };
    net::serve_until(listener, connections, clients.by(Door::Http), drain_grace, stopped).await;
}

/// Serves what is asked of a server rather than of its models: see [`admin_router`].
pub async fn serve_admin(
    listener: impl Into<net::Listener>,
    service: &HttpService,
    clients: &Clients,
    drain_grace: Duration,
    stopped: Stopped,
) {
    let connections = |stopped| Connections::new(service.clone(), admin_router(service), stopped);
    net::serve_until(listener, connections, clients.by(Door::Admin), drain_grace, stopped).await;
}
