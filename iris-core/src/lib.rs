//! A predictor for the classifiers people train with scikit-learn.
//!
//! ```
//! use iris_core::Predictor;
//!
//! let predictor = Predictor::iris();
//! let prediction = predictor.predict(&[5.1, 3.5, 1.4, 0.2])?;
//! println!("{} ({:.3})", prediction.label(), prediction.probability().unwrap_or(1.0));
//! # assert_eq!(prediction.label().to_string(), "setosa");
//! # Ok::<(), iris_core::Error>(())
//! ```
//!
//! [`Predictor`] is the type to start from. [`Predictor::iris`] is built in, so
//! the lines above need no file; [`Predictor::from_onnx`] reads a model of your
//! own, as skl2onnx writes it. It is immutable and shared by all threads, and
//! its calls on rows and batches write into your buffers without allocating.
//!
//! What it answers is what scikit-learn answers: the same class, probabilities
//! within 1e-12 (of a file in double precision whose scalers do not subtract
//! means thousands of times larger than the spread around them). One row, a batch, any CPU: the same bits.
//!
//! # What it reads
//!
//! Logistic regression (multinomial, binary, one-vs-rest), linear discriminant
//! analysis, ridge classifiers, linear SVC, perceptrons and SGD classifiers,
//! alone or behind `StandardScaler`, `MinMaxScaler`, `MaxAbsScaler`,
//! `RobustScaler`, `Normalizer`, `SimpleImputer` and `PCA`, converted from
//! single or double precision. Anything else is refused by the name of the
//! operator that is not read.
//!
//! # What it does not do
//!
//! It does not train, does not run graphs in general, and opens no socket: the
//! transports are crates of their own that depend on this one.
//!
//! # Spans
//!
//! A request leaves the spans `prediction_request` > (`data_preparation`,
//! `model_inference`, `response_formatting`) with whatever `tracing` subscriber
//! is installed; see [`spans`].

#![forbid(unsafe_code)]
#![warn(clippy::unwrap_used)]

mod affine;
mod clock;
mod context;
mod error;
mod golden;
mod linear;
mod math;
mod model;
mod onnx;
mod pipeline;
mod prediction;
mod predictor;
mod record;
mod schema;
mod scratch;
pub mod serving;
pub mod spans;
#[cfg(feature = "otel")]
pub mod telemetry;
mod tracer;

pub use error::{Error, ErrorKind, Result};
pub use prediction::Prediction;
pub use predictor::Predictor;
pub use schema::{Dtype, Feature, Label, Labels, Schema, Statistics};

/// The README's Rust, compiled and run with the doc tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
