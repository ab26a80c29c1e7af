//! Ensembles of ONNX whose trees are none, or more than anyone grows.

use iris_core::{ErrorKind, Predictor, Reader};
use prost::Message;

use super::{Graph, Model, Node, declare};

/// An `AttributeProto`.
#[derive(Clone, PartialEq, Message)]
struct Attribute {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(int64, optional, tag = "3")]
    i: Option<i64>,
    #[prost(bytes = "vec", optional, tag = "4")]
    s: Option<Vec<u8>>,
    #[prost(float, repeated, tag = "7")]
    floats: Vec<f32>,
    #[prost(int64, repeated, tag = "8")]
    ints: Vec<i64>,
    #[prost(bytes = "vec", repeated, tag = "9")]
    strings: Vec<Vec<u8>>,
}

/// What a regressor's attributes say.
#[derive(Clone)]
struct Trees {
    tree_ids: Vec<i64>,
    node_ids: Vec<i64>,
    features: Vec<i64>,
    modes: Vec<&'static str>,
    values: Vec<f32>,
    if_true: Vec<i64>,
    if_false: Vec<i64>,
    leaf_tree_ids: Vec<i64>,
    leaf_node_ids: Vec<i64>,
    targets: Vec<i64>,
    weights: Vec<f32>,
    n_targets: i64,
    aggregate: &'static str,
    transform: &'static str,
    base: Vec<f32>,
    is_single: bool,
}

/// One tree, whose root asks whether column 0 is at most 0.5, and whose leaves are -1 and 1.
fn stump() -> Trees {
    Trees {
        tree_ids: vec![0; 3],
        node_ids: vec![0, 1, 2],
        features: vec![0; 3],
        modes: vec!["BRANCH_LEQ", "LEAF", "LEAF"],
        values: vec![0.5, 0.0, 0.0],
        if_true: vec![1, 0, 0],
        if_false: vec![2, 0, 0],
        leaf_tree_ids: vec![0, 0],
        leaf_node_ids: vec![1, 2],
        targets: vec![0, 0],
        weights: vec![-1.0, 1.0],
        n_targets: 1,
        aggregate: "SUM",
        transform: "NONE",
        base: Vec::new(),
        is_single: false,
    }
}

/// A tree in which every second node is a leaf, and the others one way down.
fn chain(depth: i64) -> Trees {
    let n_nodes = usize::try_from(2 * depth + 1).unwrap();
    let is_leaf = |node: i64| node % 2 == 1 || node == 2 * depth;
    let of_nodes = |of: &dyn Fn(i64) -> i64| (0..=2 * depth).map(of).collect::<Vec<i64>>();
    let leaves: Vec<i64> = (0..=2 * depth).filter(|node| is_leaf(*node)).collect();
    Trees {
        tree_ids: vec![0; n_nodes],
        node_ids: of_nodes(&|node| node),
        features: vec![0; n_nodes],
        modes: (0..=2 * depth).map(|node| if is_leaf(node) { "LEAF" } else { "BRANCH_LEQ" }).collect(),
        values: vec![0.5; n_nodes],
        if_true: of_nodes(&|node| if is_leaf(node) { 0 } else { node + 1 }),
        if_false: of_nodes(&|node| if is_leaf(node) { 0 } else { node + 2 }),
        leaf_tree_ids: vec![0; leaves.len()],
        targets: vec![0; leaves.len()],
        weights: vec![1.0; leaves.len()],
        leaf_node_ids: leaves,
        ..stump()
    }
}

impl Trees {
    fn file(&self) -> Vec<u8> {
        let named = |name: &str| Attribute { name: name.into(), ..Attribute::default() };
        let ints = |name: &str, ints: &[i64]| Attribute { ints: ints.to_vec(), ..named(name) };
        let floats = |name: &str, floats: &[f32]| Attribute { floats: floats.to_vec(), ..named(name) };
        let text = |name: &str, text: &str| Attribute { s: Some(text.into()), ..named(name) };
        let modes = self.modes.iter().map(|mode| mode.as_bytes().to_vec()).collect();
        let attributes = [
            ints("nodes_treeids", &self.tree_ids),
            ints("nodes_nodeids", &self.node_ids),
            ints("nodes_featureids", &self.features),
            Attribute { strings: modes, ..named("nodes_modes") },
            floats("nodes_values", &self.values),
            ints("nodes_truenodeids", &self.if_true),
            ints("nodes_falsenodeids", &self.if_false),
            ints("target_treeids", &self.leaf_tree_ids),
            ints("target_nodeids", &self.leaf_node_ids),
            ints("target_ids", &self.targets),
            floats("target_weights", &self.weights),
            Attribute { i: Some(self.n_targets), ..named("n_targets") },
            text("aggregate_function", self.aggregate),
            text("post_transform", self.transform),
            floats("base_values", &self.base),
        ];
        let node = Node {
            op_type: "TreeEnsembleRegressor".into(),
            domain: "ai.onnx.ml".into(),
            input: vec!["X".into()],
            output: vec!["y".into()],
            attribute: attributes.iter().map(Message::encode_to_vec).collect(),
            ..Node::default()
        };
        // An output is a `ValueInfo`, of which the name is enough.
        let output = vec![vec![0x0A, 1, b'y']];
        let mut input = declare(2);
        if self.is_single {
            let place = input.windows(2).position(|bytes| bytes == [0x08, 0x0B]).unwrap();
            input[place + 1] = 1;
        }
        let graph = Graph { node: vec![node], input: vec![input], output, ..Graph::default() };
        Model { graph: Some(graph), ..Model::default() }.encode_to_vec()
    }

