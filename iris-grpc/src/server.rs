//! Serving on a listener.

mod connection;
mod outgoing;

use std::future::Future;

use iris_serving::net::{self, ClientLimits, Clients, Door, Times};

use crate::{GrpcService, Limits, Router};
use connection::Connections;

/// Serves gRPC on `listener` until `shutdown` is done and the calls in flight
/// are answered, or the grace for them is over.
///
/// Returns how many connections had to be cut off.
pub async fn serve(
    listener: impl Into<net::Listener>,
    service: GrpcService,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) -> usize {
    let Limits { max_connections, silent_timeout, connection_idle_timeout, answer_timeout, .. } = limits;
    let times = Times {
        silent: silent_timeout,
        idle: connection_idle_timeout,
        answer: answer_timeout,
        ..Times::default()
    };
    let clients = Clients::new(ClientLimits { max_connections, times, ..ClientLimits::default() });
    serve_among(listener, service, limits, &clients, shutdown).await
}

/// The same where the connections are some of those that a process has, and
/// within the limits of these.
pub async fn serve_among(
    listener: impl Into<net::Listener>,
    service: GrpcService,
    limits: Limits,
    clients: &Clients,
    shutdown: impl Future<Output = ()>,
) -> usize {
    let connections = |stopped: net::Stopped| {
        Connections::new(Router::until(service, limits, stopped.clone()), limits, stopped)
    };
    net::serve(listener, connections, clients.by(Door::Grpc), limits.drain_grace, shutdown).await
}
