//! The nodes of an ensemble, as version 5 of the operators has them: inner nodes and leaves apart.

use std::collections::BTreeSet;

use super::nodes::{Ensemble, NODE, NONE, branch};
use crate::error::{Error, Result};
use crate::read::onnx::node::Node as GraphNode;
use crate::read::onnx::steps::StepBuilder;
use crate::schema::Dtype;
use crate::trees::{Branch, CategorySet, Missing, Node, Test, Tree};

/// The attributes, as they are.
struct Attributes<'n> {
    features: &'n [i64],
    modes: Vec<i64>,
    splits: Vec<f64>,
    if_true: &'n [i64],
    if_false: &'n [i64],
    true_is_leaf: &'n [i64],
    false_is_leaf: &'n [i64],
    missing_is_true: &'n [i64],
    sets: Vec<Option<CategorySet>>,
    targets: &'n [i64],
    weights: Vec<f64>,
}

/// `BRANCH_…` by its number.
const MODES: [&str; 6] = ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"];

/// The mode of a node that asks for members of a set.
const MEMBER: i64 = 6;

/// Reads the attributes.
pub(super) fn read(steps: &mut StepBuilder, node: &GraphNode<'_>, n_targets: usize) -> Result<Ensemble> {
    let numbers = |name: &str| match node.tensor(name)? {
        Some(tensor) => tensor.finite(&format!("attribute '{name}'")),
        None => Err(Error::malformed(format!("attribute '{name}' is missing"))),
    };
    let modes = match node.tensor("nodes_modes")? {
        Some(tensor) => tensor.ints("attribute 'nodes_modes'")?.to_vec(),
        None => return Err(Error::malformed("attribute 'nodes_modes' is missing")),
    };
    let sets = sets(node, &modes)?;
    let attributes = Attributes {
        features: node.ints("nodes_featureids"),
        splits: numbers("nodes_splits")?,
        if_true: node.ints("nodes_truenodeids"),
        if_false: node.ints("nodes_falsenodeids"),
        true_is_leaf: node.ints("nodes_trueleafs"),
        false_is_leaf: node.ints("nodes_falseleafs"),
        missing_is_true: node.ints("nodes_missing_value_tracks_true"),
        targets: node.ints("leaf_targetids"),
        weights: numbers("leaf_weights")?,
        modes,
        sets,
    };
    attributes.check(n_targets)?;
    let roots = node.ints("tree_roots");
    let trees: Result<Vec<Tree>> = roots
        .iter()
        .enumerate()
        .map(|(number, root)| {
            let tree = attributes.tree(steps, *root, n_targets);
            tree.map_err(|error| error.within(format_args!("tree {number}")))
        })
        .collect();
    let outputs: BTreeSet<usize> =
        attributes.targets.iter().filter_map(|target| usize::try_from(*target).ok()).collect();
    Ok(Ensemble {
        trees: trees?,
        outputs,
        is_positive: attributes.weights.iter().all(|weight| *weight >= 0.0),
        takes_missing: attributes.missing_is_true.contains(&1),
        answers_single: node.rows(0)?.dtype == Dtype::F32,
    })
}

/// The sets of the nodes that ask for members; in the file each ends in NaN.
fn sets(node: &GraphNode<'_>, modes: &[i64]) -> Result<Vec<Option<CategorySet>>> {
    let tensor = node.tensor("membership_values")?;
    let numbers =
        tensor.as_ref().map(|tensor| tensor.numbers("attribute 'membership_values'")).transpose()?;
    let numbers = numbers.unwrap_or_default();
    let mut lists = numbers.split(|number| number.is_nan());
    let set = |mode: &i64| {
        if *mode != MEMBER {
            return Ok(None);
        }
        let list = lists.next().unwrap_or_default();
        list.iter().map(|number| category(*number)).collect::<Result<CategorySet>>().map(Some)
    };
    modes.iter().map(set).collect()
}

fn category(number: f64) -> Result<u32> {
    if number.fract() == 0.0 && (0.0..f64::from(CategorySet::MAX)).contains(&number) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is whole and in range"
        )]
        return Ok(number as u32);
    }
    Err(Error::unsupported(format!("a set with the member {number}, which is no whole number from 0 on")))
}

