//! `categories_`: what an encoder knows of each column, as tables to look values up in.

use super::estimator::Estimator;
use super::flow::{Flow, Rows};
use super::value::Value;
use crate::error::{Error, Result};
use crate::program::{Keys, Otherwise, Table};
use crate::read::pickle::{Object, ObjectId};

/// The categories of each column, as the encoder has them.
pub(super) fn of(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    width: usize,
) -> Result<Vec<Vec<Value>>> {
    let id = estimator.required("categories_")?;
    let arrays: Vec<ObjectId> =
        estimator.objects.items(id).ok_or_else(|| estimator.unexpected("categories_", id))?.to_vec();
    if arrays.len() != width {
        let message = format!("'categories_' are of {} columns where {width} come in", arrays.len());
        return Err(Error::malformed(message));
    }
    arrays
        .into_iter()
        .map(|array| match estimator.objects.get(array) {
            Object::Array(array) => Value::all(array, flow).map_err(|error| error.within("'categories_'")),
            _ => Err(estimator.unexpected("categories_", array)),
        })
        .collect()
}

/// A table of what stands for each category of a column, for missing values
/// that are no category, and for what is not known.
pub(super) fn table(
    flow: &mut Flow<'_, '_>,
    rows: &Rows,
    column: usize,
    categories: &[(Value, f64)],
    unknown: Otherwise,
) -> Result<Table> {
    flow.spend(4 * categories.len())?;
    let of = |wanted: Value| categories.iter().find(|(category, _)| *category == wanted);
    let missing = of(Value::Missing).or_else(|| of(Value::None));
    let missing = missing.map_or(unknown, |(_, value)| Otherwise::Value(*value));
    let (keys, values) = if categories.iter().any(|(category, _)| matches!(category, Value::Text(_))) {
        (Keys::Codes, texts(flow, rows, column, categories, unknown)?)
    } else {
        numbers(flow, rows, column, categories)?
    };
    Ok(Table { keys, values, missing, unknown })
}

fn texts(
    flow: &mut Flow<'_, '_>,
    rows: &Rows,
    column: usize,
    categories: &[(Value, f64)],
    unknown: Otherwise,
) -> Result<Vec<Option<f64>>> {
    let Some(known) = flow.categories(rows, column) else {
        return Err(Error::unsupported(format!(
            "its column {column} holds numbers, where it was fitted on texts"
        )));
    };
    let mut values = Vec::new();
    for (category, value) in categories {
        match category {
            Value::Text(text) => {
                let code = known.learn(text) as usize;
                values.resize(values.len().max(code + 1), None);
                values[code] = Some(*value);
            }
            Value::Missing | Value::None => {}
            Value::Number(_) => {
                return Err(Error::unsupported(format!("its column {column} holds both texts and numbers")));
            }
        }
    }
    if unknown == Otherwise::Refuse {
        known.refuse_unknown();
    }
    // Other encoders of the same column may have made its vocabulary longer than this one's.
    flow.spend(2 * values.len())?;
    Ok(values)
}

fn numbers(
    flow: &mut Flow<'_, '_>,
    rows: &Rows,
    column: usize,
    categories: &[(Value, f64)],
) -> Result<(Keys, Vec<Option<f64>>)> {
    if !flow.holds_numbers(rows, column) {
        return Err(Error::unsupported(format!(
            "its column {column} holds texts, where it was fitted on numbers"
        )));
    }
    let mut numbers: Vec<(f64, f64)> = categories
        .iter()
        .filter_map(|(category, value)| match category {
            Value::Number(number) => Some((*number, *value)),
            _ => None,
        })
        .collect();
    numbers.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (keys, values) = numbers.into_iter().map(|(key, value)| (key, Some(value))).unzip();
    Ok((Keys::Numbers(keys), values))
}
