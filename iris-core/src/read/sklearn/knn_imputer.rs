//! `KNNImputer`: a missing value replaced by what the rows nearest to it have there.
//!
//! Where several rows are equally near, numpy's partition leaves open which of
//! them count; here it is the first ones.

use super::estimator::Estimator;
use super::flow::{Flow, Numbers, Output, Rows};
use super::missing_indicator;
use super::value::Value;
use crate::error::{Error, Result};
use crate::program::{NeighborsImpute, Step, Weights};

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let width = rows.width();
    let missing = Value::attribute(estimator, "missing_values")?;
    let sentinel = match missing {
        Value::Missing | Value::None => f64::NAN,
        Value::Number(number) => number,
        Value::Text(_) => {
            return Err(estimator.unexpected("missing_values", estimator.required("missing_values")?));
        }
    };
    let numbers = flow.numbers(rows.clone())?;
    let impute = neighbors(estimator, width, sentinel)?;
    flow.spend(impute.scratch_len().saturating_add(width).saturating_mul(width))?;
    // A column that had no value while fitting is dropped.
    let keeps = estimator.flag("keep_empty_features", false)?;
    let kept: Vec<usize> = (0..width).filter(|column| keeps || impute.is_known(*column)).collect();
    if kept.is_empty() {
        return Err(Error::unsupported("it leaves no column"));
    }
    let Numbers { source, affine } = flow.stepped(numbers, Step::NeighborsImpute(impute))?;
    let filled = flow.mapped(source, affine.columns(&kept))?;
    let flags = if estimator.flag("add_indicator", false)? {
        let indicator = flow.open(estimator.required("indicator_")?)?;
        missing_indicator::features(&indicator, width)?
    } else {
        Vec::new()
    };
    if flags.is_empty() {
        return Ok(filled.into());
    }
    let flags = missing_indicator::flags(flow, &rows, &missing, &flags)?;
    flow.concat(vec![filled.into(), flags.into()]).map(Output::Rows)
}

fn neighbors(estimator: &Estimator<'_, '_>, width: usize, missing: f64) -> Result<NeighborsImpute> {
    if estimator.text("metric") != Some("nan_euclidean") {
        return Err(estimator.unexpected("metric", estimator.required("metric")?));
    }
    let weights = match estimator.text("weights") {
        Some("uniform") => Weights::Uniform,
        Some("distance") => Weights::Distance,
        _ => return Err(estimator.unexpected("weights", estimator.required("weights")?)),
    };
    let values = estimator.table("_fit_X", width)?;
    let n_neighbors = estimator.size("n_neighbors")?;
    if n_neighbors == 0 || values.iter().any(|value| value.is_infinite()) {
        return Err(Error::malformed("it has no neighbours, or some infinitely far"));
    }
    Ok(NeighborsImpute::new(width, values, missing, n_neighbors, weights))
}
