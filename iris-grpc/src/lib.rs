//! gRPC in front of [`iris_core`].
//!
//! [`serve`] answers on a listener; [`Router`] is what it answers with, for
//! whoever has HTTP/2 requests from elsewhere.
//!
//! ```
//! use iris_core::Predictor;
//! use iris_serving::{Catalog, Model};
//! use iris_grpc::{GrpcService, Limits, serve};
//!
//! # async fn example() -> std::io::Result<()> {
//! let service = GrpcService::new(Catalog::new(Model::new("iris", "1", Predictor::iris())));
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! let shutdown = async { /* a signal */ };
//! let cut_off = serve(listener, service, Limits::default(), shutdown).await;
//! # Ok(())
//! # }
//! ```
//!
//! | service | what |
//! |---|---|
//! | `inference.GRPCInferenceService` | the Open Inference Protocol, with streams and what Triton's clients ask for |
//! | `iris.v1.Predictor` | named numbers in, a species out; packed batches |
//! | `grpc.health.v1.Health` | whether traffic is wanted |
//! | `grpc.reflection.v1.ServerReflection` | the services above, described |
//! | `grpc.reflection.v1alpha.ServerReflection` | the same for older tools |

#![forbid(unsafe_code)]
#![warn(clippy::unwrap_used)]

mod access;
mod call;
mod codec;
mod context;
mod deadline;
mod encoding;
mod handler;
mod health;
mod infer;
mod inflated;
mod kept;
mod keyed;
mod metadata;
mod methods;
mod observe;
pub mod pb;
mod predict;
mod prefix;
mod reflection;
mod refusal;
mod repository;
mod router;
mod server;
mod service;
mod status;
mod stream;
mod timeouts;
mod trace_context;
mod turn;
mod watch;
mod weighed;
mod whole;

pub use router::Router;
pub use server::{serve, serve_among};
pub use service::{GrpcService, Limits};
pub use status::code_of;

/// What is wrong with a body or a connection, whoever says it.
type AnyError = Box<dyn std::error::Error + Send + Sync>;
