//! Elementary arithmetic: what scalers and scores are spelt in.

use std::rc::Rc;

use crate::error::{Error, Result};
use crate::program::{Norm, Step};
use crate::read::onnx::node::Node;
use crate::read::onnx::steps::StepBuilder;
use crate::read::onnx::symbol::{Activation, Guard, Reduction, Symbol, Value, ZeroSum};
use crate::read::onnx::tensor::{Data, Tensor};
use crate::read::transposed;

pub(super) fn add(steps: &mut StepBuilder, node: &Node<'_>) -> Result<Value> {
    match (node.input(0)?, node.input(1)?) {
        (Value::Rows(x), Value::Constant(c)) | (Value::Constant(c), Value::Rows(x)) => match x.activation {
            Activation::Exp if c.scalar()? == 1.0 => Ok(Value::from(x.with(Activation::OnePlusExp))),
            _ => shift(steps, node, x, &c.columns(x.width())?),
        },
        (Value::Rows(x), Value::Guard(guarded, Guard::Zero)) if x == guarded => Ok(Value::Guarded(x.clone())),
        (Value::Reduced(x, Reduction::Sum), Value::Guard(guarded, Guard::ZeroTimesWidth)) if x == guarded => {
            Ok(Value::Reduced(x.clone(), Reduction::GuardedSum))
        }
        _ => Err(node.unexpected()),
    }
}

pub(super) fn sub(steps: &mut StepBuilder, node: &Node<'_>) -> Result<Value> {
    match (node.input(0)?, node.input(1)?) {
        (Value::Rows(x), Value::Constant(c)) => {
            let terms: Vec<f64> = c.columns(x.width())?.iter().map(|term| -term).collect();
            shift(steps, node, x, &terms)
        }
        (Value::Constant(c), Value::Rows(x)) => match x.activation {
            // 1 - σ(s) = σ(-s)
            Activation::Logistic if c.scalar()? == 1.0 => {
                Ok(Value::from(Symbol { affine: x.affine.clone().scaled(|_| -1.0), ..(**x).clone() }))
            }
            _ => {
                let negated = scale(steps, node, x, &vec![-1.0; x.width()])?;
                shift(steps, node, &negated, &c.columns(x.width())?)
            }
        },
        _ => Err(node.unexpected()),
    }
}

pub(super) fn mul(steps: &mut StepBuilder, node: &Node<'_>) -> Result<Value> {
    match (node.input(0)?, node.input(1)?) {
        (Value::Rows(x), Value::Constant(c)) | (Value::Constant(c), Value::Rows(x)) => {
            Ok(Value::from(scale(steps, node, x, &c.columns(x.width())?)?))
        }
        #[expect(clippy::cast_precision_loss, reason = "a model has far fewer than 2^53 classes")]
        (Value::Guard(x, Guard::Zero), Value::Constant(c)) if c.scalar()? == x.width() as f64 => {
            Ok(Value::Guard(x.clone(), Guard::ZeroTimesWidth))
        }
        _ => Err(node.unexpected()),
    }
}

pub(super) fn div(steps: &mut StepBuilder, node: &Node<'_>) -> Result<Value> {
    match (node.input(0)?, node.input(1)?) {
        (Value::Rows(x), Value::Constant(c)) => {
            let divisors = c.columns(x.width())?;
            if let (Activation::Clip { low, high, scale, offset }, Some(divisor)) =
                (x.activation, same_for_all(&divisors))
            {
                let (scale, offset) = (scale / divisor, offset / divisor);
                Ok(Value::from(clipped(x, Activation::Clip { low, high, scale, offset })))
            } else {
                let x = steps.plain_rows(node, x)?;
                Ok(Value::from(Symbol { affine: x.affine.divided(|column| divisors[column]), ..x }))
            }
        }
        (Value::Rows(x), Value::Reduced(summed, Reduction::Sum | Reduction::Norm(Norm::L1)))
            if x == summed && x.activation.is_nonnegative() =>
        {
            Ok(Value::from(normalized(steps, node, x, ZeroSum::Zero)?))
        }
        (Value::Guarded(x), Value::Reduced(summed, Reduction::GuardedSum)) if x == summed => {
            Ok(Value::from(normalized(steps, node, x, ZeroSum::Uniform)?))
        }
        (Value::Rows(x), Value::Reduced(measured, Reduction::Norm(norm)))
            if x == measured && x.activation.is_plain() =>
        {
            Ok(Value::from(steps.push(x, Step::Normalize((*norm).into()))?))
        }
        _ => Err(node.unexpected()),
    }
}

