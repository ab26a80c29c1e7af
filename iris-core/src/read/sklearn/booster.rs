//! Boosters of other libraries within scikit-learn's estimators.

use super::flow::{Answer, ClassAnswer, Flow, Output, Rows};
use crate::error::{Error, Result};
use crate::program::Ending;
use crate::read::booster::Booster;
use crate::schema::{Labels, Task};

/// What a booster answers behind the columns that come to it: classes under these labels, or
/// under its own where the estimator has none.
pub(super) fn answer(
    booster: impl Booster,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
    labels: Option<Labels>,
) -> Result<Output> {
    let features = booster.features();
    if rows.width() != features.len() {
        let message =
            format!("its booster was trained on {} columns where {} come in", features.len(), rows.width());
        return Err(Error::malformed(message));
    }
    let task = booster.task();
    let numbers = flow.as_trained(rows, features)?;
    let ending = flow.planted(numbers, |program, columns| booster.plant(program, columns))?;
    let answer = match (ending, task) {
        (Ending::Values(values), Task::Regress { .. }) => Answer::Values(flow.plain(values)?),
        (Ending::Classes { votes, scores, probabilities }, Task::Classify { labels: own, .. }) => {
            let labels = labels.unwrap_or(own);
            let votes = flow.plain(votes)?;
            let scores = scores.map(|scores| flow.plain(scores)).transpose()?;
            let probabilities = probabilities.map(|each| flow.plain(each)).transpose()?;
            labels.check(votes.width())?;
            Answer::Classes(ClassAnswer { labels, votes, scores, probabilities })
        }
        _ => return Err(Error::malformed("its booster answers another question than its objective asks")),
    };
    Ok(Output::Answer(answer))
}
