//! The crate as its users see it.

mod batch;
mod cases;
mod estimators;
mod hostile;
mod input;
mod parity;
mod pickles;
mod regressors;
#[cfg(feature = "serde")]
mod serialize;
