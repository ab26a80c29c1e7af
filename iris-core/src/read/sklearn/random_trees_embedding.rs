//! `RandomTreesEmbedding`: a column for each leaf of each tree, 1 where a row ends.

use super::decision_tree::{Place, grown};
use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use super::tree::FittedTree;
use super::{members, random_forest};
use crate::error::Result;
use crate::trees::{Planting, Precision, Sum};

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let members = members::of(estimator)?;
    let takes_missing = random_forest::takes_missing(estimator, flow, members)?;
    let mut planting =
        Planting::new(rows.width(), members.len(), Precision::Single).taking_missing(takes_missing);
    for (output, id) in members.iter().enumerate() {
        let tree = FittedTree::of(&flow.open(*id)?, flow)?;
        Place::all(rows.width(), 1, false).check(&tree)?;
        // Leaves by their numbers, which the encoder behind knows.
        #[expect(clippy::cast_precision_loss, reason = "a file holds far fewer than 2^53 nodes")]
        let mut tree = tree.over(None, takes_missing, |node, to| to.push(node as f64))?;
        tree.output = Some(output);
        planting.plant(&tree)?;
    }
    let leaves = grown(flow, rows, planting.finish(Sum::plain(members.len()))?)?;
    flow.transformed(estimator.required("one_hot_encoder_")?, leaves.into()).map(Output::Rows)
}
