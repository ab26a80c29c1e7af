//! The crate as its users see it.

mod batch;
mod blocks;
mod cases;
mod catboost;
mod contributions;
mod encoders;
mod estimators;
#[cfg(feature = "folders")]
mod folders;
mod graphs;
mod hostile;
mod input;
#[cfg(feature = "inspect")]
mod inspect;
mod lightgbm;
mod many_categories;
mod onnx_out;
mod parity;
mod pickles;
mod regressors;
#[cfg(feature = "serde")]
mod serialize;
mod texts;
mod tree_ensembles;
mod wide;
mod xgboost;
