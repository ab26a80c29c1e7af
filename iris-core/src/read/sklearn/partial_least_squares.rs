//! `PLSRegression`, `PLSCanonical`, `CCA` and `PLSSVD`: as transformers, and all but the last as regressors.

use super::estimator::Estimator;
use super::flow::{Answer, Flow, Numbers, Output, Rows};
use crate::affine::Affine;
use crate::error::Result;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let rows = flow.numbers(rows)?;
    if flow.is_transforming() {
        return projected(estimator, flow, &rows, "x_rotations_").map(Output::from);
    }
    let width = rows.width();
    // The coefficients were turned in 1.1, took in the scales in 1.5, and until
    // 1.1 the mean of the target stood for the intercept.
    let is_turned = estimator.is_since(1, 1);
    let name = if is_turned && !estimator.is_since(1, 3) { "_coef_" } else { "coef_" };
    let (weights, n_targets) = if is_turned {
        let weights = estimator.turned_table(name, width)?;
        let n_targets = weights.len() / width;
        (weights, n_targets)
    } else {
        estimator.directions(name, width)?
    };
    let mean = centre(estimator, "_x_mean", "x_mean_");
    let mean = estimator.column_numbers(mean, width)?;
    let mut affine = rows.affine.clone().shifted(|column| -mean[column]);
    if !estimator.is_since(1, 5) {
        affine = by_scale(estimator, affine, width)?;
    }
    let name = if is_turned { "intercept_" } else { centre(estimator, "_y_mean", "y_mean_") };
    let intercept = estimator.column_numbers(name, n_targets)?;
    affine = flow.times(&affine, weights, n_targets)?.shifted(|target| intercept[target]);
    // Until 1.3 it answered a table of one target, too.
    flow.answer_column(!estimator.flag("_predict_1d", false)?);
    flow.mapped(rows.source, affine).map(|values| Output::Answer(Answer::Values(values)))
}

pub(super) fn build_svd(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    let rows = flow.numbers(rows)?;
    projected(estimator, flow, &rows, "x_weights_").map(Output::from)
}

/// Rows without mean and scale in the directions found.
fn projected(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: &Numbers,
    directions: &str,
) -> Result<Numbers> {
    let width = rows.width();
    let (directions, n_components) = estimator.directions(directions, width)?;
    let mean = estimator.column_numbers(centre(estimator, "_x_mean", "x_mean_"), width)?;
    let affine = rows.affine.clone().shifted(|column| -mean[column]);
    let affine = by_scale(estimator, affine, width)?;
    let affine = flow.times(&affine, directions, n_components)?;
    flow.mapped(rows.source, affine)
}

fn by_scale(estimator: &Estimator<'_, '_>, affine: Affine, width: usize) -> Result<Affine> {
    let scale = estimator.column_numbers(centre(estimator, "_x_std", "x_std_"), width)?;
    Ok(affine.divided(|column| scale[column]))
}

/// The attribute's name, which before 0.24 was another.
fn centre<'n>(estimator: &Estimator<'_, '_>, name: &'n str, old: &'n str) -> &'n str {
    if estimator.get(name).is_some() { name } else { old }
}
