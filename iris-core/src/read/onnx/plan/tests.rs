mod texts;

use prost::Message;

use super::*;
use crate::read::onnx::proto::{
    Attribute, DataType, Dimension, Graph, Node, Shape, Size, Tensor, TensorType, Type, ValueInfo,
};
use crate::{Predictor, Reader};

/// A graph over `x`, a row of three floats, which answers `y`.
struct Case {
    nodes: Vec<Node>,
    constants: Vec<Tensor>,
    opset: i64,
}

fn case(nodes: Vec<Node>, constants: Vec<Tensor>) -> Case {
    Case { nodes, constants, opset: 18 }
}

impl Case {
    fn read(self) -> Result<Predictor> {
        let dimension = |width| Dimension { size: Some(Size::Value(width)) };
        let shape = Shape { dim: vec![Dimension { size: None }, dimension(3)] };
        let tensor = TensorType { elem_type: DataType::Float as i32, shape: Some(shape) };
        let input = ValueInfo { name: "x".into(), r#type: Some(Type { tensor_type: Some(tensor) }) };
        let output = ValueInfo { name: "y".into(), r#type: None };
        let graph =
            Graph { node: self.nodes, initializer: self.constants, input: vec![input], output: vec![output] };
        let set = proto::OperatorSet { domain: String::new(), version: self.opset };
        let model = proto::Model { graph: Some(graph), opset_import: vec![set], metadata_props: Vec::new() };
        Reader::new().max_numbers(1 << 16).read(&model.encode_to_vec())
    }

    fn answers(self, row: [f64; 3]) -> Vec<f64> {
        let predictor = self.read().unwrap();
        let mut values = vec![0.0; predictor.schema().n_targets()];
        predictor.predict_values_into(&row, &mut values).unwrap();
        values
    }

    fn refused(self) -> String {
        self.read().map(|_| "it is read").map_err(|error| error.to_string()).unwrap_err()
    }
}

fn node(operator: &str, inputs: &[&str], output: &str, attributes: &[Attribute]) -> Node {
    Node {
        input: inputs.iter().map(ToString::to_string).collect(),
        output: vec![output.to_owned()],
        name: "it".into(),
        op_type: operator.into(),
        attribute: attributes.to_vec(),
        domain: String::new(),
    }
}

fn int(name: &str, i: i64) -> Attribute {
    Attribute { name: name.into(), i: Some(i), ..Attribute::default() }
}

fn ints(name: &str, ints: &[i64]) -> Attribute {
    Attribute { name: name.into(), ints: ints.to_vec(), ..Attribute::default() }
}

fn wholes(name: &str, numbers: &[i64]) -> Tensor {
    Tensor {
        name: name.into(),
        dims: vec![i64::try_from(numbers.len()).unwrap()],
        data_type: DataType::Int64 as i32,
        int64_data: numbers.to_vec(),
        ..Tensor::default()
    }
}

fn floats(name: &str, dims: &[i64], numbers: &[f32]) -> Tensor {
    Tensor {
        name: name.into(),
        dims: dims.to_vec(),
        data_type: DataType::Float as i32,
        float_data: numbers.to_vec(),
        ..Tensor::default()
    }
}

/// Operators beside one that no linear map has, so that the graph is planned.
#[test]
fn operators_do_what_onnx_says() {
    let row = [1.0, 4.0, 2.0];
    let one = |operator: &str, attributes: &[Attribute]| {
        case(vec![node("Ceil", &["x"], "e", &[]), node(operator, &["e"], "y", attributes)], Vec::new())
            .answers(row)
    };
    assert_eq!(one("ReduceMax", &[ints("axes", &[1])]), [4.0]);
    assert_eq!(one("ReduceL1", &[ints("axes", &[-1]), int("keepdims", 0)]), [7.0]);
    assert_eq!(one("ReduceSumSquare", &[]), [21.0]);
    assert_eq!(one("Relu", &[]), row);
    assert_eq!(one("Neg", &[]), [-1.0, -4.0, -2.0]);
    assert_eq!(one("Flatten", &[int("axis", 1)]), row);
    let more = |operator: &str, attributes: &[Attribute], constants: Vec<Tensor>| {
        let names: Vec<String> = constants.iter().map(|tensor| tensor.name.clone()).collect();
        let inputs: Vec<&str> = ["e"].into_iter().chain(names.iter().map(String::as_str)).collect();
        case(vec![node("Ceil", &["x"], "e", &[]), node(operator, &inputs, "y", attributes)], constants)
            .answers(row)
    };
    assert_eq!(more("Gather", &[int("axis", 1)], vec![wholes("a", &[-1, 0])]), [2.0, 1.0]);
    assert_eq!(
        more("Slice", &[], vec![wholes("a", &[1]), wholes("b", &[i64::MAX]), wholes("c", &[1])]),
        [4.0, 2.0]
    );
    assert_eq!(
        more("Slice", &[], vec![wholes("a", &[-3]), wholes("b", &[3]), wholes("c", &[1]), wholes("d", &[2])]),
        [1.0, 2.0]
    );
    assert_eq!(more("Tile", &[], vec![wholes("a", &[1, 2])]), [1.0, 4.0, 2.0, 1.0, 4.0, 2.0]);
    assert_eq!(more("CumSum", &[int("exclusive", 1)], vec![wholes("a", &[1])]), [0.0, 1.0, 5.0]);
    assert_eq!(more("TopK", &[], vec![wholes("a", &[2])]), [4.0, 2.0]);
    assert_eq!(more("MatMul", &[], vec![floats("a", &[3], &[1.0, 0.5, 2.0])]), [7.0]);
    assert_eq!(more("Pow", &[], vec![floats("a", &[], &[2.0])]), [1.0, 16.0, 4.0]);
    assert_eq!(more("Sub", &[], vec![floats("a", &[1, 3], &[1.0, 1.0, 3.0])]), [0.0, 3.0, -1.0]);
    assert_eq!(more("Clip", &[], vec![floats("a", &[], &[1.5]), floats("b", &[], &[3.0])]), [1.5, 3.0, 2.0]);
    assert_eq!(more("Reshape", &[], vec![wholes("a", &[0, -1])]), row);
}

/// Bodies, constants that are computed when the file is read, and answers of several nodes.
#[test]
fn nodes_follow_each_other() {
    let nodes = vec![
        node("Shape", &["x"], "shape", &[]),
        node("ConstantOfShape", &["shape"], "zeros", &[]),
        node("Exp", &["zeros"], "ones", &[]),
        node("Max", &["x", "ones"], "raised", &[]),
        node("Transpose", &["raised"], "column", &[]),
        node("MatMul", &["raised", "column"], "y", &[]),
    ];
    assert_eq!(case(nodes, Vec::new()).answers([0.5, 2.0, 3.0]), [14.0]);
}

#[test]
fn what_is_wrong_is_said_with_its_node() {
    let one = |operator: &str, attributes: &[Attribute], constants: Vec<Tensor>| {
        let names: Vec<String> = constants.iter().map(|tensor| tensor.name.clone()).collect();
        let inputs: Vec<&str> = ["e"].into_iter().chain(names.iter().map(String::as_str)).collect();
        case(vec![node("Ceil", &["x"], "e", &[]), node(operator, &inputs, "y", attributes)], constants)
            .refused()
    };
    let cases = [
        (one("Gather", &[int("axis", 1)], vec![wholes("a", &[3])]), "place 3 of 3"),
        (one("Gather", &[int("axis", 2)], vec![wholes("a", &[0])]), "axis 2 of 2 dimensions"),
        (one("ReduceMax", &[ints("axes", &[-3])], Vec::new()), "axis -3 of 2 dimensions"),
        (one("Transpose", &[ints("perm", &[0, 0])], Vec::new()), "perm [0, 0] is no order"),
        (one("Reshape", &[], vec![wholes("a", &[2, -1])]), "shape [2, -1] for numbers of shape [1, 3]"),
        (one("Reshape", &[], vec![floats("a", &[1], &[3.0])]), "input 1 holds no integers"),
        (one("Reshape", &[], vec![wholes("a", &[-1, -1])]), "shape [-1, -1]"),
        (one("Expand", &[], vec![wholes("a", &[1 << 20, 3])]), "the graph expands to more than"),
        (one("Expand", &[], vec![wholes("a", &[i64::MAX, i64::MAX, 3])]), "a tensor of more than 2^32"),
        (one("Tile", &[], vec![wholes("a", &[1, 1 << 40])]), "a tensor of more than 2^32"),
        (one("Tile", &[], vec![wholes("a", &[1])]), "1 repeats"),
        (one("Add", &[], vec![floats("a", &[2], &[1.0, 2.0])]), "do not fit each other"),
        (
            one("MatMul", &[], vec![floats("a", &[2, 1], &[1.0, 2.0])]),
            "times constant numbers of shape [2, 1]",
        ),
        (
            one("MatMul", &[], vec![floats("a", &[3, 1], &[1.0, f32::INFINITY, 0.0])]),
            "inf, which is not finite",
        ),
        (one("TopK", &[], vec![wholes("a", &[4])]), "the first of 3 numbers"),
        (one("TopK", &[], vec![wholes("a", &[0])]), "the first of 3 numbers"),
        (one("Split", &[], vec![wholes("a", &[2, 2])]), "parts of [2, 2] of 1"),
        (one("Squeeze", &[ints("axes", &[1])], Vec::new()), "axis 1 of numbers of shape [1, 3] is not 1"),
        (one("Unsqueeze", &[], vec![wholes("a", &[0, 0])]), "name one twice"),
        (one("Slice", &[], vec![wholes("a", &[1])]), "no ends"),
        (one("Cast", &[int("to", 16)], Vec::new()), "element type 16"),
        (one("Cast", &[int("to", 8)], Vec::new()), "texts of numbers that can be any"),
        (one("Concat", &[int("axis", 1)], vec![floats("a", &[2, 1], &[1.0, 2.0])]), "beside"),
        (one("Scan", &[int("num_scan_inputs", 1)], Vec::new()), "a scan without a body"),
        (one("Conv", &[], Vec::new()), "a neural network"),
        (one("StringSplit", &[], Vec::new()), "CountVectorizer"),
        (one("Sub", &[], Vec::new()), "input 1 is missing"),
    ];
    for (message, expected) in cases {
        assert!(message.starts_with("node 1 'it' (ai.onnx."), "{message}");
        assert!(message.contains(expected), "{message}, not {expected}");
    }
}

/// A loop within loops, each of as many rounds as are written out, costs what the budget has.
#[test]
fn loops_within_loops_end() {
    let scanned = || floats("s", &[64], &[0.0; 64]);
    let of = |name: &str| ValueInfo { name: name.into(), r#type: None };
    let mut body = Graph {
        node: vec![node("Tanh", &["in"], "y", &[])],
        initializer: Vec::new(),
        input: vec![of("in")],
        output: vec![of("y")],
    };
    for _ in 0..3 {
        let attributes = [
            Attribute { name: "body".into(), g: Some(Box::new(body)), ..Attribute::default() },
            int("num_scan_inputs", 1),
        ];
        body = Graph {
            node: vec![node("Scan", &["s"], "y", &attributes)],
            initializer: vec![scanned()],
            input: vec![of("in")],
            output: vec![of("y")],
        };
    }
    let message = case(vec![node("Ceil", &["x"], "in", &[]), body.node.remove(0)], vec![scanned()]).refused();
    assert!(message.contains("the graph expands to more than 65536 numbers"), "{message}");
}

#[test]
fn an_answer_that_is_none_of_a_row_is_refused() {
    let of = |nodes: Vec<Node>, constants: Vec<Tensor>| case(nodes, constants).refused();
    let several = of(
        vec![node("Ceil", &["x"], "e", &[]), node("Reshape", &["e", "a"], "y", &[])],
        vec![wholes("a", &[3, 1])],
    );
    assert!(several.contains("output 'y' is numbers of shape [3, 1], where a row has one line"), "{several}");
    let same = of(vec![node("Ceil", &["c"], "y", &[])], vec![floats("c", &[1, 1], &[1.5])]);
    assert!(same.contains("the same for every row"), "{same}");
    let number =
        of(vec![node("ReduceSum", &["x"], "e", &[]), node("Cast", &["e"], "y", &[int("to", 7)])], Vec::new());
    assert!(number.contains("the class label can be any number"), "{number}");
}

/// Zeros where zeros are asked for, and no answer where an encoder was told to refuse.
#[test]
fn what_an_encoder_does_not_know_has_no_column_or_no_answer() {
    let encoder = |zeros| {
        let attributes = [ints("cats_int64s", &[1, 2, 4]), int("zeros", zeros)];
        let encoder = Node { domain: "ai.onnx.ml".into(), ..node("OneHotEncoder", &["x"], "e", &attributes) };
        case(vec![encoder, node("Reshape", &["e", "a"], "y", &[])], vec![wholes("a", &[1, 9])])
    };
    let expected = [1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0];
    assert_eq!(encoder(1).answers([1.0, 4.0, 3.0]), expected);
    let predictor = encoder(0).read().unwrap();
    let mut values = [0.0; 9];
    predictor.predict_values_into(&[1.0, 4.0, 2.0], &mut values).unwrap();
    let error = predictor.predict_values_into(&[1.0, 4.0, 3.0], &mut values).unwrap_err();
    assert_eq!(
        (error.kind().class(), error.feature()),
        (crate::ErrorClass::InvalidInput, Some(2)),
        "{error}"
    );
}
