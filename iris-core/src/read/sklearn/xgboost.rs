//! XGBoost's estimators, each of which keeps a booster, and boosters by themselves.

use super::booster;
use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use super::labels;
use crate::error::{Error, Result};
use crate::read::booster::Booster as _;
use crate::read::budget::Budget;
use crate::read::pickle::{Object, ObjectId};
use crate::read::xgboost::{Asker, Rounds, Use, XgBoost};
use crate::schema::{Feature, Labels};

/// `XGBClassifier` and `XGBRFClassifier`
pub(super) fn classifier(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    let booster = of_estimator(estimator, Asker::Classifier, rows.are_sparse(), flow.budget())?;
    let labels = encoded_labels(estimator, flow)?;
    booster::answer(booster, flow, rows, labels)
}

/// `XGBRegressor`, `XGBRFRegressor` and `XGBRanker`
pub(super) fn regressor(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    let booster = of_estimator(estimator, Asker::Regressor, rows.are_sparse(), flow.budget())?;
    booster::answer(booster, flow, rows, None)
}

/// `Booster`
pub(super) fn booster(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let zero_is_missing = rows.are_sparse();
    let use_ = Use { asker: Asker::Booster, missing: f32::NAN, zero_is_missing, rounds: Rounds::All };
    booster::answer(of_booster(estimator, use_, flow.budget())?, flow, rows, None)
}

/// The columns that a model was fitted on; `None` if the estimator is none of XGBoost's, or not fitted.
pub(super) fn columns(estimator: &Estimator<'_, '_>, budget: &mut Budget) -> Option<Result<Vec<Feature>>> {
    if !estimator.is_of("xgboost") {
        return None;
    }
    let booster = match estimator.class() {
        "Booster" => of_booster(estimator, Use { asker: Asker::Booster, ..Use::of_file() }, budget),
        _ if estimator.is_none("_Booster") => return None,
        class if class.ends_with("Classifier") => of_estimator(estimator, Asker::Classifier, false, budget),
        _ => of_estimator(estimator, Asker::Regressor, false, budget),
    };
    Some(booster.map(|booster| booster.features()))
}

fn of_estimator(
    estimator: &Estimator<'_, '_>,
    asker: Asker,
    zero_is_missing: bool,
    budget: &mut Budget,
) -> Result<XgBoost> {
    let id = estimator.required("_Booster")?;
    if matches!(estimator.objects.get(id), Object::None) {
        return Err(Error::unsupported("it was not fitted"));
    }
    let booster = Estimator::new(estimator.objects, id, budget)?;
    let use_ =
        Use { asker, missing: missing(estimator)?, zero_is_missing, rounds: rounds(estimator, &booster) };
    of_booster(&booster, use_, budget)
}

fn of_booster(booster: &Estimator<'_, '_>, use_: Use, budget: &mut Budget) -> Result<XgBoost> {
    let id = booster.required("handle")?;
    let Object::Bytes(bytes) = booster.objects.get(id) else {
        return Err(booster.unexpected("handle", id));
    };
    let mut read = XgBoost::new(bytes, use_, budget)?;
    if let Some(names) = names(booster) {
        read.name_features(names);
    }
    Ok(read)
}

/// What stands for missing values; NaN in most.
#[expect(clippy::cast_possible_truncation, reason = "values are compared in single precision")]
fn missing(estimator: &Estimator<'_, '_>) -> Result<f32> {
    if estimator.is_none("missing") {
        return Ok(f32::NAN);
    }
    estimator.number("missing").map(|missing| missing as f32)
}

/// The rounds that `predict` asks: after an early stop those up to the best.
fn rounds(estimator: &Estimator<'_, '_>, booster: &Estimator<'_, '_>) -> Rounds {
    let size = |of: &Estimator<'_, '_>, name: &str| of.objects.size(of.get(name)?);
    let best = size(estimator, "best_iteration").or_else(|| size(booster, "best_iteration"));
    let n_rounds = best.map(|best| best.saturating_add(1));
    let (n_trees, n_in_rounds) = (size(estimator, "best_ntree_limit"), size(booster, "best_ntree_limit"));
    Rounds::Best { n_rounds, n_trees, n_in_rounds }
}

/// The names that boosters before 1.4 keep themselves.
fn names(booster: &Estimator<'_, '_>) -> Option<Vec<String>> {
    let names: &[ObjectId] = booster.objects.items(booster.get("feature_names")?)?;
    names.iter().map(|name| booster.objects.text(*name).map(str::to_owned)).collect()
}

/// The labels that `predict` makes of the numbers of classes; `None` where these are the labels.
fn encoded_labels(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>) -> Result<Option<Labels>> {
    let Some(encoder) = estimator.get("_le") else { return Ok(None) };
    let encoder = flow.open(encoder)?;
    labels::of(&encoder, flow).map(Some).map_err(|error| error.within("'_le'"))
}
