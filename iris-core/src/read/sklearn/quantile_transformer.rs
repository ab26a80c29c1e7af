//! `QuantileTransformer`: where a value stands among those that were seen.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use crate::error::{Error, Result};
use crate::program::{Quantiles, Step};
use crate::read::transposed;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let rows = flow.numbers(rows)?;
    let is_normal = match estimator.text("output_distribution") {
        Some("normal") => true,
        Some("uniform") => false,
        _ => {
            let id = estimator.required("output_distribution")?;
            return Err(estimator.unexpected("output_distribution", id));
        }
    };
    let quantiles = estimator.table("quantiles_", rows.width())?;
    let n_quantiles = quantiles.len() / rows.width();
    let references = estimator.column_numbers("references_", n_quantiles)?;
    if !quantiles.iter().chain(&references).all(|value| value.is_finite()) {
        return Err(Error::unsupported("'quantiles_' are not all numbers"));
    }
    flow.spend(quantiles.len())?;
    let by_column = transposed(&quantiles, rows.width(), |value| *value);
    let columns = by_column.chunks_exact(n_quantiles).map(<[f64]>::to_vec).collect();
    let step = Quantiles { references, columns, is_normal };
    flow.stepped(rows, Step::Quantiles(step)).map(Output::from)
}
