//! Elementary arithmetic: what scalers and scores are spelt in.

use std::rc::Rc;

use crate::error::{Error, Result};
use crate::onnx::node::Node;
use crate::onnx::plan::Plan;
use crate::onnx::rows::{Activation, Guard, Reduction, Rows, Value};
use crate::onnx::tensor::{Data, Tensor};
use crate::pipeline::{Norm, Step};

pub(super) fn add(node: &Node<'_>) -> Result<Value> {
    match (node.input(0)?, node.input(1)?) {
        (Value::Rows(x), Value::Constant(c)) | (Value::Constant(c), Value::Rows(x)) => match x.activation {
            Activation::Exp if c.scalar()? == 1.0 => Ok(Value::from(x.with(Activation::OnePlusExp))),
            _ => add_constant(node, x, c, 1.0),
        },
        (Value::Rows(x), Value::Guard(guarded, Guard::Zero)) if x == guarded => Ok(Value::Rows(x.clone())),
        (sum @ Value::Reduced(x, Reduction::Sum), Value::Guard(guarded, Guard::ZeroTimesWidth))
            if x == guarded =>
        {
            Ok(sum.clone())
        }
        _ => Err(node.unexpected()),
    }
}

pub(super) fn sub(node: &Node<'_>) -> Result<Value> {
    match (node.input(0)?, node.input(1)?) {
        (Value::Rows(x), Value::Constant(c)) => add_constant(node, x, c, -1.0),
        (Value::Constant(c), Value::Rows(x)) => match x.activation {
            // 1 - σ(s) = σ(-s)
            Activation::Logistic if c.scalar()? == 1.0 => {
                Ok(Value::from(Rows { affine: x.affine.clone().scaled(|_| -1.0), ..(**x).clone() }))
            }
            _ => {
                let negated = multiply(node, x, &[-1.0])?;
                add_constant(node, &negated, c, 1.0)
            }
        },
        _ => Err(node.unexpected()),
    }
}

pub(super) fn mul(node: &Node<'_>) -> Result<Value> {
    match (node.input(0)?, node.input(1)?) {
        (Value::Rows(x), Value::Constant(c)) | (Value::Constant(c), Value::Rows(x)) => {
            Ok(Value::from(multiply(node, x, &c.columns(x.width())?)?))
        }
        #[expect(clippy::cast_precision_loss, reason = "a model has far fewer than 2^53 classes")]
        (Value::Guard(x, Guard::Zero), Value::Constant(c)) if c.scalar()? == x.width() as f64 => {
            Ok(Value::Guard(x.clone(), Guard::ZeroTimesWidth))
        }
        _ => Err(node.unexpected()),
    }
}

pub(super) fn div(plan: &mut Plan, node: &Node<'_>) -> Result<Value> {
    match (node.input(0)?, node.input(1)?) {
        (Value::Rows(x), Value::Constant(c)) => {
            let divisors = c.columns(x.width())?;
            match x.activation {
                Activation::None => {
                    let affine = x.affine.clone().divided(|column| divisors[column]);
                    Ok(Value::from(Rows { affine, ..(**x).clone() }))
                }
                Activation::Clip { low, high, scale, offset } => {
                    let divisor = c.scalar()?;
                    let (scale, offset) = (scale / divisor, offset / divisor);
                    Ok(Value::from(clipped(x, Activation::Clip { low, high, scale, offset })))
                }
                _ => Err(node.unexpected()),
            }
        }
        (Value::Rows(x), Value::Reduced(summed, Reduction::Sum | Reduction::Norm(Norm::L1)))
            if x == summed && x.activation.is_nonnegative() =>
        {
            Ok(Value::from(normalized(x)))
        }
        (Value::Rows(x), Value::Reduced(measured, Reduction::Norm(norm)))
            if x == measured && x.activation == Activation::None =>
        {
            Ok(Value::from(plan.push(x, Step::Normalize(*norm))?))
        }
        _ => Err(node.unexpected()),
    }
}

pub(super) fn neg(node: &Node<'_>) -> Result<Value> {
    Ok(Value::from(multiply(node, node.rows(0)?, &[-1.0])?))
}

pub(super) fn abs(node: &Node<'_>) -> Result<Value> {
    let x = node.rows(0)?;
    match x.activation {
        Activation::None => Ok(Value::Absolute(x.clone())),
        activation if activation.is_nonnegative() => Ok(Value::Rows(x.clone())),
        _ => Err(node.unexpected()),
    }
}

pub(super) fn sqrt(node: &Node<'_>) -> Result<Value> {
    match node.input(0)? {
        Value::Reduced(x, Reduction::SumOfSquares) => {
            Ok(Value::Reduced(x.clone(), Reduction::Norm(Norm::L2)))
        }
        Value::Constant(tensor) => {
            let roots = tensor.finite("the constant")?.into_iter().map(f64::sqrt).collect();
            Ok(Value::Constant(Rc::new(Tensor { dims: tensor.dims.clone(), data: Data::Floats(roots) })))
        }
        _ => Err(node.unexpected()),
    }
}

pub(super) fn mat_mul(plan: &mut Plan, node: &Node<'_>) -> Result<Value> {
    let x = node.rows(0)?;
    let matrix = node.constant(1)?;
    let weights = matrix.finite("the matrix")?;
    match matrix.dims.as_slice() {
        [height, width] if *height == x.width() => Ok(Value::from(product(plan, x, &weights, *width)?)),
        dims => Err(wrong_shape(dims, x.width())),
    }
}