pub(super) fn abs(node: &Node<'_>) -> Result<Value> {
    let x = node.rows(0)?;
    match x.activation {
        activation if activation.is_nonnegative() => Ok(Value::Rows(x.clone())),
        activation if activation.is_plain() => Ok(Value::Absolute(x.clone())),
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

pub(super) fn mat_mul(steps: &mut StepBuilder, node: &Node<'_>) -> Result<Value> {
    let x = node.rows(0)?;
    let matrix = node.constant(1)?;
    let weights = matrix.finite("the matrix")?;
    match matrix.dims.as_slice() {
        [height, width] if *height == x.width() => Ok(Value::from(product(steps, x, weights, *width)?)),
        dims => Err(wrong_shape(dims, x.width())),
    }
}

/// `alpha · x · B + beta · C`, with `B` transposed where `transB` says so.
pub(super) fn gemm(steps: &mut StepBuilder, node: &Node<'_>) -> Result<Value> {
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
        (second, first, transposed(&values, second, |value| *value))
    };
    if height != x.width() {
        return Err(wrong_shape(&matrix.dims, x.width()));
    }
    let (alpha, beta) = (node.float("alpha", 1.0), node.float("beta", 1.0));
    let mut y = product(steps, x, weights, width)?;
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
pub(super) fn product(
    steps: &mut StepBuilder,
    x: &Symbol,
    weights: Vec<f64>,
    width: usize,
) -> Result<Symbol> {
    if width == 0 {
        return Err(Error::malformed("the product has no columns"));
    }
    let folded = x.affine.n_inputs().saturating_mul(width);
    let mut x = x.clone();
    if x.activation != Activation::None || folded > x.affine.size() + weights.len() {
        x = steps.materialize(&x)?;
    }
    steps.spend(x.affine.n_inputs().saturating_mul(width))?;
    Ok(Symbol { affine: x.affine.times(weights, width), ..x })
}

/// Rows of nonnegative numbers divided by their sum: probabilities to their
/// link, anything else as the preprocessing step that it is.
pub(super) fn normalized(
    steps: &mut StepBuilder,
    node: &Node<'_>,
    x: &Symbol,
    zero_sum: ZeroSum,
) -> Result<Symbol> {
    match x.activation {
        // σ(-s) + σ(s) is one already, and so are those that were divided before.
        Activation::Logistic if x.is_mirrored_pair() => Ok(x.clone()),
        Activation::Softmax | Activation::NormalizedLogistic(_) | Activation::NormalizedClip(_) => {
            Ok(x.clone())
        }
        Activation::Logistic => Ok(x.with(Activation::NormalizedLogistic(zero_sum))),
        Activation::Exp => Ok(x.with(Activation::Softmax)),
        Activation::Clip { low: -1.0, high: 1.0, scale, offset } if scale == offset => {
            Ok(x.with(Activation::NormalizedClip(zero_sum)))
        }
        Activation::Clip { .. } => steps.push(x, Step::Normalize(Norm::L1.into())),
        Activation::None | Activation::OnePlusExp | Activation::Votes | Activation::Probabilities => {
            Err(node.unexpected())
        }
    }
}

/// `x` plus one number for each column.
fn shift(steps: &mut StepBuilder, node: &Node<'_>, x: &Symbol, terms: &[f64]) -> Result<Value> {
    if let (Activation::Clip { low, high, scale, offset }, Some(term)) = (x.activation, same_for_all(terms)) {
        let offset = offset + term;
        Ok(Value::from(clipped(x, Activation::Clip { low, high, scale, offset })))
    } else {
        let x = steps.plain_rows(node, x)?;
        Ok(Value::from(Symbol { affine: x.affine.shifted(|column| terms[column]), ..x }))
    }
}

/// `x` times one number for each column.
fn scale(steps: &mut StepBuilder, node: &Node<'_>, x: &Symbol, factors: &[f64]) -> Result<Symbol> {
    if let (Activation::Clip { low, high, scale, offset }, Some(factor)) =
        (x.activation, same_for_all(factors))
    {
        let (scale, offset) = (scale * factor, offset * factor);
        Ok(clipped(x, Activation::Clip { low, high, scale, offset }))
    } else {
        let x = steps.plain_rows(node, x)?;
        Ok(Symbol { affine: x.affine.scaled(|column| factors[column]), ..x })
    }
}

/// The number that all of them are, if they are the same.
fn same_for_all(values: &[f64]) -> Option<f64> {
    values.first().copied().filter(|first| values.iter().all(|value| value == first))
}

/// Gives `x` this clip; one that falls, over bounds around zero, is written as
/// one that rises with the negated score, so that `1 - p` and `p` look alike.
fn clipped(x: &Symbol, activation: Activation) -> Symbol {
    match activation {
        Activation::Clip { low, high, scale, offset } if scale < 0.0 && low == -high => Symbol {
            affine: x.affine.clone().scaled(|_| -1.0),
            activation: Activation::Clip { low, high, scale: -scale, offset },
            ..x.clone()
        },
        _ => x.with(activation),
    }
}

/// A list in the place of a matrix may be one column to somebody else.
fn wrong_shape(dims: &[usize], width: usize) -> Error {
    if let [len] = dims
        && *len == width
    {
        return Error::unsupported("a product with a list");
    }
    Error::malformed(format!("a matrix of shape {dims:?} does not fit rows of {width} values"))
}
