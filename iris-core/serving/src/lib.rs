//! What every way to reach a model shares: the models served, and the way of a
//! request through one of them.
//!
//! A transport says how its requests are read and its answers written, as an
//! [`Exchange`]; [`Catalog::answer`] does the rest, in the four spans of a
//! request. For the Open Inference Protocol, which two transports speak, the
//! meaning of its [tensors](Tensor), [outputs](RequestedOutputs) and
//! [metadata](ModelMetadata) is here too, so that both give the same answers.
//!
//! A [`Lane`] keeps dear requests from standing in the way of cheap ones, and refuses what would wait
//! too long.
//!
//! With the feature `net` there is also `net`: listeners, the accept loop and the stop.
//!
//! ```
//! use iris_core::Predictor;
//! use iris_serving::{Catalog, Model};
//!
//! let catalog = Catalog::new(Model::new("iris", "1", Predictor::iris()));
//! let snapshot = catalog.snapshot();
//! assert_eq!(snapshot.default_model().name(), "iris");
//! assert!(snapshot.find("iris", Some("2")).is_err());
//! ```

#![forbid(unsafe_code)]
#![warn(clippy::unwrap_used)]

mod asked;
pub mod budget;
mod catalog;
mod clients;
mod contributions;
mod datatype;
mod exchange;
pub mod gate;
pub mod inflate;
mod inputs;
mod lane;
#[cfg(feature = "loading")]
pub mod loading;
mod metadata;
mod model;
#[cfg(feature = "net")]
pub mod net;
mod outputs;
pub mod panics;
mod predictions;
mod readiness;
mod refusal;
mod repository;
pub mod timeouts;
mod traffic;

pub use asked::{Asked, Want};
pub use catalog::{Catalog, Served, Snapshot, check_name};
pub use clients::{ClientDetails, NetworkError, asked_by, peer};
pub use datatype::Datatype;
pub use exchange::{Answered, Exchange, RefusalStatus};
pub use inputs::{DeclaredInput, InputData, Tensor, Text, Texts};
pub use lane::{Client, Form, Lane, Overloaded, Place, Sort, breathe};
#[cfg(feature = "loading")]
pub use loading::{Library, Loader, ModelFile, Sources, VersionPolicy};
pub use metadata::{INPUT, ModelMetadata, PLATFORM, SERVER, TensorMetadata, extensions};
pub use model::Model;
pub use outputs::{OutputData, OutputRequest, OutputTensor, RequestedOutputs};
pub use predictions::Predictions;
pub use readiness::Readiness;
pub use refusal::Refusal;
pub use repository::IndexEntry;
pub use traffic::{Comparison, Drift, Drifted, ShadowRule, Shadows, Share, Split, SplitKey, Traffic};