impl Attributes<'_> {
    fn check(&self, n_targets: usize) -> Result<()> {
        let n_nodes = self.features.len();
        let lens = [
            self.modes.len(),
            self.splits.len(),
            self.if_true.len(),
            self.if_false.len(),
            self.true_is_leaf.len(),
            self.false_is_leaf.len(),
        ];
        let has_missing = [0, n_nodes].contains(&self.missing_is_true.len());
        if lens.iter().any(|len| *len != n_nodes) || !has_missing {
            return Err(Error::malformed("the lists of attributes 'nodes_…' are not equally long"));
        }
        if self.targets.len() != self.weights.len() {
            return Err(Error::malformed("the lists of attributes 'leaf_…' are not equally long"));
        }
        let is_target = |target: &i64| usize::try_from(*target).is_ok_and(|target| target < n_targets);
        match self.targets.iter().position(|target| !is_target(target)) {
            None => Ok(()),
            Some(leaf) => {
                Err(Error::malformed(format!("leaf {leaf}: target {} of {n_targets}", self.targets[leaf])))
            }
        }
    }

    /// The tree that begins at a node. One whose two ways lead to the same leaf is that leaf.
    fn tree(&self, steps: &mut StepBuilder, root: i64, n_targets: usize) -> Result<Tree> {
        let mut tree = Tree::default();
        let mut leaves = Vec::new();
        // Where in the tree stands what: a node, or a leaf, of the file.
        let mut to_read = vec![(root, false)];
        while let Some((index, is_leaf)) = to_read.get(tree.nodes.len()).copied() {
            steps.spend(NODE)?;
            let len = if is_leaf { self.targets.len() } else { self.features.len() };
            let place = usize::try_from(index).ok().filter(|place| *place < len);
            let kind = if is_leaf { "leaf" } else { "node" };
            let place = place.ok_or_else(|| Error::malformed(format!("there is no {kind} {index}")))?;
            if is_leaf {
                leaves.push(place);
                tree.nodes.push(Node::Leaf(small(leaves.len() - 1)?));
                continue;
            }
            let (if_true, if_false) = (small(to_read.len())?, small(to_read.len() + 1)?);
            to_read.push((self.if_true[place], self.true_is_leaf[place] != 0));
            to_read.push((self.if_false[place], self.false_is_leaf[place] != 0));
            let node = self.branch(place, (if_true, if_false));
            tree.nodes.push(node.map_err(|error| error.within(format_args!("node {index}")))?);
        }
        let first = leaves.first().map(|leaf| self.targets[*leaf]);
        tree.output = match first {
            Some(target) if leaves.iter().all(|leaf| self.targets[*leaf] == target) => {
                usize::try_from(target).ok()
            }
            _ => None,
        };
        let width = if tree.output.is_some() { 1 } else { n_targets };
        steps.spend(leaves.len().saturating_mul(width))?;
        tree.values = vec![NONE; leaves.len() * width];
        for (values, leaf) in tree.values.chunks_exact_mut(width).zip(&leaves) {
            let target = usize::try_from(self.targets[*leaf]).unwrap_or_default();
            values[if tree.output.is_some() { 0 } else { target }] = self.weights[*leaf];
        }
        Ok(tree)
    }

    fn branch(&self, place: usize, ways: (u32, u32)) -> Result<Node> {
        let feature = usize::try_from(self.features[place])
            .map_err(|_| Error::malformed(format!("it asks about feature {}", self.features[place])))?;
        let missing_is_true = self.missing_is_true.get(place) == Some(&1);
        if let Some(set) = &self.sets[place] {
            let missing = if missing_is_true { Missing::Left } else { Missing::Right };
            let (left, right) = ways;
            return Ok(Node::Branch(Branch {
                feature,
                test: Test::IsMember(set.clone()),
                missing,
                left,
                right,
            }));
        }
        let mode = usize::try_from(self.modes[place]).ok().and_then(|mode| MODES.get(mode));
        let mode = mode.ok_or_else(|| Error::malformed(format!("its mode is {}", self.modes[place])))?;
        branch(mode, feature, self.splits[place], ways, missing_is_true)
    }
}

fn small(index: usize) -> Result<u32> {
    u32::try_from(index).map_err(|_| Error::malformed("more than 2^32 nodes"))
}
