//! From the nodes of a tree as XGBoost has them to a tree that is planted.

use std::collections::BTreeSet;

use crate::error::{Error, Result};
use crate::read::budget::Budget;
use crate::trees::{Branch, CategorySet, Missing, Node, Test, Tree};

/// A node as files have it.
#[derive(Debug, Default)]
pub(super) struct RawNode {
    /// `None` of a leaf.
    pub(super) children: Option<(u32, u32)>,
    pub(super) feature: usize,
    pub(super) default_left: bool,
    pub(super) condition: Condition,
    /// The sum of the hessians of the training rows, if the file says.
    pub(super) cover: Option<f64>,
}

/// What a node asks, or what a leaf adds.
#[derive(Debug)]
pub(super) enum Condition {
    /// Below this to the left.
    Number(f32),
    /// These to the right, and every other to the left.
    Categories(CategorySet),
    /// The numbers of a leaf, one for every output.
    Leaf(Vec<f32>),
}

/// Numbers that a node takes.
const NODE: usize = (size_of::<RawNode>() + size_of::<Node>()) / 8 + 2;

/// Counts so many nodes.
pub(super) fn spend(n_nodes: usize, budget: &mut Budget) -> Result<()> {
    budget.spend(n_nodes.saturating_mul(NODE))
}

impl Default for Condition {
    fn default() -> Self {
        Self::Number(0.0)
    }
}

/// The tree of these nodes, of which the first is the root, and the columns that it asks
/// about as categories.
pub(super) fn grown(nodes: Vec<RawNode>, categorical: &mut BTreeSet<usize>) -> Result<Tree> {
    let mut tree = Tree { nodes: Vec::with_capacity(nodes.len()), ..Tree::default() };
    let mut n_leaves = 0u32;
    for (index, node) in nodes.into_iter().enumerate() {
        let RawNode { children, feature, default_left, condition, cover } = node;
        tree.covers.extend(cover);
        let Some((left, right)) = children else {
            match condition {
                Condition::Number(value) => tree.values.push(f64::from(value)),
                Condition::Leaf(values) => tree.values.extend(values.into_iter().map(f64::from)),
                Condition::Categories(_) => {
                    return Err(Error::malformed(format!("node {index}: a leaf asks for categories")));
                }
            }
            tree.nodes.push(Node::Leaf(n_leaves));
            n_leaves = n_leaves.saturating_add(1);
            continue;
        };
        let goes_left = |is_left: bool| if is_left { Missing::Left } else { Missing::Right };
        tree.nodes.push(Node::Branch(match condition {
            Condition::Categories(set) => {
                categorical.insert(feature);
                // The set leads to XGBoost's right, so the sides change places.
                let (test, missing) = (Test::In(set), goes_left(!default_left));
                Branch { feature, test, missing, left: right, right: left }
            }
            Condition::Number(threshold) => {
                let (test, missing) = (Test::Below(f64::from(threshold)), goes_left(default_left));
                Branch { feature, test, missing, left, right }
            }
            Condition::Leaf(_) => {
                return Err(Error::malformed(format!("node {index}: a branch has the numbers of a leaf")));
            }
        }));
    }
    Ok(tree)
}

/// The children of a node, by what files have in their places: -1 twice of a leaf.
pub(super) fn children(left: f64, right: f64) -> Result<Option<(u32, u32)>> {
    if left == -1.0 {
        return Ok(None);
    }
    let child = |number: f64| super::value::whole(number).and_then(|child| u32::try_from(child).ok());
    match (child(left), child(right)) {
        (Some(left), Some(right)) => Ok(Some((left, right))),
        _ => Err(Error::malformed(format!("its children are {left} and {right}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn categories_lead_to_the_right_and_all_else_to_the_left() {
        let leaf =
            |value| RawNode { condition: Condition::Number(value), cover: Some(1.0), ..RawNode::default() };
        let set: CategorySet = [2].into_iter().collect();
        let root = RawNode {
            children: Some((1, 2)),
            feature: 3,
            default_left: true,
            condition: Condition::Categories(set.clone()),
            cover: Some(5.0),
        };
        let mut categorical = BTreeSet::new();
        let tree = grown(vec![root, leaf(0.5), leaf(-0.5)], &mut categorical).unwrap();
        let branch = Branch { feature: 3, test: Test::In(set), missing: Missing::Right, left: 2, right: 1 };
        assert_eq!(tree.nodes, [Node::Branch(branch), Node::Leaf(0), Node::Leaf(1)]);
        assert_eq!((tree.values, tree.covers), (vec![0.5, -0.5], vec![5.0, 1.0, 1.0]));
        assert_eq!(categorical.into_iter().collect::<Vec<_>>(), [3]);
    }

    #[test]
    fn children_are_two_or_none() {
        assert_eq!(children(-1.0, -1.0).unwrap(), None);
        assert_eq!(children(1.0, 2.0).unwrap(), Some((1, 2)));
        for (left, right) in [(1.0, -1.0), (-2.0, 1.0), (0.5, 1.0), (1.0, 1e12)] {
            assert!(children(left, right).is_err());
        }
    }
}
