//! `SimpleImputer`: a missing value replaced by one of its column's, a number or a text.

use super::estimator::Estimator;
use super::flow::{Flow, Numbers, Output, Rows};
use super::missing_indicator;
use super::value::Value;
use crate::error::{Error, Result};
use crate::program::{Impute, Keys, LookUp, Otherwise, Step, Table};
use crate::read::pickle::Object;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let missing = Value::attribute(estimator, "missing_values")?;
    let statistics = statistics(estimator, flow, rows.width())?;
    let indicator = if estimator.flag("add_indicator", false)? {
        Some(missing_indicator::features(&flow.open(estimator.required("indicator_")?)?, rows.width())?)
    } else {
        None
    };
    let flags = match indicator {
        Some(features) if !features.is_empty() => {
            Some(missing_indicator::flags(flow, &rows, &missing, &features)?)
        }
        _ => None,
    };
    // A column that had no value while fitting has no statistic, and is dropped.
    let fill_value = estimator.get("fill_value").and_then(|id| estimator.objects.float(id));
    let keeps = fill_value.is_some_and(f64::is_nan) || estimator.flag("keep_empty_features", false)?;
    let kept: Vec<usize> =
        (0..statistics.len()).filter(|column| keeps || !statistics[*column].is_missing()).collect();
    let is_filled = |column: &usize| match &statistics[*column] {
        Value::Number(value) => value.is_finite(),
        Value::Text(_) => true,
        Value::Missing | Value::None => false,
    };
    if kept.is_empty() || !kept.iter().all(is_filled) {
        return Err(Error::unsupported("'statistics_' has no value for a column that it keeps"));
    }
    let is_single = estimator.is_single("_fill_dtype");
    let of = |column: &usize| &statistics[*column];
    let filled = if kept.len() < rows.width() && matches!(missing, Value::Number(_)) {
        // Where a number stands for missing values, NaN is refused also in columns that are dropped.
        let any = Value::Number(0.0);
        let all: Vec<&Value> = statistics.iter().map(|of| if of.is_missing() { &any } else { of }).collect();
        let filled = fill(flow, rows, &missing, &all, is_single)?;
        flow.select(&filled, &kept)?
    } else {
        let rows = if kept.len() == rows.width() { rows } else { flow.select(&rows, &kept)? };
        fill(flow, rows, &missing, &kept.iter().map(of).collect::<Vec<_>>(), is_single)?
    };
    match flags {
        Some(flags) => flow.concat(vec![filled, flags.into()]).map(Output::Rows),
        None => Ok(Output::Rows(filled)),
    }
}

/// What each column is filled with.
fn statistics(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, width: usize) -> Result<Vec<Value>> {
    let id = estimator.required("statistics_")?;
    let Object::Array(array) = estimator.objects.get(id) else {
        return Err(estimator.unexpected("statistics_", id));
    };
    if array.shape() != [width] {
        let message = format!("'statistics_' is of shape {:?} where {width} columns come in", array.shape());
        return Err(Error::malformed(message));
    }
    Value::all(array, flow).map_err(|error| error.within("'statistics_'"))
}

/// The columns with each missing value replaced.
fn fill(
    flow: &mut Flow<'_, '_>,
    rows: Rows,
    missing: &Value,
    statistics: &[&Value],
    is_single: bool,
) -> Result<Rows> {
    let numbers: Option<Vec<f64>> = statistics
        .iter()
        .map(|value| match value {
            Value::Number(number) => Some(*number),
            _ => None,
        })
        .collect();
    if let (Some(mut fill), Value::Number(_) | Value::Missing | Value::None) = (numbers, missing) {
        if is_single {
            // What was fitted on floats of single precision fills in such.
            for value in &mut fill {
                #[expect(clippy::cast_possible_truncation, reason = "this is the rounding")]
                let rounded = f64::from(*value as f32);
                *value = rounded;
            }
        }
        let missing = if let Value::Number(number) = missing { *number } else { f64::NAN };
        let numbers = flow.numbers(rows.clone())?;
        let filled = flow.stepped(numbers, Step::Impute(Impute { fill, missing }))?;
        return Ok(rows.filled(filled));
    }
    let tables: Result<Vec<_>> = statistics
        .iter()
        .enumerate()
        .map(|(column, fill)| Ok((column, table(flow, &rows, column, missing, fill)?)))
        .collect();
    let filled: Numbers = flow.looked_up(rows.clone(), Step::LookUp(LookUp { outputs: tables? }))?;
    Ok(rows.filled(filled))
}

/// A column's table, which keeps what is not missing.
fn table(
    flow: &mut Flow<'_, '_>,
    rows: &Rows,
    column: usize,
    missing: &Value,
    fill: &Value,
) -> Result<Table> {
    let mixed = || Error::unsupported(format!("its column {column} holds both texts and numbers"));
    match fill {
        Value::Text(fill) => {
            let known = flow.categories(rows, column).ok_or_else(mixed)?;
            let fill = f64::from(known.learn(fill));
            let mut values = Vec::new();
            let missing = match missing {
                Value::Missing | Value::None => Otherwise::Value(fill),
                // Where a text stands for missing values, NaN is refused.
                Value::Text(missing) => {
                    values.resize(known.learn(missing) as usize, None);
                    values.push(Some(fill));
                    Otherwise::Refuse
                }
                Value::Number(_) => Otherwise::Refuse,
            };
            Ok(Table { keys: Keys::Codes, values, missing, unknown: Otherwise::Keep })
        }
        Value::Number(fill) => {
            if !flow.holds_numbers(rows, column) {
                return Err(mixed());
            }
            let (keys, values, missing) = match missing {
                Value::Missing | Value::None => (Vec::new(), Vec::new(), Otherwise::Value(*fill)),
                Value::Number(missing) => (vec![*missing], vec![Some(*fill)], Otherwise::Refuse),
                Value::Text(_) => (Vec::new(), Vec::new(), Otherwise::Refuse),
            };
            Ok(Table { keys: Keys::Numbers(keys), values, missing, unknown: Otherwise::Keep })
        }
        Value::Missing | Value::None => {
            Err(Error::unsupported("'statistics_' has no value for a column that it keeps"))
        }
    }
}
