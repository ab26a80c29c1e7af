//! HTTP in front of [`iris_core`].
//!
//! [`router()`] is everything as an [`axum::Router`], to be mounted wherever one
//! is served. With the feature `server` (on by default) there is also
//! `serve`, the accept loop of the `iris-server` binary, which answers the hot
//! route without going through the router.
//!
//! ```
//! use iris_core::Predictor;
//! use iris_http::{HttpService, router};
//!
//! let service = HttpService::new("iris", "1", Predictor::iris());
//! let service: axum::Router = router(&service);
//! ```
//!
//! | route | answer |
//! |---|---|
//! | `POST /predict` | the class and the probabilities of one flower, or of each in a list |
//! | `GET /` | what this is |
//! | `GET /health` | a test prediction with its time |
//! | `GET /livez`, `GET /readyz` | the process lives; it wants traffic |
//! | `GET /metrics` | for Prometheus |
//! | `/v2/…` | the Open Inference Protocol |
//! | `/v1/models/…` | the protocol before it |
//! | `GET /ping`, `POST /invocations` | SageMaker's |
//! | `GET /openapi.json` | all of these, described |

#![forbid(unsafe_code)]
#![warn(clippy::unwrap_used)]

mod about;
mod body;
mod context;
mod encoding;
mod endpoints;
mod example;
mod failure;
mod health;
mod json;
mod lenient;
mod media_type;
mod metrics;
mod model_path;
mod observe;
mod openapi;
mod platforms;
pub mod predict;
mod prepared;
mod respond;
mod router;
mod routes;
#[cfg(feature = "server")]
mod server;
mod server_timing;
mod service;
mod status;
mod timeouts;
mod unread;
mod v1;
mod v2;
mod vertex;

pub use failure::{Detail, Failure, Location, Style};
pub use router::router;
pub use routes::{ROUTES, Route, RouteClass};
#[cfg(feature = "server")]
pub use server::{Limits, serve};
pub use service::HttpService;
pub use vertex::{VertexRouteError, VertexRoutes};
