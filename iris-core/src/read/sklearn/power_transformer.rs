//! `PowerTransformer`: powers of each column, and what they come to scaled.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use crate::error::{Error, Result};
use crate::program::{Family, Power, Step};

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let rows = flow.numbers(rows)?;
    let lambdas = estimator.column_numbers("lambdas_", rows.width())?;
    if !lambdas.iter().all(|lambda| lambda.is_finite()) {
        return Err(Error::unsupported("'lambdas_' has none for a column, which had no value while fitting"));
    }
    let family = match estimator.text("method") {
        Some("box-cox") => Family::BoxCox,
        Some("yeo-johnson") if estimator.is_since(1, 9) => Family::YeoJohnson,
        Some("yeo-johnson") => Family::YeoJohnsonByPowers,
        _ => return Err(estimator.unexpected("method", estimator.required("method")?)),
    };
    let rows = Rows::from(flow.stepped(rows, Step::Power(Power { family, lambdas }))?);
    if estimator.flag("standardize", true)? {
        return flow.transformed(estimator.required("_scaler")?, rows).map(Output::Rows);
    }
    Ok(Output::Rows(rows))
}
