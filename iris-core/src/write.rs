//! Models written in formats of others.

pub(crate) mod onnx;
