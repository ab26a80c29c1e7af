//! `TargetEncoder`: what the target was on average where a category occurred.

use super::categories;
use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use super::value::Value;
use crate::error::{Error, Result};
use crate::program::{LookUp, Otherwise, Step};
use crate::read::pickle::{Object, ObjectId};

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let categories = categories::of(estimator, flow, rows.width())?;
    // One, or of several classes one each.
    let means = estimator.numbers("target_mean_")?.values;
    let id = estimator.required("encodings_")?;
    let encodings: Vec<ObjectId> = estimator.objects.items(id).unwrap_or_default().to_vec();
    if means.is_empty() || Some(encodings.len()) != categories.len().checked_mul(means.len()) {
        let message = format!("'encodings_' are {} for {} columns", encodings.len(), categories.len());
        return Err(Error::malformed(message));
    }
    let mut outputs = Vec::with_capacity(encodings.len());
    for (column, (categories, encodings)) in categories.iter().zip(encodings.chunks(means.len())).enumerate()
    {
        for (encoding, mean) in encodings.iter().zip(&means) {
            let values = values(estimator, flow, *encoding, categories)?;
            let table = categories::table(flow, &rows, column, &values, Otherwise::Value(*mean))?;
            outputs.push((column, table));
        }
    }
    flow.looked_up(rows, Step::LookUp(LookUp { outputs })).map(Output::from)
}

/// The categories with what stands for each.
fn values(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    encoding: ObjectId,
    categories: &[Value],
) -> Result<Vec<(Value, f64)>> {
    let Object::Array(array) = estimator.objects.get(encoding) else {
        return Err(estimator.unexpected("encodings_", encoding));
    };
    let texts = categories.iter().map(|category| match category {
        Value::Text(text) => text.len() / 8,
        _ => 0,
    });
    flow.spend(texts.sum::<usize>() + 6 * categories.len() + array.len())?;
    let values = array.floats(estimator.objects).map_err(|error| error.within("'encodings_'"))?;
    if values.len() != categories.len() {
        return Err(Error::malformed("'encodings_' has not a number for each category"));
    }
    Ok(categories.iter().cloned().zip(values).collect())
}
