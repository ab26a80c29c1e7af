//! The columns of the boosters of other libraries.

use super::estimator::Estimator;
use super::{catboost, lightgbm, xgboost};
use crate::error::Result;
use crate::read::pickle::Budget;

/// The names of the columns that an estimator of one of the libraries was trained on.
pub(super) fn names(estimator: &Estimator<'_, '_>, budget: &mut Budget) -> Option<Result<Vec<String>>> {
    if let Some(names) = lightgbm::columns(estimator, budget) {
        return Some(names);
    }
    let features = catboost::columns(estimator, budget).or_else(|| xgboost::columns(estimator, budget))?;
    Some(features.map(|features| features.into_iter().map(|feature| feature.name).collect()))
}
