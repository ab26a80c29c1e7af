//! Serving on a listener.

mod connection;

use std::future::Future;

use iris_serving::net::{self, ClientLimits, Clients, Door, Stopped, Stopping, Times};

use crate::{GrpcService, Limits, Router};
use connection::Connections;

/// Serves gRPC on `listener` until `shutdown` is done and the calls in flight
/// are answered, or the grace for them is over.
///
/// Returns how many calls were cut off.
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
    Stopping::when(shutdown, |stopped| serve_among(listener, service, limits, &clients, stopped)).await
}

/// The same until `stopped` says so, which is also told what was cut off; the
/// connections are some of those that a process has, and within the limits of these.
pub async fn serve_among(
    listener: impl Into<net::Listener>,
    service: GrpcService,
    limits: Limits,
    clients: &Clients,
    stopped: Stopped,
) {
    let connections =
        |stopped: Stopped| Connections::new(Router::until(service, limits, stopped.clone()), limits, stopped);
    net::serve_until(listener, connections, clients.by(Door::Grpc), limits.drain_grace, stopped).await;
}
