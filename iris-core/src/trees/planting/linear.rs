//! Planting trees whose leaves are linear.

use super::{Planting, Tree};
use crate::error::{Error, Result};
use crate::trees::linear::LinearLeaf;

impl Planting {
    /// Adds the next tree, whose leaves add to one output: each has its number where
    /// one of its features is missing, and else these terms.
    #[cfg_attr(not(any(test, feature = "boosters")), expect(dead_code, reason = "LightGBM's alone"))]
    pub(crate) fn plant_linear(&mut self, tree: &Tree, leaves: Vec<LinearLeaf>) -> Result<()> {
        let within = |error: Error, number: usize| error.within(format_args!("tree {number}"));
        let number = self.n_trees();
        if tree.output.is_none() || leaves.len() != tree.values.len() {
            let message = format!("{} linear leaves for {} leaves", leaves.len(), tree.values.len());
            return Err(within(Error::malformed(message), number));
        }
        for (index, leaf) in leaves.iter().enumerate() {
            leaf.check(self.n_features())
                .map_err(|error| within(error.within(format_args!("leaf {index}")), number))?;
        }
        let first = self.n_values();
        self.plant(tree)?;
        self.linear.get_or_insert_default().add(first, leaves);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trees::{Branch, Missing, Node, Precision, Sum, Test};

    fn stump() -> Tree {
        let test = Test::AtMost(0.0);
        let branch = Branch { feature: 0, test, missing: Missing::Right, left: 1, right: 2 };
        let nodes = vec![Node::Branch(branch), Node::Leaf(0), Node::Leaf(1)];
        Tree { nodes, values: vec![-1.0, 1.0], output: Some(0), covers: Vec::new() }
    }

    fn planting() -> Planting {
        Planting::new(2, 1, Precision::Double).taking_missing(true).taking_infinite(true)
    }

    #[test]
    fn a_leaf_adds_its_terms_or_its_number_where_a_feature_is_missing() {
        let right = LinearLeaf { constant: 10.0, terms: vec![(1, 2.0), (0, 0.5)] };
        let mut planting = planting();
        planting.plant(&stump()).unwrap();
        planting.plant_linear(&stump(), vec![LinearLeaf::default(), right]).unwrap();
        planting.plant(&stump()).unwrap();
        let forest = planting.finish(Sum::plain(1)).unwrap();
        for (row, sum) in [
            ([-1.0, 3.0], -2.0),
            ([4.0, 3.0], 2.0 + 18.0),
            ([4.0, f64::NAN], 3.0),
            ([f64::NAN, 3.0], 3.0),
            ([4.0, 1e-36], 2.0 + 12.0),
        ] {
            let mut out = [f64::NAN];
            forest.apply(&row, &mut out, &mut vec![0.0; forest.scratch_len()]).unwrap();
            assert_eq!(out, [sum], "{row:?}");
        }
    }

    #[test]
    fn terms_that_cannot_be_computed_are_refused() {
        let leaf = |constant, terms| LinearLeaf { constant, terms };
        for (leaves, says) in [
            (vec![LinearLeaf::default()], "tree 0: 1 linear leaves for 2 leaves"),
            (
                vec![LinearLeaf::default(), leaf(f64::NAN, vec![])],
                "tree 0: leaf 1: its linear terms are not finite",
            ),
            (
                vec![leaf(0.0, vec![(0, f64::INFINITY)]), LinearLeaf::default()],
                "tree 0: leaf 0: its linear terms are not finite",
            ),
            (
                vec![leaf(0.0, vec![(2, 1.0)]), LinearLeaf::default()],
                "tree 0: leaf 0: it has a term of feature 2 of 2",
            ),
        ] {
            assert_eq!(planting().plant_linear(&stump(), leaves).unwrap_err().to_string(), says);
        }
    }
}
