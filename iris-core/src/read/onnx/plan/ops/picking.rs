//! Operators that take numbers of a tensor by their places.

use super::super::call::Call;
use super::super::planner::Planner;
use super::super::shape::{self, strides};
use super::super::value::{Known, MAX_AMONG, Value};
use crate::error::{Error, Result};
use crate::program::{PickBy, What};

/// Columns, by their places: as `Gather` along the last axis.
pub(super) fn array_feature_extractor(planner: &mut Planner<'_>, call: &Call<'_>) -> Result<Value> {
    let table = call.input(0)?;
    let by = call.numbers(1)?;
    let by = by.reshaped(vec![by.len()]);
    // A list is one row of a matrix.
    let table = if table.rank() == 1 { table.reshaped(vec![1, table.len()]) } else { table.clone() };
    let axis = table.rank().checked_sub(1).ok_or_else(|| Error::malformed("columns of a single number"))?;
    gathered(planner, &table, &by, axis)
}

pub(super) fn gather(planner: &mut Planner<'_>, call: &Call<'_>) -> Result<Value> {
    let table = call.input(0)?;
    let axis = table.axis(call.node.int("axis", 0))?;
    gathered(planner, table, call.numbers(1)?, axis)
}

fn gathered(planner: &mut Planner<'_>, table: &Value, by: &Value, axis: usize) -> Result<Value> {
    let n = table.shape[axis];
    let mut shape = table.shape[..axis].to_vec();
    shape.extend(&by.shape);
    shape.extend(&table.shape[axis + 1..]);
    let width = shape::len(&shape)?;
    if n == 0 {
        return Err(Error::unsupported("places in a tensor that has no elements"));
    }
    let inner: usize = table.shape[axis + 1..].iter().product();
    if let Some(numbers) = by.as_constant() {
        let picked = numbers.iter().map(|number| place(*number, n)).collect::<Result<Vec<_>>>()?;
        planner.steps.spend(width)?;
        let outer: usize = table.shape[..axis].iter().product();
        let lines = (0..outer).flat_map(|line| picked.iter().map(move |place| (line * n + place) * inner));
        let places = lines.flat_map(|start| start..start + inner);
        let places = places.map(|place| u32::try_from(place).unwrap_or(u32::MAX)).collect();
        return planner.pick(table, places, shape);
    }
    if by.known.high.is_finite() && by.known.high >= shape::number(n) {
        return Err(Error::malformed(format!("{n} elements, where place {} is asked for", by.known.high)));
    }
    let n_picked = by.len();
    if n_picked == 0 || inner == 0 {
        return Err(Error::unsupported("no places of a tensor"));
    }
    picked(planner, table, by, shape, (n, inner, n_picked, false))
}

pub(super) fn gather_elements(planner: &mut Planner<'_>, call: &Call<'_>) -> Result<Value> {
    let (table, by) = (call.input(0)?, call.numbers(1)?);
    let axis = table.axis(call.node.int("axis", 0))?;
    let fits = |(place, dim): (usize, &usize)| place == axis || table.shape[place] == *dim;
    if by.rank() != table.rank() || !by.shape.iter().enumerate().all(fits) || by.len() == 0 {
        return Err(Error::unsupported(format!("places of {} in {}", by.describe(), table.describe())));
    }
    let n = table.shape[axis];
    let inner: usize = table.shape[axis + 1..].iter().product();
    if let Some(numbers) = by.as_constant() {
        let of_table = strides(&table.shape);
        let n_picked = by.shape[axis];
        let places = numbers.iter().enumerate().map(|(index, number)| {
            let place = place(*number, n)?;
            let (line, within) = (index / (n_picked * inner), index % inner);
            let place = line * n * inner + place * of_table[axis] + within;
            u32::try_from(place).map_err(|_| shape::too_large())
        });
        let places = places.collect::<Result<_>>()?;
        planner.steps.spend(numbers.len())?;
        return planner.pick(table, places, by.shape.clone());
    }
    picked(planner, table, by, by.shape.clone(), (n, inner, by.shape[axis], true))
}

fn picked(
    planner: &mut Planner<'_>,
    table: &Value,
    by: &Value,
    shape: Vec<usize>,
    (n, inner, n_picked, is_each): (usize, usize, usize, bool),
) -> Result<Value> {
    let made = planner.whole(&[table, by], shape, table.kind, |operands| {
        let by = operands.swap_remove(1);
        What::PickBy(PickBy { table: operands.swap_remove(0), n, inner, by, n_picked, is_each })
    })?;
    // What is picked is one of the table's numbers.
    let known = match (&table.known.among, table.as_constant()) {
        (Some(_), _) => Known { above: None, ..table.known.clone() },
        (None, Some(numbers)) if numbers.len() <= MAX_AMONG => Known::among(numbers.iter().copied()),
        _ => Known::within(table.known.low, table.known.high),
    };
    Ok(Value { texts: table.texts.clone(), ..made.with(known) })
}

/// A place that a file names, counted from the end where it is negative.
fn place(number: f64, n: usize) -> Result<usize> {
    #[expect(clippy::cast_possible_truncation, reason = "places are whole numbers")]
    super::super::value::axis_of(number as i64, n)
        .map_err(|_| Error::malformed(format!("place {number} of {n}")))
}
