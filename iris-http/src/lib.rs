//! HTTP in front of [`iris_core`].
//!
//! [`router()`] is everything as an [`axum::Router`], to be mounted wherever one
//! is served. With the feature `server` (on by default) there is also
//! `serve`, with which the `iris-server` binary listens: it answers the hot
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
//! What it answers, as [`ROUTES`] has it:
//!
//! | route | class | answer |
//! |---|---|---|
//! | `POST /predict` | predict | What the model says of one row, or of each row of a list |
//! | `POST /models/{model}[/versions/{version}]/predict` | predict | As /predict, of the model named; `model@alias` names a version, too |
//! | `GET /` | observe | What this is, and how to ask it |
//! | `GET /health` | observe | A test prediction, with the time it took |
//! | `GET /livez` | observe | Whether the process answers |
//! | `GET /readyz` | observe | Whether traffic is wanted |
//! | `GET /metrics` | observe | Metrics for Prometheus; as OpenMetrics to who accepts it |
//! | `GET /openapi.json` | observe | Every route, described |
//! | `GET /docs` | observe | A page of every route, to read and to try them |
//! | `GET /docs/{file}` | observe | A file that this page loads |
//! | `GET /models` | observe | The models served, each with its columns and a row that it answers |
//! | `GET /stats` | observe | The process and its requests, now and in the last minutes |
//! | `GET /traces` | observe | Where time went in the last requests, or in the one that ?id= names |
//! | `GET /v2`, `GET /v2/` | observe | What this server is, and the extensions it speaks |
//! | `GET /v2/health/live` | observe | Whether the server answers |
//! | `GET /v2/health/ready` | observe | Whether the server wants traffic |
//! | `GET /v2/models` | observe | The names of the models served |
//! | `GET /v2/models/stats` | observe | What all models were used for |
//! | `GET /v2/models/{model}[/versions/{version}]` | observe | A model's tensors |
//! | `GET /v2/models/{model}[/versions/{version}]/ready` | observe | Whether a model takes requests |
//! | `GET /v2/models/{model}[/versions/{version}]/config` | observe | The part of Triton's configuration that clients read |
//! | `GET /v2/models/{model}[/versions/{version}]/stats` | observe | What a model was used for |
//! | `POST /v2/models/{model}[/versions/{version}]/infer` | predict | Predictions for tensors; binary ones stand behind the JSON |
//! | `POST /v2/repository/index` | observe | The models there are, and the state of each |
//! | `POST /v2/repository/models/{model}/load` | manage | Loads a model of the models' folder, or what is sent of it; only with --allow-loading |
//! | `POST /v2/repository/models/{model}/unload` | manage | Unloads a model; only with --allow-loading |
//! | `POST /models/{model}/aliases` | manage | Moves aliases of a model's versions, all at once; only with --allow-loading |
//! | `GET /v1/models` | observe | The names of the models served |
//! | `GET /v1/models/{model}` | observe | A model's state, as TensorFlow Serving says it |
//! | `GET /v1/models/{model}/versions/{version}` | observe | The state of one of its versions |
//! | `GET /v1/models/{model}/labels/{label}` | observe | The state of the version of this alias |
//! | `GET /v1/models/{model}[/versions/{version}]/metadata` | observe | A model's tensors, as TensorFlow Serving says them |
//! | `GET /v1/models/{model}/labels/{label}/metadata` | observe | The tensors of the version of this alias |
//! | `POST /v1/models/{model}[/versions/{version}]:predict` | predict | Each instance's label, or its value |
//! | `POST /v1/models/{model}/labels/{label}:predict` | predict | The same of the version of this alias |
//! | `GET /ping` | observe | Whether traffic is wanted |
//! | `POST /invocations` | predict | As /predict, in MLflow's forms, or lines of CSV |
//! | `POST /events` | predict | As /predict, for CloudEvents and messages of Pub/Sub's; answered by events |
//! | `POST /models` | manage | Loads a model under a name, from its place in the models' folder |
//! | `GET /models/{model}` | observe | A model, its versions, and what these are called |
//! | `DELETE /models/{model}` | manage | Unloads a model |
//! | `POST /models/{model}/invoke` | predict | As /invocations, of the model named |

#![forbid(unsafe_code)]
#![warn(clippy::unwrap_used)]

mod about;
mod access;
mod asset;
mod body;
mod client;
mod content;
mod context;
mod cors;
mod docs;
mod encoding;
mod endpoints;
mod events;
mod example;
mod failure;
mod health;
mod json;
mod lenient;
mod looks;
mod media_type;
mod metrics;
mod model_path;
mod models;
mod observe;
mod openapi;
mod page;
mod platforms;
pub mod predict;
mod prepared;
mod process;
mod reason;
mod respond;
mod router;
mod routes;
mod security_headers;
#[cfg(feature = "server")]
mod server;
mod server_timing;
mod service;
mod status;
mod turn;
mod unread;
mod v1;
mod v2;
mod vertex;

pub use cors::{CorsOriginError, CorsOrigins};
pub use failure::{Failure, Style};
pub use process::Page;
pub use reason::{Detail, Location};
pub use router::{admin_router, router};
pub use routes::{ROUTES, Route, RouteClass};
#[cfg(feature = "server")]
pub use server::{Limits, serve, serve_admin, serve_among};
pub use service::HttpService;
pub use vertex::{VertexRouteError, VertexRoutes};
