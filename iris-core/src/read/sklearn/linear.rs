//! What the linear estimators have in common: `coef_` and `intercept_`.

use super::estimator::Estimator;
use super::flow::{Answer, Flow, Numbers, Output, Rows, check_finite};
use super::sparse_matrix;
use crate::error::{Error, Result};
use crate::linear::Link;
use crate::read::transposed;
use crate::schema::Labels;

/// A classifier of these labels, with a score each or one for two.
pub(super) fn classifier(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
    labels: Labels,
    link: Link,
) -> Result<Output> {
    let mut scores = scores(estimator, flow, rows)?;
    if scores.width() == 1 {
        // The second class where it is positive; of equals the first counts, as of scores.
        scores.affine = scores.affine.for_two_classes();
    }
    labels.check(scores.width())?;
    Ok(Output::Answer(Answer::Scores { scores, link, labels, is_decision: true }))
}

/// `x · coef_ᵀ + intercept_`
pub(super) fn scores(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Numbers> {
    let rows = flow.numbers(rows)?;
    let width = rows.width();
    let sparse = match estimator.get("coef_") {
        Some(id) => sparse_matrix::table(flow, id, width)?,
        None => None,
    };
    let weights = match sparse {
        Some(table) => transposed(&table, width, |weight| *weight),
        None => estimator.turned_table("coef_", width)?,
    };
    let n_scores = weights.len() / width;
    flow.spend(rows.affine.n_inputs().saturating_mul(n_scores))?;
    let intercepts = estimator.numbers("intercept_")?.values;
    let intercept = |score: usize| match intercepts.as_slice() {
        // Without an intercept it is 0.0, however many scores there are.
        [one] => *one,
        several => several[score],
    };
    if intercepts.len() != 1 && intercepts.len() != n_scores {
        let message = format!("'intercept_' has {} numbers for {n_scores} scores", intercepts.len());
        return Err(Error::malformed(message));
    }
    let scores = flow.times(&rows.affine, weights, n_scores)?.shifted(intercept);
    check_finite(&scores)?;
    Ok(Numbers { source: rows.source, affine: scores })
}
