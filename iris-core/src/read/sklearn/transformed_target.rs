//! `TransformedTargetRegressor`: a regressor whose targets were transformed, and the way back.

use super::estimator::Estimator;
use super::flow::{Answer, Flow, Output, Rows};
use super::inverse;
use crate::error::Result;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let answer = flow.answer(estimator.required("regressor_")?, rows)?;
    let values = answer.into_values()?;
    let values = inverse::of(flow, estimator.required("transformer_")?, values)
        .map_err(|error| error.within("the transformer of the target"))?;
    if estimator.get("_training_dim").and_then(|id| estimator.objects.size(id)) == Some(1) {
        flow.answer_column(false);
    }
    Ok(Output::Answer(Answer::Values(values)))
}
