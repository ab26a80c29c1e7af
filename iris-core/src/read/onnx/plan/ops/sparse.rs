//! What leaves a row of counted terms sparse, or makes sums of it: a row costs its own terms then.

use super::super::planner::Planner;
use super::super::value::{Kind, Known, Numbers, Value};
use crate::affine::Affine;
use crate::error::Result;
use crate::program::{Binarize, Function, One, Step, Two};

/// Each number times its factor.
pub(super) fn scaled(planner: &mut Planner<'_>, value: &Value, factors: &[f64]) -> Result<Value> {
    planner.steps.spend(2 * factors.len())?;
    let affine = Affine::identity(factors.len()).scaled(|column| factors[column]);
    let is_positive = factors.iter().all(|factor| *factor >= 0.0) && value.known.low >= 0.0;
    let known = Known::within(if is_positive { 0.0 } else { f64::NEG_INFINITY }, f64::INFINITY);
    Ok(stepped(planner, value, Step::Affine(affine), known))
}

/// A function of two tensors, if one is sparse and stays so.
pub(super) fn two(planner: &mut Planner<'_>, function: Two, a: &Value, b: &Value) -> Result<Option<Value>> {
    let (sparse, other) = if a.as_constant().is_some() { (b, a) } else { (a, b) };
    let Some(numbers) = other.as_constant().filter(|_| is_row(planner, sparse)) else { return Ok(None) };
    // A number for all, or one for each column.
    let fits =
        numbers.len() == 1 || numbers.len() == sparse.len() && other.shape.last() == Some(&sparse.len());
    let is_on_the_right = std::ptr::eq(other, b);
    if !fits || other.rank() > sparse.rank() {
        return Ok(None);
    }
    let number = |column: usize| numbers[if numbers.len() == 1 { 0 } else { column }];
    let factors: Vec<f64> = match function {
        Two::Mul => (0..sparse.len()).map(number).collect(),
        Two::Div if is_on_the_right => (0..sparse.len()).map(|column| 1.0 / number(column)).collect(),
        _ => return Ok(None),
    };
    let is_exact = function == Two::Mul || numbers.iter().all(|number| number.abs().log2().fract() == 0.0);
    if !is_exact || factors.iter().any(|factor| !factor.is_finite()) {
        return Ok(None);
    }
    scaled(planner, sparse, &factors).map(Some)
}

/// A function of each number of a sparse row, if zeros stay zeros.
pub(super) fn one(planner: &mut Planner<'_>, function: One, value: &Value) -> Option<Value> {
    if function == One::Log
        && let Some(below) = planner.one_below(value)
    {
        let known = Known::within(0.0, f64::INFINITY);
        return Some(stepped(planner, &below, Step::Function(Function::LOG1P), known));
    }
    if !is_row(planner, value) {
        return None;
    }
    match function {
        One::Same => Some(rounded(planner, value.clone())),
        One::Truth if value.known.low >= 0.0 => {
            let is_there = Step::Binarize(Binarize { threshold: 0.0 });
            let made = stepped(planner, value, is_there, Known::among([0.0, 1.0]));
            Some(Value { kind: Kind::Truth, ..made })
        }
        _ => None,
    }
}

/// The product with a matrix, by its rows.
pub(super) fn product(planner: &mut Planner<'_>, row: &Value, matrix: &Value) -> Option<Value> {
    let numbers = matrix.as_constant().filter(|_| is_row(planner, row))?;
    let [_, n_columns] = matrix.shape[..] else { return None };
    let affine = Affine::identity(row.len()).times(numbers.to_vec(), n_columns);
    let source = planner.steps.step(Step::Affine(affine), row.source()?);
    Some(rounded(planner, Value::computed(vec![1, n_columns], row.kind, source)))
}

/// Whether a value is one row of counted terms, most of which are zero.
pub(super) fn is_row(planner: &Planner<'_>, value: &Value) -> bool {
    let is_line = value.shape.iter().rev().skip(1).all(|dim| *dim == 1);
    is_line && value.source().is_some_and(|source| planner.steps.is_sparse(source))
}

fn stepped(planner: &mut Planner<'_>, value: &Value, step: Step, known: Known) -> Value {
    let Some(source) = value.source() else { return value.clone() };
    let made = Value::computed(value.shape.clone(), value.kind, planner.steps.step(step, source));
    rounded(planner, made.with(known))
}

fn rounded(planner: &mut Planner<'_>, value: Value) -> Value {
    match value.source() {
        Some(source) if value.kind == Kind::Single => {
            let source = planner.steps.step(Step::Single, source);
            Value { numbers: Numbers::Computed(source), ..value }
        }
        _ => value,
    }
}
