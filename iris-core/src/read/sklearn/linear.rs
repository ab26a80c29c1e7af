//! What the linear estimators have in common: `coef_` and `intercept_`.

use super::estimator::Estimator;
use super::flow::{Answer, Flow, Numbers, Output, Rows, check_finite};
use super::sparse_matrix;
use crate::error::{Error, Result};
use crate::linear::Link;
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
    Ok(Output::Answer(Answer::Scores { scores, link, labels }))
}

/// `x · coef_ᵀ + intercept_`
pub(super) fn scores(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Numbers> {
    let rows = flow.numbers(rows)?;
    let width = rows.width();
    let sparse = match estimator.get("coef_") {
        Some(id) => sparse_matrix::table(flow, id, width)?,
        None => None,
    };
    let coefficients = match sparse {
        Some(table) => table,
        None => estimator.table("coef_", width)?,
    };
    let n_scores = coefficients.len() / width;
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
    let scores = flow.times(&rows.affine, &transposed(&coefficients, width), n_scores)?.shifted(intercept);
    check_finite(&scores)?;
    Ok(Numbers { source: rows.source, affine: scores })
}

/// Rows and columns that are turned at a time: a tile of both tables stays in the first-level cache.
const TILE: usize = 32;

/// The columns of a table as its rows.
pub(super) fn transposed(table: &[f64], width: usize) -> Vec<f64> {
    let height = table.len().checked_div(width).unwrap_or(0);
    let mut turned = vec![0.0; height * width];
    for first_row in (0..height).step_by(TILE) {
        for first_column in (0..width).step_by(TILE) {
            for row in first_row..height.min(first_row + TILE) {
                for column in first_column..width.min(first_column + TILE) {
                    turned[column * height + row] = table[row * width + column];
                }
            }
        }
    }
    turned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_columns_whatever_tiles_are_left() {
        for (height, width) in [(0, 3), (1, 1), (2, 3), (33, 65), (64, 32)] {
            let table: Vec<f64> =
                (0..height * width).map(|index| f64::from(u32::try_from(index).unwrap())).collect();
            let turned = transposed(&table, width);
            assert_eq!(turned.len(), table.len());
            for row in 0..height {
                for column in 0..width {
                    assert_eq!(turned[column * height + row], table[row * width + column]);
                }
            }
        }
        assert!(transposed(&[], 0).is_empty());
    }
}
