//! The traced server that the crates' own documentation leads to.
//!
//! axum, `tracing` and the OpenTelemetry SDK with their defaults: the batch
//! span processor, and OTLP over HTTP as protobuf. Its answers and its spans
//! are those of `iris-server`; what differs is how they are made. It serves on
//! one thread. `ADDR` says where, the `OTEL_*` variables where the spans go.

#![forbid(unsafe_code)]

mod predict;
mod telemetry;

use std::error::Error;
use std::sync::Arc;

use axum::Router;
use axum::routing::post;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use predict::Service;

/// Starts the export before the runtime, since its client is a blocking one.
fn main() -> Result<(), Box<dyn Error>> {
    let provider = telemetry::start()?;
    let service = Arc::new(Service::iris());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(serve(Arc::clone(&service)))?;
    provider.shutdown()?;
    println!("answered requests={}", service.answered());
    Ok(())
}

/// Serves until SIGTERM, and then to the end of what is in flight.
async fn serve(service: Arc<Service>) -> Result<(), Box<dyn Error>> {
    let address = std::env::var("ADDR").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    let listener = TcpListener::bind(address).await?;
    let mut terminate = signal(SignalKind::terminate())?;
    println!("listening http={}", listener.local_addr()?);
    let router = Router::new().route("/predict", post(predict::predict)).with_state(service);
    axum::serve(listener, router)
        .with_graceful_shutdown(async move {
            terminate.recv().await;
        })
        .await?;
    Ok(())
}
