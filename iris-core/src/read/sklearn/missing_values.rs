//! Whether an estimator says of itself that it takes missing values, which selectors around it go by.

use super::estimator::Estimator;
use super::flow::Flow;
use super::tree;
use crate::error::Result;

/// Whether the estimator that a selector was made with takes missing values.
pub(super) fn are_taken_inside(selector: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>) -> Result<bool> {
    match selector.get("estimator") {
        Some(id) if Estimator::class_of(selector.objects, id).is_some() => {
            Ok(are_taken(&flow.part_of(selector, id)?))
        }
        _ => Ok(false),
    }
}

fn are_taken(estimator: &Estimator<'_, '_>) -> bool {
    let is = |classes: &[&str]| classes.iter().any(|class| estimator.is("ensemble", class));
    if estimator.is("tree", estimator.class()) {
        return tree::takes_missing(estimator);
    }
    if is(&["HistGradientBoostingClassifier", "HistGradientBoostingRegressor"]) {
        return true;
    }
    let takes_criterion = estimator.is_since(1, 9) || tree::has_missing_criterion(estimator);
    let is_random = is(&["ExtraTreesClassifier", "ExtraTreesRegressor"]);
    let is_forest = is_random || is(&["RandomForestClassifier", "RandomForestRegressor"]);
    is_forest && takes_criterion && estimator.is_since(1, if is_random { 6 } else { 4 })
}
