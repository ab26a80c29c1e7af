//! `RandomForestClassifier`, `ExtraTreesRegressor` and their kin: the mean of trees.
//!
//! | since | what changed |
//! |---|---|
//! | 1.4 | missing values are taken where the trees take them |

use super::decision_tree::{Place, grown, plant_shares, plant_values, shares_answer};
use super::estimator::Estimator;
use super::flow::{Answer, Flow, Output, Rows};
use super::tree::{self, FittedTree};
use super::{labels, members};
use crate::error::Result;
use crate::read::pickle::ObjectId;
use crate::trees::{Finish, Planting, Precision, Sum};

pub(super) fn classifier(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    let members = members::of(estimator)?;
    let takes_missing = takes_missing(estimator, flow, members)? && !rows.are_sparse();
    let labels = labels::of(estimator, flow)?;
    labels.check(labels.len())?;
    let n_classes = labels.len();
    let place = Place::all(rows.width(), n_classes, takes_missing);
    let mut planting =
        Planting::new(place.width, n_classes, Precision::Single).taking_missing(place.takes_missing);
    for id in members {
        let tree = flow.open(*id)?;
        plant_shares(&tree, flow, &mut planting, &place)?;
    }
    let forest = planting.finish(mean(n_classes, members.len()))?;
    Ok(shares_answer(labels, grown(flow, rows, forest)?))
}

pub(super) fn regressor(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    let members = members::of(estimator)?;
    let first = FittedTree::of(&flow.open(members[0])?, flow)?;
    let n_outputs = first.n_outputs();
    let takes_missing = takes_missing(estimator, flow, members)? && !rows.are_sparse();
    let place = Place::all(rows.width(), n_outputs, takes_missing);
    let mut planting =
        Planting::new(place.width, n_outputs, Precision::Single).taking_missing(place.takes_missing);
    for id in members {
        let tree = FittedTree::of(&flow.open(*id)?, flow)?;
        plant_values(&tree, &mut planting, &place)?;
    }
    let forest = planting.finish(mean(n_outputs, members.len()))?;
    let values = grown(flow, rows, forest)?;
    flow.answer_column(false);
    Ok(Output::Answer(Answer::Values(values)))
}

/// Sums from zero in the order of the trees, as with `n_jobs=1`, by their number.
pub(super) fn mean(n_outputs: usize, n_trees: usize) -> Sum {
    #[expect(clippy::cast_precision_loss, reason = "a file holds far fewer than 2^53 trees")]
    let finish = Finish::Divide(n_trees as f64);
    Sum { finish, ..Sum::plain(n_outputs) }
}

/// Whether missing values are taken, which the first tree decides; in a sparse matrix none ever are.
pub(super) fn takes_missing(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    members: &[ObjectId],
) -> Result<bool> {
    Ok(estimator.is_since(1, 4) && tree::takes_missing(&flow.open(members[0])?))
}
