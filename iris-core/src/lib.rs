//! A predictor for the models people train with scikit-learn.
//!
//! ```
//! use iris_core::Predictor;
//!
//! let predictor = Predictor::iris();
//! let prediction = predictor.predict(&[5.1, 3.5, 1.4, 0.2])?;
//! println!("{prediction}"); // setosa (0.982)
//! # assert!(prediction.label().unwrap() == "setosa");
//! # Ok::<(), iris_core::Error>(())
//! ```

#![forbid(unsafe_code)]
#![warn(clippy::unwrap_used)]
#![cfg_attr(
    not(feature = "onnx"),
    expect(dead_code, unused_imports, reason = "only readers of files make programs with steps")
)]

mod affine;
mod error;
#[cfg(feature = "onnx")]
mod golden;
mod linear;
mod math;
mod model;
mod prediction;
mod predictor;
mod program;
mod read;
mod rows;
mod schema;
mod scratch;
#[cfg(feature = "tracing")]
pub mod spans;

#[cfg(feature = "ndarray")]
pub use ndarray;

pub use error::{Error, ErrorClass, ErrorKind, Result};
pub use prediction::Prediction;
pub use predictor::{LinearModel, Link, Predictor};
pub use read::Reader;
pub use rows::{Rows, RowsMut};
pub use schema::{ColumnKind, Dtype, Feature, Label, Labels, Schema, Statistics, Task};
pub use scratch::Scratch;