    fn answer(&self, value: f64) -> f64 {
        Predictor::read(&self.file()).unwrap().predict(&[value, 0.0]).unwrap().value().unwrap()
    }
}

#[test]
fn a_tree_may_be_one_leaf() {
    assert_eq!((stump().answer(0.5), stump().answer(0.6)), (-1.0, 1.0));
    let leaf = Trees {
        tree_ids: vec![0],
        node_ids: vec![0],
        features: vec![0],
        modes: vec!["LEAF"],
        values: vec![0.0],
        if_true: vec![0],
        if_false: vec![0],
        leaf_tree_ids: vec![0],
        leaf_node_ids: vec![0],
        targets: vec![0],
        weights: vec![2.5],
        ..stump()
    };
    for aggregate in ["SUM", "AVERAGE", "MIN", "MAX"] {
        assert_eq!(Trees { aggregate, ..leaf.clone() }.answer(7.0), 2.5, "{aggregate}");
    }
}

#[test]
fn what_is_no_tree_is_named_with_its_node() {
    type Change = fn(&mut Trees);
    let changes: [(&str, Change); 19] = [
        ("tree 0: node 0: more than one way leads to it", |trees| trees.if_true[0] = 0),
        ("tree 0: node 1: more than one way leads to it", |trees| trees.if_false[0] = 1),
        ("tree 0: node 0: it leads to node 7, which is not in the tree", |trees| trees.if_true[0] = 7),
        ("tree 0: node 0: it leads to node -1, which is not in the tree", |trees| trees.if_true[0] = -1),
        ("tree 0: node 1 is there twice", |trees| trees.node_ids[2] = 1),
        ("tree 0: node 0: it asks about feature 2 of 2", |trees| trees.features[0] = 2),
        ("tree 0: node 0: it asks about feature -1", |trees| trees.features[0] = -1),
        ("tree 0: node 0: its mode is BRANCH", |trees| trees.modes[0] = "BRANCH"),
        ("'nodes_values' holds NaN, which is not finite", |trees| trees.values[0] = f32::NAN),
        ("'nodes_values' holds inf, which is not finite", |trees| trees.values[0] = f32::INFINITY),
        ("'target_weights' holds -inf, which is not finite", |trees| trees.weights[1] = f32::NEG_INFINITY),
        ("the lists of attributes 'nodes_…' are empty, or not equally long", |trees| trees.values.clear()),
        ("the lists of attributes 'target_…' are not equally long", |trees| trees.weights.clear()),
        ("tree 0: node 2: output 1 of 1", |trees| trees.targets[1] = 1),
        ("tree 0: node 2: several weights for output 0", |trees| trees.leaf_node_ids[0] = 2),
        ("0 targets", |trees| trees.n_targets = 0),
        ("2 base values for 1 targets", |trees| trees.base = vec![0.5, 0.5]),
        ("aggregate_function MEDIAN is none of the operator's", |trees| trees.aggregate = "MEDIAN"),
        ("post_transform EXP is none of the operator's", |trees| trees.transform = "EXP"),
    ];
    for (says, change) in changes {
        let mut trees = stump();
        change(&mut trees);
        let error = Predictor::read(&trees.file()).expect_err(says);
        assert!(error.to_string().contains(says), "{error}, and not {says}");
    }
    // In the type of the rows it stands for no weight at all; in a larger type it is one.
    let largest = Trees { aggregate: "MIN", weights: vec![f32::MAX, 1.0], ..stump() };
    assert_eq!(largest.answer(0.5), f64::from(f32::MAX));
    let error = Predictor::read(&Trees { is_single: true, ..largest }.file()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnsupportedModel, "{error}");
}

/// Deeper than anything that may call itself, and still read in a moment; deeper than that it is refused.
#[test]
fn a_chain_as_deep_as_it_is_long_is_no_bomb() {
    assert_eq!(chain(2000).answer(0.7), 1.0);
    let error = Predictor::read(&chain(100_001).file()).unwrap_err();
    assert!(error.to_string().contains("it is deeper than 100000 questions"), "{error}");
}

/// A few bytes that speak of many targets make no table of them.
#[test]
fn announced_targets_are_bounded() {
    for aggregate in ["SUM", "MIN"] {
        for n_targets in [1 << 40, i64::MAX] {
            // Leaves for one target alone have one number each; others one for every target.
            for targets in [vec![0, 0], vec![0, 1]] {
                let trees = Trees { targets, n_targets, aggregate, ..stump() };
                let error = Reader::new().max_numbers(1 << 20).read(&trees.file()).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::ModelTooLarge, "{error}");
            }
        }
    }
}
