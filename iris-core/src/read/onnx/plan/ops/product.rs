//! Matrix products.

use super::super::call::Call;
use super::super::planner::Planner;
use super::super::shape;
use super::super::value::{Kind, Known, Value};
use super::elementwise::two;
use super::moving::transposed;
use super::sparse;
use crate::error::{Error, Result};
use crate::program::{Product, Two, What};

pub(super) fn mat_mul(planner: &mut Planner<'_>, call: &Call<'_>) -> Result<Value> {
    product(planner, call.not_empty(0)?, call.not_empty(1)?)
}

/// `alpha · A · B + beta · C`, either of the first two turned.
pub(super) fn gemm(planner: &mut Planner<'_>, call: &Call<'_>) -> Result<Value> {
    let turned = |planner: &mut Planner<'_>, index: usize, attribute: &str| -> Result<Value> {
        let value = call.not_empty(index)?;
        if value.rank() != 2 {
            return Err(Error::malformed(format!("{}, which is no matrix", value.describe())));
        }
        if index == 0 && call.node.int(attribute, 0) != 0 && value.as_constant().is_none() {
            return Err(Error::unsupported("transA of what is computed: a product over the rows of a batch"));
        }
        if call.node.int(attribute, 0) == 0 { Ok(value.clone()) } else { transposed(planner, value, &[1, 0]) }
    };
    let (a, b) = (turned(planner, 0, "transA")?, turned(planner, 1, "transB")?);
    let mut sum = product(planner, &a, &b)?;
    let scaled = |planner: &mut Planner<'_>, value: Value, factor: f64| {
        if factor == 1.0 {
            return Ok(value);
        }
        let factor = Value::constant(Vec::new(), value.kind, vec![factor]);
        two(planner, Two::Mul, &value, &factor)
    };
    sum = scaled(planner, sum, call.node.float("alpha", 1.0))?;
    match call.optional(2) {
        None => Ok(sum),
        Some(c) => {
            let c = scaled(planner, c.clone(), call.node.float("beta", 1.0))?;
            two(planner, Two::Add, &sum, &c)
        }
    }
}

/// A product of matrices; a list is a row on the left, and a column on the right.
pub(super) fn product(planner: &mut Planner<'_>, a: &Value, b: &Value) -> Result<Value> {
    let unfit = || Error::malformed(format!("{} times {}", a.describe(), b.describe()));
    let left = if a.rank() == 1 { a.reshaped(vec![1, a.len()]) } else { a.clone() };
    let right = if b.rank() == 1 { b.reshaped(vec![b.len(), 1]) } else { b.clone() };
    let ([.., n_rows, n], [.., n_right, n_columns]) = (&left.shape[..], &right.shape[..]) else {
        return Err(unfit());
    };
    if n != n_right {
        return Err(unfit());
    }
    let (left_outer, right_outer) = (&left.shape[..left.rank() - 2], &right.shape[..right.rank() - 2]);
    let n_right_outer: usize = right_outer.iter().product();
    let n_rows = match right_outer {
        // Matrices that are all multiplied with one are one.
        _ if n_right_outer == 1 => n_rows * left_outer.iter().product::<usize>(),
        _ if left_outer == right_outer => *n_rows,
        _ => return Err(Error::unsupported(format!("{} times {}", a.describe(), b.describe()))),
    };
    let mut shape = left_outer.to_vec();
    if a.rank() > 1 {
        shape.push(left.shape[left.rank() - 2]);
    }
    if b.rank() > 1 {
        shape.push(*n_columns);
    }
    let (n, n_columns) = (*n, *n_columns);
    let numbers = [a, b].into_iter().filter_map(Value::as_constant).flat_map(|numbers| numbers.iter());
    if let Some(number) = numbers.clone().find(|number| !number.is_finite()) {
        return Err(Error::malformed(format!("a matrix holds {number}, which is not finite")));
    }
    // What a file of a few bytes can have multiplied is bounded as what it can have stored.
    planner.steps.spend(shape::len(&shape)?.saturating_mul(n) / 8)?;
    if let Some(made) = sparse::product(planner, &left, &right) {
        return Ok(made.reshaped(shape));
    }
    let kind = if a.kind == Kind::Double { Kind::Double } else { a.kind };
    let made = planner.whole(&[&left, &right], shape, kind, |operands| {
        let right = operands.swap_remove(1);
        What::Product(Product { left: operands.swap_remove(0), right, n_rows, n, n_columns })
    })?;
    Ok(if made.as_constant().is_some() { made } else { made.with(bounds(a, b, n)) })
}

/// Numbers that are not negative make none that are, and shares of shares are shares.
fn bounds(a: &Value, b: &Value, n: usize) -> Known {
    if a.known.low >= 0.0 && b.known.low >= 0.0 {
        #[expect(clippy::cast_precision_loss, reason = "a tensor has fewer than 2^32 numbers")]
        return Known::within(0.0, a.known.high * b.known.high * n as f64);
    }
    Known::NOTHING
}
