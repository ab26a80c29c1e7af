//! `Where`: one of two, for each place.

use super::super::call::Call;
use super::super::planner::Planner;
use super::super::shape::{spread, spread_shape};
use super::super::value::{Known, MAX_AMONG, Texts, Value};
use super::texts;
use crate::error::Result;
use crate::program::{Impute, Step, What};

/// One of two, for each place; where a number is missing another may be filled in.
pub(super) fn choice(planner: &mut Planner<'_>, call: &Call<'_>) -> Result<Value> {
    let which = call.numbers(0)?;
    let (a, b) = (call.input(1)?, call.input(2)?);
    if let Some(filled) = filled_in(planner, which, a, b)? {
        return Ok(filled);
    }
    let (a, b) = match (&a.texts, &b.texts) {
        (Texts::None, Texts::None) => (a.clone(), b.clone()),
        _ => texts::in_one_vocabulary(planner, a, b)?,
    };
    let shape = spread_shape(&[&which.shape, &a.shape, &b.shape])?;
    let made = planner.each(&[which, &a, &b], shape, a.kind, |operands| {
        let (b, a) = (operands.swap_remove(2), operands.swap_remove(1));
        What::Choice(operands.swap_remove(0), a, b)
    })?;
    let values = |value: &Value| match (&value.known.among, value.as_constant()) {
        (Some(among), _) => Some(among.to_vec()),
        (None, Some(numbers)) if numbers.len() <= MAX_AMONG => Some(numbers.to_vec()),
        _ => None,
    };
    let known = match (values(&a), values(&b)) {
        // The one that stands where it is not so is the first of two classes.
        (Some(a), Some(b)) => Known::among(b.into_iter().chain(a)),
        _ => Known {
            above: b.known.above.or(a.known.above),
            ..Known::within(a.known.low.min(b.known.low), a.known.high.max(b.known.high))
        },
    };
    let texts = a.texts;
    Ok(Value { texts, ..made.with(known) })
}

fn filled_in(planner: &mut Planner<'_>, which: &Value, a: &Value, b: &Value) -> Result<Option<Value>> {
    let (Some(which), Some(fill), Some(source)) = (which.source(), a.as_constant(), b.source()) else {
        return Ok(None);
    };
    if !planner.is_missing_of(which, source) || spread(&a.shape, &b.shape).is_err() {
        return Ok(None);
    }
    planner.steps.spend(b.len())?;
    let places = spread(&a.shape, &b.shape)?;
    let fill = places.iter().map(|place| fill[*place as usize]).collect();
    let filled = planner.steps.step(Step::Impute(Impute { fill, missing: f64::NAN }), source);
    Ok(Some(Value::computed(b.shape.clone(), b.kind, filled)))
}
