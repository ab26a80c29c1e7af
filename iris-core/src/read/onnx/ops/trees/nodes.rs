//! The nodes of an ensemble, as versions 1 and 3 of the operators have them: lists side by side.

use std::collections::{BTreeSet, HashMap};

use crate::error::{Error, Result};
use crate::read::onnx::node::Node as GraphNode;
use crate::read::onnx::steps::StepBuilder;
use crate::trees::{Branch, Missing, Node, Test, Tree};

/// The trees of an ensemble.
pub(super) struct Ensemble {
    /// What their leaves have no weight for is [`NONE`].
    pub(super) trees: Vec<Tree>,
    /// The outputs that leaves have weights for.
    pub(super) outputs: BTreeSet<usize>,
    /// Whether no weight is negative.
    pub(super) is_positive: bool,
    /// Whether a node says where missing values go.
    pub(super) takes_missing: bool,
    /// Whether it answers in single precision, whatever it computes in.
    pub(super) answers_single: bool,
}

/// In the place of a weight that a leaf does not have.
pub(super) const NONE: f64 = f64::NAN;

/// Numbers held for a node while it is read.
pub(super) const NODE: usize = 24;

/// The nodes in the order of the file.
struct Lists<'n> {
    tree_ids: &'n [i64],
    node_ids: &'n [i64],
    features: &'n [i64],
    modes: Vec<String>,
    thresholds: Vec<f64>,
    if_true: &'n [i64],
    if_false: &'n [i64],
    missing_is_true: &'n [i64],
}

/// A leaf's weights: outputs, and numbers.
type Weights = Vec<(usize, f64)>;

/// Reads the attributes, whose names begin with `nodes_`, and those of weights with `target`.
pub(super) fn read(
    steps: &mut StepBuilder,
    node: &GraphNode<'_>,
    n_outputs: usize,
    target: &str,
) -> Result<Ensemble> {
    let lists = Lists {
        tree_ids: node.ints("nodes_treeids"),
        node_ids: node.ints("nodes_nodeids"),
        features: node.ints("nodes_featureids"),
        modes: node.strings("nodes_modes")?,
        thresholds: node.floats_or_tensor("nodes_values")?,
        if_true: node.ints("nodes_truenodeids"),
        if_false: node.ints("nodes_falsenodeids"),
        missing_is_true: node.ints("nodes_missing_value_tracks_true"),
    };
    lists.check()?;
    steps.spend(lists.tree_ids.len().saturating_mul(NODE))?;
    let weights = weights(node, n_outputs, target)?;
    let outputs: BTreeSet<usize> = weights.values().flatten().map(|(output, _)| *output).collect();
    let is_positive = weights.values().flatten().all(|(_, weight)| *weight >= 0.0);
    let trees: Result<Vec<Tree>> = lists
        .trees()
        .enumerate()
        .map(|(number, range)| {
            let tree = lists.tree(steps, range, &weights, n_outputs);
            tree.map_err(|error| error.within(format_args!("tree {number}")))
        })
        .collect();
    let takes_missing = lists.missing_is_true.contains(&1);
    Ok(Ensemble { trees: trees?, outputs, is_positive, takes_missing, answers_single: true })
}

/// The weights of each leaf, by tree and node.
fn weights(node: &GraphNode<'_>, n_outputs: usize, target: &str) -> Result<HashMap<(i64, i64), Weights>> {
    let outputs = node.ints(&format!("{target}_ids"));
    let tree_ids = node.ints(&format!("{target}_treeids"));
    let node_ids = node.ints(&format!("{target}_nodeids"));
    let numbers = node.floats_or_tensor(&format!("{target}_weights"))?;
    if [tree_ids.len(), node_ids.len(), numbers.len()].iter().any(|len| *len != outputs.len()) {
        return Err(Error::malformed(format!("the lists of attributes '{target}_…' are not equally long")));
    }
    let mut weights: HashMap<(i64, i64), Weights> = HashMap::new();
    for (((output, tree), node), number) in outputs.iter().zip(tree_ids).zip(node_ids).zip(numbers) {
        let index = usize::try_from(*output).ok().filter(|index| *index < n_outputs);
        let index = index.ok_or_else(|| {
            Error::malformed(format!("tree {tree}: node {node}: output {output} of {n_outputs}"))
        })?;
        let of_leaf = weights.entry((*tree, *node)).or_default();
        if of_leaf.iter().any(|(known, _)| *known == index) {
            let message = format!("tree {tree}: node {node}: several weights for output {index}");
            return Err(Error::unsupported(message));
        }
        of_leaf.push((index, number));
    }
    Ok(weights)
}

