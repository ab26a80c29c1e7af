//! Serving on a listener.

mod connection;

use std::future::Future;

use iris_serving::net;

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
    let Limits { max_connections, drain_grace, .. } = limits;
    let connections = |stopped: net::Stopped| {
        Connections::new(Router::until(service, limits, stopped.clone()), limits, stopped)
    };
    net::serve(listener, connections, net::Limits { max_connections, drain_grace }, shutdown).await
}
