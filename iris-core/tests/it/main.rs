//! The crate as its users see it.

mod batch;
mod cases;
mod estimators;
#[cfg(feature = "folders")]
mod folders;
mod hostile;
mod input;
#[cfg(feature = "inspect")]
mod inspect;
mod parity;
mod pickles;
mod regressors;
#[cfg(feature = "serde")]
mod serialize;
mod xgboost;
