//! `PoissonRegressor`, `GammaRegressor`, `TweedieRegressor`: an inverse link of a linear prediction.
//!
//! Releases keep the link in `_link_instance` (to 1.0), `_linear_loss` (1.1) or
//! `_base_loss`; what these are made of, `link` and `power`, is the same in all.

use super::estimator::Estimator;
use super::flow::{Answer, Flow, Output, Rows};
use super::linear;
use crate::error::{Error, Result};
use crate::program::{Function, Step};

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let values = linear::scores(estimator, flow, rows)?;
    let values =
        if is_identity(estimator)? { values } else { flow.stepped(values, Step::Function(Function::EXP))? };
    Ok(Output::Answer(Answer::Values(values)))
}

fn is_identity(estimator: &Estimator<'_, '_>) -> Result<bool> {
    if !estimator.is("linear_model", "TweedieRegressor") {
        return Ok(false);
    }
    match estimator.text("link") {
        Some("log") => Ok(false),
        Some("identity") => Ok(true),
        Some("auto") => match estimator.numbers("power")?.values.as_slice() {
            [power] => Ok(*power <= 0.0),
            _ => Err(Error::malformed("'power' is not one number")),
        },
        _ => {
            let link = estimator.required("link")?;
            Err(estimator.unexpected("link", link))
        }
    }
}
