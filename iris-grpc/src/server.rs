//! Serving on a listener.

mod connection;

use std::future::Future;

use iris_serving::net::{self, Stopped};
use tokio::net::TcpListener;

use crate::{GrpcService, Limits, Router};
use connection::Connections;

/// Serves gRPC on `listener` until `shutdown` is done and the calls in flight
/// are answered, or the grace for them is over.
///
/// Returns how many calls were cut off.
pub async fn serve(
    listener: TcpListener,
    service: GrpcService,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) -> usize {
    net::serve(listener, connections(service, limits), of_listener(limits), shutdown).await
}

/// The same until `stopped` says so, which is also told what was cut off.
pub async fn serve_until(listener: TcpListener, service: GrpcService, limits: Limits, stopped: Stopped) {
    net::serve_until(listener, connections(service, limits), of_listener(limits), stopped).await;
}

fn connections(service: GrpcService, limits: Limits) -> impl FnOnce(Stopped) -> Connections {
    move |stopped| Connections::new(Router::until(service, limits, stopped.clone()), limits, stopped)
}

fn of_listener(limits: Limits) -> net::Limits {
    net::Limits { max_connections: limits.max_connections, drain_grace: limits.drain_grace }
}
