//! A forest as a `TreeEnsembleRegressor`, whose sums are in double precision and come out of it in single.

use super::document::{Document, int, integer, ints, tensor, text, words};
use super::proto::DataType;
use super::unsaid;
use crate::error::{Error, Result};
use crate::trees::{Finish, Forest, Precision, Question, WrittenNode};

/// The lists of the operator's attributes, an entry a node, and below an entry a number of a leaf.
#[derive(Default)]
struct Lists {
    tree_ids: Vec<i64>,
    node_ids: Vec<i64>,
    features: Vec<i64>,
    modes: Vec<&'static str>,
    values: Vec<f64>,
    yes: Vec<i64>,
    no: Vec<i64>,
    missing_is_yes: Vec<i64>,
    target_trees: Vec<i64>,
    target_nodes: Vec<i64>,
    targets: Vec<i64>,
    weights: Vec<f64>,
}

pub(super) fn write(document: &mut Document, forest: &Forest, row: &str) -> Result<String> {
    let (precision, sum) = forest.arithmetic();
    let row = match precision {
        Precision::Double => row.to_owned(),
        Precision::Single => {
            let single = document.cast(row, DataType::Float);
            document.cast(&single, DataType::Double)
        }
    };
    let mut lists = Lists::default();
    for (tree, nodes) in forest.written().map_err(not_kept)?.enumerate() {
        for (place, node) in nodes.map_err(unsaid)?.into_iter().enumerate() {
            lists.add(integer(tree), integer(place), node);
        }
    }
    let Lists { tree_ids, node_ids, features, modes, values, yes, no, missing_is_yes, .. } = lists;
    let attributes = vec![
        text("aggregate_function", "SUM"),
        text("post_transform", "NONE"),
        int("n_targets", integer(forest.n_outputs())),
        tensor("base_values_as_tensor", sum.start.clone()),
        ints("nodes_treeids", tree_ids),
        ints("nodes_nodeids", node_ids),
        ints("nodes_featureids", features),
        words("nodes_modes", modes.into_iter()),
        tensor("nodes_values_as_tensor", values),
        ints("nodes_truenodeids", yes),
        ints("nodes_falsenodeids", no),
        ints("nodes_missing_value_tracks_true", missing_is_yes),
        ints("target_treeids", lists.target_trees),
        ints("target_nodeids", lists.target_nodes),
        ints("target_ids", lists.targets),
        tensor("target_weights_as_tensor", lists.weights),
    ];
    let sums = document.ml("TreeEnsembleRegressor", &[&row], attributes);
    let sums = document.cast(&sums, DataType::Double);
    Ok(match &sum.finish {
        Finish::Nothing => sums,
        Finish::Divide(divisor) => {
            let divisor = document.number(*divisor);
            document.op("Div", &[&sums, &divisor])
        }
        Finish::Scale { factor, shift } => {
            let (factor, shift) = (document.number(*factor), document.row(shift));
            let scaled = document.op("Mul", &[&sums, &factor]);
            document.op("Add", &[&scaled, &shift])
        }
        Finish::Shift(shift) => {
            let shift = document.row(shift);
            document.op("Add", &[&sums, &shift])
        }
    })
}

#[cold]
fn not_kept(why: &str) -> Error {
    Error::unsupported(format!("trees that were not kept cannot be written as ONNX: {why}"))
}

impl Lists {
    fn add(&mut self, tree: i64, place: i64, node: WrittenNode) {
        self.tree_ids.push(tree);
        self.node_ids.push(place);
        match node {
            WrittenNode::Leaf { first_output, values } => {
                for (at, value) in values.iter().enumerate() {
                    self.target_trees.push(tree);
                    self.target_nodes.push(place);
                    self.targets.push(integer(first_output + at));
                    self.weights.push(*value);
                }
                self.put(("LEAF", 0.0), 0, (0, 0), false);
            }
            WrittenNode::Branch { feature, question, missing_is_left, left, right } => {
                let asked = match question {
                    Question::AtMost(threshold) => ("BRANCH_LEQ", threshold),
                    Question::Equals(value) => ("BRANCH_EQ", value),
                };
                self.put(asked, integer(feature), (integer(left), integer(right)), missing_is_left);
            }
        }
    }

    fn put(&mut self, asked: (&'static str, f64), feature: i64, (yes, no): (i64, i64), missing_is_yes: bool) {
        self.modes.push(asked.0);
        self.values.push(asked.1);
        self.features.push(feature);
        self.yes.push(yes);
        self.no.push(no);
        self.missing_is_yes.push(i64::from(missing_is_yes));
    }
}
