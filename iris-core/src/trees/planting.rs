//! From the trees of a file to a forest: every node is checked, and put beside its sibling.

mod linear;

use super::columns::{Column, Finder};
use super::engine::Trees;
use super::explained::Planted;
use super::flat::{Flat, Kind};
use super::forest::{Forest, Shape};
use super::kernel::{Grove, Ordered};
use super::linear::LinearLeaves;
use super::question::{Question, Threshold};
use super::{Branch, CategorySet, Level, Missing, Node, Oblivious, Precision, Sum, Test, Tree};
use crate::error::{Error, Result};

/// A forest while its trees are read.
#[derive(Debug)]
pub(crate) struct Planting {
    n_features: usize,
    n_outputs: usize,
    precision: Precision,
    takes_missing: bool,
    takes_infinite: bool,
    finder: Finder,
    nodes: Vec<Flat>,
    sets: Vec<CategorySet>,
    values: Vec<f64>,
    linear: Option<LinearLeaves>,
    /// Where each tree begins, of those that are nodes.
    roots: Vec<u32>,
    /// Trees with one question a level, unless there are others in front of them.
    ordered: Vec<Ordered>,
    /// What each tree adds to.
    outputs: Vec<Option<usize>>,
    covers: Covers,
}

/// How much of the training data came where, as long as every tree tells.
#[derive(Debug, Default)]
struct Covers {
    /// To each node.
    of_nodes: Vec<f64>,
    /// To each leaf of each tree that is ordered.
    of_ordered: Vec<Vec<f64>>,
    /// Whether some tree does not tell.
    are_unknown: bool,
}

/// Levels of an oblivious tree, which has a leaf for every answer to all of them.
const MAX_LEVELS: usize = 16;

/// Questions between a root and a leaf, at most; libraries stop far earlier.
const MAX_DEPTH: u32 = 100_000;

impl Planting {
    /// A forest that asks about rows of so many features, rounded to `precision`.
    pub(crate) fn new(n_features: usize, n_outputs: usize, precision: Precision) -> Self {
        Self {
            n_features,
            n_outputs,
            precision,
            takes_missing: false,
            takes_infinite: false,
            finder: Finder::default(),
            nodes: Vec::new(),
            sets: Vec::new(),
            values: Vec::new(),
            linear: None,
            roots: Vec::new(),
            ordered: Vec::new(),
            outputs: Vec::new(),
            covers: Covers::default(),
        }
    }

    /// Whether rows may have missing values (NaN), which libraries otherwise refuse.
    pub(crate) fn taking_missing(self, takes_missing: bool) -> Self {
        Self { takes_missing, ..self }
    }

    /// Whether rows may have infinities, which libraries otherwise refuse.
    pub(crate) fn taking_infinite(self, takes_infinite: bool) -> Self {
        Self { takes_infinite, ..self }
    }

    /// Length of a row.
    pub(super) fn n_features(&self) -> usize {
        self.n_features
    }

    /// Trees so far.
    pub(super) fn n_trees(&self) -> usize {
        self.outputs.len()
    }

    /// Numbers of leaves so far.
    pub(super) fn n_values(&self) -> usize {
        self.values.len()
    }

    /// Adds the next tree. An error names it, and the node.
    pub(crate) fn plant(&mut self, tree: &Tree) -> Result<()> {
        self.write_out()?;
        let number = self.outputs.len();
        self.planted(tree).map_err(|error| error.within(format!("tree {number}")))
    }

    /// Adds the next tree, which asks one question a level. An error names it, and the level.
    pub(crate) fn plant_oblivious(&mut self, tree: &Oblivious) -> Result<()> {
        let number = self.outputs.len();
        self.planted_oblivious(tree).map_err(|error| error.within(format!("tree {number}")))
    }

