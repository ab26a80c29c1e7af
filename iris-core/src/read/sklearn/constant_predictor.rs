//! `_ConstantPredictor`: the member of a composite that has seen one class alone.

use super::estimator::Estimator;
use super::flow::{Answer, ClassAnswer, Flow, Output, Rows};
use crate::error::{Error, Result};
use crate::schema::Labels;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let values = estimator.numbers("y_")?.values;
    let [class] = values.as_slice() else {
        return Err(Error::malformed(format!("'y_' has {} numbers instead of one", values.len())));
    };
    // As scikit-learn has it, also of a class that is called -1.
    let probabilities = flow.constant(&rows, &[1.0 - class, *class])?;
    let score = flow.constant(&rows, &[*class])?;
    Ok(Output::Answer(Answer::Classes(ClassAnswer {
        labels: Labels::Integers(vec![0, 1]),
        votes: probabilities.clone(),
        scores: Some(score),
        probabilities: Some(probabilities),
    })))
}
