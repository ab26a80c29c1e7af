//! gRPC in front of [`iris_core`].
//!
//! [`serve`] answers on a listener; [`Calls`] is what it answers with, for
//! whoever has HTTP/2 requests from elsewhere.
//!
//! ```
//! use iris_core::Predictor;
//! use iris_core::serving::Served;
//! use iris_grpc::{Door, Limits, serve};
//!
//! # async fn example() -> std::io::Result<()> {
//! let door = Door::new(Served::new("iris", "1", Predictor::iris()));
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! let shutdown = async { /* a signal */ };
//! let cut_off = serve(listener, door, Limits::default(), shutdown).await;
//! # Ok(())
//! # }
//! ```
//!
//! | service | what |
//! |---|---|
//! | `inference.GRPCInferenceService` | the Open Inference Protocol, with streams and what Triton's clients ask for |
//! | `iris.v1.Predictor` | named numbers in, a species out; packed batches |
//! | `grpc.health.v1.Health` | whether traffic is wanted |
//! | `grpc.reflection.v1`, `v1alpha` | the services above, described |

#![forbid(unsafe_code)]
#![warn(clippy::unwrap_used)]

mod call;
mod calls;
mod codec;
mod context;
mod deadline;
mod door;
mod health;
mod infer;
mod metadata;
mod methods;
mod observe;
mod patience;
pub mod pb;
mod predict;
mod reflection;
mod repository;
mod server;
mod status;
mod stop;
mod stream;

pub use calls::Calls;
pub use codec::Encoded;
pub use door::{Door, Limits};
pub use server::serve;