    /// The forest, whose leaves are added so.
    pub(crate) fn finish(mut self, sum: Sum) -> Result<Forest> {
        if sum.start.len() != self.n_outputs {
            let message = format!("{} sums begin for {} outputs", sum.start.len(), self.n_outputs);
            return Err(Error::malformed(message));
        }
        let trees = if self.ordered.is_empty() {
            Trees::Nodes(Grove { nodes: &self.nodes, roots: &self.roots, sets: &self.sets })
        } else {
            Trees::Ordered(&self.ordered)
        };
        let shape = Shape {
            n_features: self.n_features,
            takes_missing: self.takes_missing,
            precision: self.precision,
        };
        let columns = std::mem::take(&mut self.finder).finish(self.takes_infinite);
        let linear = self.linear.take();
        let mut forest = Forest::new(shape, columns, trees, (&self.values, linear), &self.outputs, sum)
            .ok_or_else(too_many)?;
        if self.covers.are_unknown {
            return Ok(forest);
        }
        let are_ordered = self.roots.is_empty();
        self.write_out()?;
        if are_ordered {
            self.forget_unseen_leaves();
        }
        let Self { nodes, roots, sets, values, outputs, covers, .. } = self;
        forest.keep(Planted { nodes, roots, sets, values, outputs, covers: covers.of_nodes });
        Ok(forest)
    }

    fn planted_oblivious(&mut self, tree: &Oblivious) -> Result<()> {
        let n_levels = tree.levels.len();
        if n_levels > MAX_LEVELS {
            let message = format!("{n_levels} levels, of which at most {MAX_LEVELS} are read");
            return Err(Error::malformed(message));
        }
        let width = if tree.output.is_some() { 1 } else { self.n_outputs };
        let n_leaves = 1usize << n_levels;
        if tree.values.len() != n_leaves * width {
            let message = format!("{} numbers for {n_leaves} leaves", tree.values.len());
            return Err(Error::malformed(message));
        }
        self.check_leaves(&tree.values, tree.output, width)?;
        let first_value = position(self.values.len())?;
        let width = position(width)?;
        let mut questions = Vec::with_capacity(n_levels);
        for (index, Level { feature, test, missing }) in tree.levels.iter().enumerate() {
            let at_level = |error: Error| error.within(format!("level {index}"));
            match self.column(*feature, test, *missing).map_err(at_level)? {
                (column, Threshold::Number(threshold)) => questions.push((column, threshold)),
                (_, Threshold::Set(_)) => {
                    return Err(at_level(Error::malformed("a set of categories is asked about")));
                }
            }
        }
        self.values.extend_from_slice(&tree.values);
        position(self.values.len())?;
        self.ordered.push(Ordered { questions, first_value, width });
        self.covers.are_unknown |= tree.covers.len() != n_leaves;
        self.covers.of_ordered.push(tree.covers.clone());
        self.outputs.push(tree.output);
        if self.roots.is_empty() { Ok(()) } else { self.write_out() }
    }

    /// Makes nodes of the trees that have one question a level, as others stand beside them.
    fn write_out(&mut self) -> Result<()> {
        let covers = std::mem::take(&mut self.covers.of_ordered);
        for (Ordered { questions, first_value, width }, covers) in
            std::mem::take(&mut self.ordered).into_iter().zip(covers)
        {
            let root = position(self.nodes.len())?;
            position(self.nodes.len() + (2 << questions.len()))?;
            self.roots.push(root);
            // Numbered as in a heap: the children of node i are 2i + 1 and 2i + 2.
            let mut left = root + 1;
            let mut n_nodes = 1u32;
            // The highest bit of a leaf's number is the last question's. With this one at the root, leaves
            // lie in the order of their numbers; so CatBoost sees its trees as well when it explains them.
            for (column, threshold) in questions.iter().rev() {
                for _ in 0..n_nodes {
                    self.nodes.push(Flat::branch(*column, *threshold, left));
                    left += 2;
                }
                n_nodes *= 2;
            }
            self.nodes.extend((0..n_nodes).map(|leaf| Flat::leaf(first_value + leaf * width)));
            self.covers.add_ordered(covers);
        }
        Ok(())
    }

    /// Leaves that no training data came to have no part in CatBoost's explanations, whatever they add to
    /// predictions: with monotone constraints they have values all the same.
    fn forget_unseen_leaves(&mut self) {
        let width = if self.outputs.iter().all(Option::is_some) { 1 } else { self.n_outputs };
        for (node, cover) in self.nodes.iter().zip(&self.covers.of_nodes) {
            if let (Kind::Leaf(first_value), true) = (node.kind(), *cover == 0.0) {
                self.values[first_value as usize..][..width].fill(0.0);
            }
        }
    }