/// `alpha · x · B + beta · C`, with `B` transposed where `transB` says so.
pub(super) fn gemm(plan: &mut Plan, node: &Node<'_>) -> Result<Value> {
    let x = node.rows(0)?;
    let matrix = node.constant(1)?;
    if node.int("transA", 0) != 0 {
        return Err(Error::unsupported("transA"));
    }
    let [first, second] = matrix.dims[..] else {
        return Err(wrong_shape(&matrix.dims, x.width()));
    };
    let values = matrix.finite("the matrix")?;
    let (height, width, weights) = if node.int("transB", 0) == 0 {
        (first, second, values)
    } else {
        (second, first, transposed(&values, second))
    };
    if height != x.width() {
        return Err(wrong_shape(&matrix.dims, x.width()));
    }
    let (alpha, beta) = (node.float("alpha", 1.0), node.float("beta", 1.0));
    let mut y = product(plan, x, &weights, width)?;
    y.affine = y.affine.scaled(|_| alpha);
    if node.optional_input(2).is_some() {
        let terms = node.constant(2)?.columns(width)?;
        y.affine = y.affine.shifted(|column| beta * terms[column]);
    }
    Ok(Value::from(y))
}

/// Bounds come as inputs, or as attributes in files before operator set 11.
pub(super) fn clip(node: &Node<'_>) -> Result<Value> {
    let x = node.rows(0)?;
    let bound = |index: usize, name: &str, default: f32| match node.optional_input(index) {
        Some(_) => node.constant(index)?.scalar(),
        None => Ok(node.float(name, default)),
    };
    let (low, high) = (bound(1, "min", f32::MIN)?, bound(2, "max", f32::MAX)?);
    match x.activation {
        Activation::None if low <= high => {
            Ok(Value::from(x.with(Activation::Clip { low, high, scale: 1.0, offset: 0.0 })))
        }
        Activation::None => {
            Err(Error::malformed(format!("the bounds {low} and {high} are the wrong way round")))
        }
        _ => Err(node.unexpected()),
    }
}

/// `x · weights`, folded into what is already in front of it unless that takes
/// more numbers than keeping both: a PCA to few components before many classes
/// is cheaper as two steps.
pub(super) fn product(plan: &mut Plan, x: &Rows, weights: &[f64], width: usize) -> Result<Rows> {
    if width == 0 {
        return Err(Error::malformed("the product has no columns"));
    }
    let folded = x.affine.n_inputs().saturating_mul(width);
    let mut x = x.clone();
    if x.activation != Activation::None || folded > x.affine.size() + weights.len() {
        x = plan.materialize(&x)?;
    }
    plan.spend(x.affine.n_inputs().saturating_mul(width))?;
    Ok(Rows { affine: x.affine.times(weights, width), ..x })
}

/// A row-major matrix with `width` columns, turned on its side.
pub(super) fn transposed(values: &[f64], width: usize) -> Vec<f64> {
    (0..width).flat_map(|column| values.iter().skip(column).step_by(width).copied()).collect()
}

/// Probabilities divided by their sum.
pub(super) fn normalized(x: &Rows) -> Rows {
    match x.activation {
        // σ(-s) + σ(s) is one already.
        Activation::Logistic if x.is_mirrored_pair() => x.clone(),
        Activation::Logistic => x.with(Activation::NormalizedLogistic),
        Activation::Clip { .. } => x.with(Activation::NormalizedClip),
        _ => x.clone(),
    }
}

fn add_constant(node: &Node<'_>, x: &Rows, constant: &Tensor, sign: f64) -> Result<Value> {
    match x.activation {
        Activation::None => {
            let terms = constant.columns(x.width())?;
            Ok(Value::from(Rows {
                affine: x.affine.clone().shifted(|column| sign * terms[column]),
                ..x.clone()
            }))
        }
        Activation::Clip { low, high, scale, offset } => {
            let offset = offset + sign * constant.scalar()?;
            Ok(Value::from(clipped(x, Activation::Clip { low, high, scale, offset })))
        }
        _ => Err(node.unexpected()),
    }
}

/// `x` times one factor for all columns, or one for each.
fn multiply(node: &Node<'_>, x: &Rows, factors: &[f64]) -> Result<Rows> {
    let first = *factors.first().ok_or_else(|| node.unexpected())?;
    match x.activation {
        Activation::None => {
            let factor = |column: usize| factors.get(column).copied().unwrap_or(first);
            Ok(Rows { affine: x.affine.clone().scaled(factor), ..x.clone() })
        }
        Activation::Clip { low, high, scale, offset } if factors.iter().all(|factor| *factor == first) => {
            let (scale, offset) = (scale * first, offset * first);
            Ok(clipped(x, Activation::Clip { low, high, scale, offset }))
        }
        _ => Err(node.unexpected()),
    }
}

/// Gives `x` this clip; one that falls, over bounds around zero, is written as
/// one that rises with the negated score, so that `1 - p` and `p` look alike.
fn clipped(x: &Rows, activation: Activation) -> Rows {
    match activation {
        Activation::Clip { low, high, scale, offset } if scale < 0.0 && low == -high => Rows {
            affine: x.affine.clone().scaled(|_| -1.0),
            activation: Activation::Clip { low, high, scale: -scale, offset },
            ..x.clone()
        },
        _ => x.with(activation),
    }
}

fn wrong_shape(dims: &[usize], width: usize) -> Error {
    Error::malformed(format!("a matrix of shape {dims:?} does not fit rows of {width} values"))
}
