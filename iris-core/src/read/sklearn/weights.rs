//! `transformer_weights`: what a branch's output is multiplied by.

use super::estimator::Estimator;
use super::flow::{Flow, Rows};
use crate::error::Result;
use crate::read::pickle::Object;

/// A branch's output by its weight, if it has one.
pub(super) fn weighted(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    name: &str,
    rows: Rows,
) -> Result<Rows> {
    let Some(id) = estimator.get("transformer_weights") else { return Ok(rows) };
    let weight = match estimator.objects.get(id) {
        Object::None => return Ok(rows),
        Object::Dict(entries) => {
            let named = entries.iter().rev().find(|(key, _)| estimator.objects.text(*key) == Some(name));
            match named.map(|(_, weight)| *weight) {
                None => return Ok(rows),
                Some(weight) if matches!(estimator.objects.get(weight), Object::None) => return Ok(rows),
                Some(weight) => estimator.objects.float(weight),
            }
        }
        _ => None,
    };
    let weight = weight.ok_or_else(|| estimator.unexpected("transformer_weights", id))?;
    let numbers = flow.numbers(rows)?;
    flow.mapped(numbers.source, numbers.affine.scaled(|_| weight)).map(Rows::from)
}