    fn planted(&mut self, tree: &Tree) -> Result<()> {
        let width = tree.width(self.n_outputs);
        self.check_leaves(&tree.values, tree.output, width)?;
        if tree.nodes.is_empty() {
            return Err(Error::malformed("it has no node"));
        }
        let root = position(self.nodes.len())?;
        let first_value = self.values.len();
        self.nodes.push(Flat::HOLE);
        self.covers.are_unknown |= tree.covers.len() != tree.nodes.len();
        let mut seen = vec![false; tree.nodes.len()];
        let mut to_place = vec![(0u32, root, 0u32)];
        while let Some((index, place, depth)) = to_place.pop() {
            let at_node = |error: Error| error.within(format!("node {index}"));
            let node = tree.nodes.get(index as usize);
            let node = node.ok_or_else(|| at_node(out_of_range(tree.nodes.len())))?;
            if std::mem::replace(&mut seen[index as usize], true) {
                return Err(at_node(Error::malformed("more than one way leads to it")));
            }
            if depth == MAX_DEPTH {
                return Err(at_node(Error::malformed(format!("it is deeper than {MAX_DEPTH} questions"))));
            }
            self.covers.put(place, tree.covers.get(index as usize));
            self.nodes[place as usize] = match node {
                Node::Leaf(leaf) => {
                    let of_leaf = *leaf as usize * width;
                    if of_leaf + width > tree.values.len() {
                        return Err(at_node(Error::malformed(format!("there is no leaf {leaf}"))));
                    }
                    Flat::leaf(position(first_value + of_leaf)?)
                }
                Node::Branch(branch) => {
                    let left = position(self.nodes.len())?;
                    self.nodes.extend([Flat::HOLE; 2]);
                    to_place.push((branch.right, left + 1, depth + 1));
                    to_place.push((branch.left, left, depth + 1));
                    self.branch(branch, left).map_err(at_node)?
                }
            };
        }
        self.values.extend_from_slice(&tree.values);
        self.roots.push(root);
        self.outputs.push(tree.output);
        Ok(())
    }

    fn check_leaves(&self, values: &[f64], output: Option<usize>, width: usize) -> Result<()> {
        if let Some(output) = output
            && output >= self.n_outputs
        {
            return Err(Error::malformed(format!("it adds to output {output} of {}", self.n_outputs)));
        }
        if width == 0 || !values.len().is_multiple_of(width) {
            let message = format!("{} numbers are no leaves of {width}", values.len());
            return Err(Error::malformed(message));
        }
        if !values.iter().all(|value| value.is_finite()) {
            return Err(Error::malformed("a leaf is not finite"));
        }
        Ok(())
    }

    fn branch(&mut self, branch: &Branch, left: u32) -> Result<Flat> {
        match self.column(branch.feature, &branch.test, branch.missing)? {
            (column, Threshold::Number(threshold)) => Ok(Flat::branch(column, threshold, left)),
            (column, Threshold::Set(set)) => {
                self.sets.push(set);
                Ok(Flat::set(column, position(self.sets.len() - 1)?, left))
            }
        }
    }

    /// The column that a question is about, and what it is compared with.
    fn column(&mut self, feature: usize, test: &Test, missing: Missing) -> Result<(u32, Threshold)> {
        if feature >= self.n_features {
            let message = format!("it asks about feature {feature} of {}", self.n_features);
            return Err(Error::malformed(message));
        }
        let Question { form, threshold } = Question::of(test, missing, self.precision)?;
        Ok((self.finder.place(Column { feature, form }), threshold))
    }
}

impl Covers {
    /// Notes what came to a node.
    fn put(&mut self, place: u32, cover: Option<&f64>) {
        if self.are_unknown {
            self.of_nodes = Vec::new();
            return;
        }
        if self.of_nodes.len() <= place as usize {
            self.of_nodes.resize(place as usize + 1, 0.0);
        }
        self.of_nodes[place as usize] = cover.copied().unwrap_or(0.0);
    }

