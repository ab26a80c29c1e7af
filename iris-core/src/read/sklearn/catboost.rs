//! CatBoost's estimators, each of which keeps its model as the bytes of a `cbm`.

use super::booster;
use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use crate::error::Result;
use crate::read::budget::Budget;
use crate::read::catboost::{self, CatBoost, Keeper};
use crate::read::pickle::Object;
use crate::schema::Feature;

/// `CatBoostClassifier`
pub(super) fn classifier(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    build(estimator, flow, rows, Keeper::Classifier)
}

/// `CatBoostRegressor`
pub(super) fn regressor(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    build(estimator, flow, rows, Keeper::Regressor)
}

/// `CatBoostRanker` and `CatBoost`
pub(super) fn other(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    build(estimator, flow, rows, Keeper::Other)
}

fn build(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
    keeper: Keeper,
) -> Result<Output> {
    let booster = CatBoost::new(bytes(estimator)?, keeper, flow.budget())?;
    booster::answer(booster, flow, rows, None)
}

/// The columns that a model was fitted on; `None` if the estimator is none of CatBoost's.
pub(super) fn columns(estimator: &Estimator<'_, '_>, budget: &mut Budget) -> Option<Result<Vec<Feature>>> {
    estimator.is_of("catboost").then(|| catboost::features(bytes(estimator)?, budget))
}

fn bytes<'t>(estimator: &Estimator<'t, '_>) -> Result<&'t [u8]> {
    let id = estimator.required("__model")?;
    match estimator.objects.get(id) {
        Object::Bytes(bytes) => Ok(bytes),
        _ => Err(estimator.unexpected("__model", id)),
    }
}