impl Lists<'_> {
    fn check(&self) -> Result<()> {
        let n_nodes = self.tree_ids.len();
        let lens = [
            self.node_ids.len(),
            self.features.len(),
            self.modes.len(),
            self.thresholds.len(),
            self.if_true.len(),
            self.if_false.len(),
        ];
        let has_missing = [0, n_nodes].contains(&self.missing_is_true.len());
        if n_nodes > 0 && lens.iter().all(|len| *len == n_nodes) && has_missing {
            return Ok(());
        }
        Err(Error::malformed("the lists of attributes 'nodes_…' are empty, or not equally long"))
    }

    /// The nodes of each tree, which stand together.
    fn trees(&self) -> impl Iterator<Item = std::ops::Range<usize>> {
        let mut start = 0;
        self.tree_ids.chunk_by(|a, b| a == b).map(move |chunk| {
            let range = start..start + chunk.len();
            start = range.end;
            range
        })
    }

    fn tree(
        &self,
        steps: &mut StepBuilder,
        range: std::ops::Range<usize>,
        weights: &HashMap<(i64, i64), Weights>,
        n_outputs: usize,
    ) -> Result<Tree> {
        let id = self.tree_ids[range.start];
        let mut places: HashMap<i64, u32> = HashMap::new();
        for (place, index) in range.clone().enumerate() {
            let node_id = self.node_ids[index];
            let place = u32::try_from(place).map_err(|_| Error::malformed("more than 2^32 nodes"))?;
            if places.insert(node_id, place).is_some() {
                return Err(Error::malformed(format!("node {node_id} is there twice")));
            }
        }
        let leaves: Vec<usize> = range.clone().filter(|index| self.modes[*index] == "LEAF").collect();
        let of_leaf = |index: usize| weights.get(&(id, self.node_ids[index])).map_or(&[][..], Vec::as_slice);
        let output = single_output(leaves.iter().map(|index| of_leaf(*index)));
        let width = if output.is_some() { 1 } else { n_outputs };
        steps.spend(leaves.len().saturating_mul(width))?;
        let mut values = vec![NONE; leaves.len() * width];
        for (leaf, index) in values.chunks_exact_mut(width).zip(&leaves) {
            for (to, weight) in of_leaf(*index) {
                leaf[if output.is_some() { 0 } else { *to }] = *weight;
            }
        }
        let mut n_leaves = 0;
        let nodes: Result<Vec<Node>> = range
            .map(|index| {
                if self.modes[index] == "LEAF" {
                    n_leaves += 1;
                    return Ok(Node::Leaf(n_leaves - 1));
                }
                let node_id = self.node_ids[index];
                self.branch(index, &places).map_err(|error| error.within(format_args!("node {node_id}")))
            })
            .collect();
        Ok(Tree { nodes: nodes?, values, output, covers: Vec::new() })
    }

    fn branch(&self, index: usize, places: &HashMap<i64, u32>) -> Result<Node> {
        let place = |id: i64| {
            let place = places.get(&id).copied();
            place.ok_or_else(|| Error::malformed(format!("it leads to node {id}, which is not in the tree")))
        };
        let feature = usize::try_from(self.features[index])
            .map_err(|_| Error::malformed(format!("it asks about feature {}", self.features[index])))?;
        let ways = (place(self.if_true[index])?, place(self.if_false[index])?);
        let missing_is_true = self.missing_is_true.get(index) == Some(&1);
        branch(&self.modes[index], feature, self.thresholds[index], ways, missing_is_true)
    }
}

/// The one output that all leaves have one weight for, if there is one.
fn single_output<'w>(leaves: impl Iterator<Item = &'w [(usize, f64)]>) -> Option<usize> {
    let mut output = None;
    for weights in leaves {
        match weights {
            [(index, _)] if output.is_none_or(|known| known == *index) => output = Some(*index),
            _ => return None,
        }
    }
    output
}

/// A question in any of the operators' modes. NaN fails every comparison but `!=`, unless it is to hold.
pub(super) fn branch(
    mode: &str,
    feature: usize,
    threshold: f64,
    (if_true, if_false): (u32, u32),
    missing_is_true: bool,
) -> Result<Node> {
    let (test, is_turned) = match mode {
        "BRANCH_LEQ" => (Test::AtMost(threshold), false),
        "BRANCH_LT" => (Test::Below(threshold), false),
        "BRANCH_GT" => (Test::AtMost(threshold), true),
        "BRANCH_GTE" => (Test::Below(threshold), true),
        "BRANCH_EQ" => (Test::Equals(threshold), false),
        "BRANCH_NEQ" => (Test::Equals(threshold), true),
        other => return Err(Error::malformed(format!("its mode is {other}"))),
    };
    let missing_holds = missing_is_true || mode == "BRANCH_NEQ";
    let missing = if missing_holds == is_turned { Missing::Right } else { Missing::Left };
    let (left, right) = if is_turned { (if_false, if_true) } else { (if_true, if_false) };
    Ok(Node::Branch(Branch { feature, test, missing, left, right }))
}