    /// Notes what came to the leaves of a tree whose nodes are numbered as in a heap, from the left.
    fn add_ordered(&mut self, leaves: Vec<f64>) {
        if self.are_unknown {
            self.of_nodes = Vec::new();
            return;
        }
        let (root, n_branches) = (self.of_nodes.len(), leaves.len() - 1);
        self.of_nodes.resize(root + n_branches, 0.0);
        self.of_nodes.extend(leaves);
        for node in (0..n_branches).rev() {
            let left = root + 2 * node + 1;
            self.of_nodes[root + node] = self.of_nodes[left] + self.of_nodes[left + 1];
        }
    }
}

fn position(index: usize) -> Result<u32> {
    // The highest bit is a mark.
    u32::try_from(index).ok().filter(|index| *index < 1 << 31).ok_or_else(too_many)
}

#[cold]
fn too_many() -> Error {
    Error::malformed("the forest has more than 2^31 nodes or numbers")
}

#[cold]
fn out_of_range(n_nodes: usize) -> Error {
    Error::malformed(format!("there are only {n_nodes} nodes"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trees::Finish;

    fn branch(feature: usize, test: Test, missing: Missing, left: u32, right: u32) -> Node {
        Node::Branch(Branch { feature, test, missing, left, right })
    }

    fn stump(test: Test, missing: Missing) -> Tree {
        let nodes = vec![branch(0, test, missing, 1, 2), Node::Leaf(0), Node::Leaf(1)];
        Tree { nodes, values: vec![-1.0, 1.0], output: Some(0), covers: Vec::new() }
    }

    fn forest(precision: Precision, trees: &[Tree]) -> Result<Forest> {
        let mut planting = Planting::new(1, 1, precision).taking_missing(true).taking_infinite(true);
        trees.iter().try_for_each(|tree| planting.plant(tree))?;
        planting.finish(Sum::plain(1))
    }

    fn answer(forest: &Forest, value: f64) -> f64 {
        let mut out = [f64::NAN];
        forest.apply(&[value], &mut out, &mut vec![f64::NAN; forest.scratch_len()]).unwrap();
        out[0]
    }

    #[test]
    fn thresholds_are_met_and_missed_by_one_step_in_either_precision() {
        for threshold in [0.0, -0.0, 0.1, -2.5, 1e-40, f64::MIN_POSITIVE, 1e300] {
            let double =
                forest(Precision::Double, &[stump(Test::AtMost(threshold), Missing::Right)]).unwrap();
            let below = forest(Precision::Double, &[stump(Test::Below(threshold), Missing::Left)]).unwrap();
            for value in [threshold.next_down(), threshold, threshold.next_up(), -threshold] {
                assert_eq!(answer(&double, value) < 0.0, value <= threshold, "{value} {threshold}");
                assert_eq!(answer(&below, value) < 0.0, value < threshold, "{value} {threshold}");
            }
            let single =
                forest(Precision::Single, &[stump(Test::AtMost(threshold), Missing::Right)]).unwrap();
            let below = forest(Precision::Single, &[stump(Test::Below(threshold), Missing::Left)]).unwrap();
            #[expect(clippy::cast_possible_truncation, reason = "what is rounded is the point")]
            for value in [threshold as f32, (threshold as f32).next_down(), (threshold as f32).next_up()] {
                let value = f64::from(value);
                assert_eq!(answer(&single, value) < 0.0, value <= threshold, "{value} {threshold}");
                assert_eq!(answer(&below, value) < 0.0, value < threshold, "{value} {threshold}");
            }
        }
    }

    #[test]
    fn missing_values_categories_and_equals_lead_where_they_should() {
        let set: CategorySet = [0, 3, 64].into_iter().collect();
        for missing in [Missing::Left, Missing::Right] {
            let of_set = forest(Precision::Double, &[stump(Test::In(set.clone()), missing)]).unwrap();
            for (value, is_left) in
                [(0.0, true), (1.0, false), (3.9, true), (64.0, true), (65.0, false), (-1.0, false)]
            {
                assert_eq!(answer(&of_set, value) < 0.0, is_left, "{value}");
            }
            let equals = forest(Precision::Single, &[stump(Test::Equals(3.0), missing)]).unwrap();
            assert_eq!([answer(&equals, 3.0), answer(&equals, 4.0)], [-1.0, 1.0]);
            for forest in [of_set, equals] {
                assert_eq!(answer(&forest, f64::NAN) < 0.0, missing == Missing::Left);
            }
        }
    }

    #[test]
    fn sums_begin_go_on_and_end_as_the_library_says() {
        let mut planting = Planting::new(1, 2, Precision::Double);
        let both = Tree { nodes: vec![Node::Leaf(0)], values: vec![1.0, 10.0], ..Tree::default() };
        let second =
            Tree { nodes: vec![Node::Leaf(0)], values: vec![0.1], output: Some(1), ..Tree::default() };
        planting.plant(&both).unwrap();
        planting.plant(&second).unwrap();
        let finish = Finish::Scale { factor: 0.5, shift: vec![7.0, 0.0] };
        let forest =
            planting.finish(Sum { precision: Precision::Single, start: vec![1.0, 0.0], finish }).unwrap();
        let mut out = [0.0; 2];
        forest.apply(&[0.0], &mut out, &mut vec![f64::NAN; forest.scratch_len()]).unwrap();
        assert_eq!(out, [8.0, f64::from((10f32 + 0.1f32) * 0.5)]);
    }

    #[test]
    fn oblivious_trees_count_their_leaves_from_the_lowest_bit() {
        let level = |feature, border| Level { feature, test: Test::AtMost(border), missing: Missing::Left };
        let tree = Oblivious {
            levels: vec![level(0, 1.0), level(1, 2.0), level(0, 5.0)],
            values: (0..8).map(f64::from).collect(),
            output: Some(0),
            covers: Vec::new(),
        };
        let mut planting = Planting::new(2, 1, Precision::Single);
        planting.plant_oblivious(&tree).unwrap();
        let forest = planting.finish(Sum::plain(1)).unwrap();
        for (row, leaf) in [([0.0, 0.0], 0.0), ([2.0, 0.0], 1.0), ([0.0, 3.0], 2.0), ([6.0, 3.0], 7.0)] {
            let mut out = [f64::NAN];
            forest.apply(&row, &mut out, &mut vec![0.0; forest.scratch_len()]).unwrap();
            assert_eq!(out, [leaf]);
        }
    }

    #[test]
    fn what_is_wrong_is_named_by_tree_and_node() {
        let good = stump(Test::AtMost(0.0), Missing::Right);
        let mut cases = Vec::new();
        for (change, says) in [
            ((0, branch(0, Test::AtMost(f64::NAN), Missing::Left, 1, 2)), "node 0: its threshold is NaN"),
            ((0, branch(0, Test::AtMost(0.0), Missing::Left, 1, 9)), "node 9: there are only 3 nodes"),
            ((0, branch(0, Test::AtMost(0.0), Missing::Left, 1, 0)), "node 0: more than one way leads to it"),
            ((0, branch(0, Test::AtMost(0.0), Missing::Left, 1, 1)), "node 1: more than one way leads to it"),
            ((0, branch(1, Test::AtMost(0.0), Missing::Left, 1, 2)), "node 0: it asks about feature 1 of 1"),
            ((2, Node::Leaf(2)), "node 2: there is no leaf 2"),
        ] {
            let (index, node) = change;
            let mut tree = good.clone();
            tree.nodes[index] = node;
            cases.push((tree, says));
        }
        cases.push((Tree { values: vec![1.0, f64::NAN], ..good.clone() }, "a leaf is not finite"));
        cases.push((Tree { output: Some(1), ..good.clone() }, "it adds to output 1 of 1"));
        cases.push((Tree { nodes: Vec::new(), ..good.clone() }, "it has no node"));
        for (tree, says) in cases {
            let error = forest(Precision::Double, &[good.clone(), tree]).unwrap_err();
            assert_eq!(error.to_string(), format!("tree 1: {says}"));
        }
    }

    #[test]
    fn a_number_too_large_for_single_precision_is_refused_where_infinities_are() {
        let mut planting = Planting::new(1, 1, Precision::Single);
        planting.plant(&stump(Test::AtMost(0.0), Missing::Right)).unwrap();
        let forest = planting.finish(Sum::plain(1)).unwrap();
        let mut scratch = vec![f64::NAN; forest.scratch_len().max(forest.block_scratch_len(2))];
        assert_eq!(forest.apply(&[1e300], &mut [0.0], &mut scratch).unwrap_err().column, 0);
        assert_eq!(forest.apply_block(&[1.0, 1e300], &mut [0.0; 2], &mut scratch).unwrap_err().column, 0);
    }
}
