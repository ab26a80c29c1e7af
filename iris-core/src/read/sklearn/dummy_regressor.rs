//! `DummyRegressor`: a number a target, whatever comes.

use super::estimator::Estimator;
use super::flow::{Answer, Flow, Output, Rows};
use crate::error::{Error, Result};

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let values = estimator.numbers("constant_")?.values;
    if values.is_empty() {
        return Err(Error::malformed("'constant_' has no number"));
    }
    flow.answer_column(false);
    Ok(Output::Answer(Answer::Values(flow.constant(&rows, &values)?)))
}
