//! The preprocessing operators of `ai.onnx.ml`.

use super::arithmetic::normalized;
use crate::error::{Error, Result};
use crate::program::{Impute, Norm, Step};
use crate::read::onnx::node::Node;
use crate::read::onnx::steps::StepBuilder;
use crate::read::onnx::symbol::{Symbol, Value, ZeroSum};

/// `(x - offset) · scale`
pub(super) fn scaler(steps: &mut StepBuilder, node: &Node<'_>) -> Result<Value> {
    let x = steps.plain_rows(node, node.rows(0)?)?;
    let offset = spread("offset", node.floats("offset")?, x.width(), 0.0)?;
    let scale = spread("scale", node.floats("scale")?, x.width(), 1.0)?;
    let affine = x.affine.shifted(|column| -offset[column]).scaled(|column| scale[column]);
    Ok(Value::from(Symbol { affine, ..x }))
}

/// A preprocessing step on features, the last touch on probabilities.
pub(super) fn normalizer(steps: &mut StepBuilder, node: &Node<'_>) -> Result<Value> {
    let x = node.rows(0)?;
    let norm = match node.string("norm", "MAX")?.as_str() {
        "L1" => Norm::L1,
        "L2" => Norm::L2,
        "MAX" => Norm::Max,
        other => return Err(Error::malformed(format!("norm '{other}' is none of L1, L2, MAX"))),
    };
    match norm {
        Norm::L1 if x.activation.is_nonnegative() => {
            Ok(Value::from(normalized(steps, node, x, ZeroSum::Uniform)?))
        }
        _ if x.activation.is_plain() => Ok(Value::from(steps.push(x, Step::Normalize(norm.into()))?)),
        _ => Err(node.unexpected()),
    }
}

pub(super) fn imputer(steps: &mut StepBuilder, node: &Node<'_>) -> Result<Value> {
    let x = node.rows(0)?;
    #[expect(clippy::cast_precision_loss, reason = "a stand-in for a missing value is a small integer")]
    let integers = node.ints("imputed_value_int64s").iter().map(|value| *value as f64).collect::<Vec<_>>();
    let (fill, missing) = if integers.is_empty() {
        (node.floats("imputed_value_floats")?, node.float("replaced_value_float", 0.0))
    } else {
        #[expect(clippy::cast_precision_loss, reason = "as above")]
        (integers, node.int("replaced_value_int64", 0) as f64)
    };
    if fill.is_empty() {
        return Err(Error::malformed("an imputer without a value to impute"));
    }
    let fill = spread("imputed_value", fill, x.width(), 0.0)?;
    Ok(Value::from(steps.push(x, Step::Impute(Impute { fill, missing }))?))
}

/// An imputer in elementary operators: unlike `Imputer`, whose numbers are floats, it can fill in doubles.
pub(super) fn where_missing(steps: &mut StepBuilder, node: &Node<'_>) -> Result<Value> {
    match (node.input(0)?, node.rows(2)?) {
        (Value::Missing(missing), x) if missing == x => {
            let fill = node.constant(1)?.finite("the values to impute")?;
            let fill = spread("the constant", fill, x.width(), 0.0)?;
            Ok(Value::from(steps.push(x, Step::Impute(Impute { fill, missing: f64::NAN }))?))
        }
        _ => Err(node.unexpected()),
    }
}

/// One number for every column, from as many, from one, or from none.
fn spread(what: &str, values: Vec<f64>, width: usize, default: f64) -> Result<Vec<f64>> {
    match values.as_slice() {
        [] => Ok(vec![default; width]),
        [value] => Ok(vec![*value; width]),
        _ if values.len() == width => Ok(values),
        _ => Err(Error::malformed(format!("{what} holds {} numbers for {width} columns", values.len()))),
    }
}
