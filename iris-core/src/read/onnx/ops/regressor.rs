//! `ai.onnx.ml.LinearRegressor`.

use super::classifier::linear;
use crate::error::{Error, Result};
use crate::read::onnx::node::Node;
use crate::read::onnx::steps::StepBuilder;
use crate::read::onnx::symbol::Value;

/// One number a target.
pub(super) fn linear_regressor(steps: &mut StepBuilder, node: &Node<'_>) -> Result<Value> {
    let values = linear(steps, node, node.rows(0)?)?;
    let targets = node.int("targets", 1);
    if usize::try_from(targets) != Ok(values.width()) {
        let n_scores = values.width();
        return Err(Error::malformed(format!("{targets} targets, but coefficients for {n_scores}")));
    }
    match node.string("post_transform", "NONE")?.as_str() {
        "NONE" => Ok(Value::from(values)),
        other => Err(Error::unsupported(format!("post_transform {other} of a regressor"))),
    }
}
