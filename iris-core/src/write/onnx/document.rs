//! A file while it is written: nodes, each with a value of its own, and constants.

use prost::Message;

use super::proto::{
    Attribute, AttributeType, DataType, Dimension, Graph, Model, Node, Opset, Property, Shape, Size, Tensor,
    TensorType, Type, ValueInfo,
};
use super::{INPUT, ML_OPSET, OPSET};
use crate::{Feature, Schema};

/// The version of the format that these operators came with.
const IR_VERSION: i64 = 7;

/// Where ONNX-ML's operators are.
const ML: &str = "ai.onnx.ml";

#[derive(Default)]
pub(super) struct Document {
    nodes: Vec<Node>,
    constants: Vec<Tensor>,
    n_values: usize,
}

/// What the model gives, by the name of the value.
pub(super) struct Output {
    pub(super) name: &'static str,
    pub(super) value: String,
    pub(super) data_type: DataType,
    /// Numbers a row; `None` where there is one, in no list.
    pub(super) width: Option<usize>,
}

impl Document {
    /// The value of one of ONNX's own operators.
    pub(super) fn op(&mut self, op_type: &str, inputs: &[&str]) -> String {
        self.op_with(op_type, inputs, Vec::new())
    }

    pub(super) fn op_with(&mut self, op_type: &str, inputs: &[&str], attributes: Vec<Attribute>) -> String {
        self.node("", op_type, inputs, attributes)
    }

    /// The value of one of ONNX-ML's.
    pub(super) fn ml(&mut self, op_type: &str, inputs: &[&str], attributes: Vec<Attribute>) -> String {
        self.node(ML, op_type, inputs, attributes)
    }

    fn node(&mut self, domain: &str, op_type: &str, inputs: &[&str], attribute: Vec<Attribute>) -> String {
        let value = self.name("v");
        self.nodes.push(Node {
            input: inputs.iter().map(ToString::to_string).collect(),
            output: vec![value.clone()],
            name: value.clone(),
            op_type: op_type.to_owned(),
            attribute,
            domain: domain.to_owned(),
        });
        value
    }

    fn name(&mut self, letter: &str) -> String {
        self.n_values += 1;
        format!("{letter}{}", self.n_values)
    }

    fn constant(&mut self, tensor: Tensor) -> String {
        let name = self.name("c");
        self.constants.push(Tensor { name: name.clone(), ..tensor });
        name
    }

    /// A number.
    pub(super) fn number(&mut self, number: f64) -> String {
        self.constant(doubles(&[], vec![number]))
    }

    /// Numbers that stand beside each other in every row.
    pub(super) fn row(&mut self, numbers: &[f64]) -> String {
        self.constant(doubles(&[numbers.len()], numbers.to_vec()))
    }

    /// A matrix of so many columns, row after row.
    pub(super) fn matrix(&mut self, n_columns: usize, numbers: Vec<f64>) -> String {
        let n_rows = numbers.len() / n_columns.max(1);
        self.constant(doubles(&[n_rows, n_columns], numbers))
    }

    /// Whole numbers in a list.
    pub(super) fn integers(&mut self, numbers: impl IntoIterator<Item = i64>) -> String {
        let int64_data: Vec<i64> = numbers.into_iter().collect();
        self.constant(Tensor { int64_data, ..list(DataType::Int64, 0) }.sized())
    }

    /// Texts in a list.
    pub(super) fn texts(&mut self, texts: &[String]) -> String {
        let string_data: Vec<_> = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
        self.constant(Tensor { string_data, ..list(DataType::String, texts.len()) })
    }

    /// Truths in a list.
    pub(super) fn truths(&mut self, truths: &[bool]) -> String {
        let int32_data = truths.iter().map(|truth| i32::from(*truth)).collect();
        self.constant(Tensor { int32_data, ..list(DataType::Bool, truths.len()) })
    }

    /// Some columns of a value, in this order.
    pub(super) fn columns(&mut self, value: &str, columns: impl IntoIterator<Item = usize>) -> String {
        let columns = self.integers(columns.into_iter().map(integer));
        self.op_with("Gather", &[value, &columns], vec![int("axis", 1)])
    }

    /// A value as another type.
    pub(super) fn cast(&mut self, value: &str, to: DataType) -> String {
        self.op_with("Cast", &[value], vec![int("to", i64::from(to as i32))])
    }

    /// The sum of a row's numbers, as a column.
    pub(super) fn sum(&mut self, value: &str) -> String {
        let axis = self.integers([1]);
        self.op_with("ReduceSum", &[value, &axis], vec![int("keepdims", 1)])
    }

    /// The file.
    pub(super) fn finish(mut self, schema: &Schema, outputs: Vec<Output>) -> Vec<u8> {
        let mut declared = Vec::with_capacity(outputs.len());
        for Output { name, value, data_type, width } in outputs {
            self.nodes.push(Node {
                input: vec![value],
                output: vec![name.to_owned()],
                name: name.to_owned(),
                op_type: "Identity".to_owned(),
                ..Node::default()
            });
            declared.push(declaration(name, data_type, width));
        }
        let graph = Graph {
            node: self.nodes,
            name: schema.name().unwrap_or("model").to_owned(),
            initializer: self.constants,
            input: vec![declaration(INPUT, DataType::Double, Some(schema.n_features()))],
            output: declared,
        };
        let opset = |domain: &str, version| Opset { domain: domain.to_owned(), version };
        let model = Model {
            ir_version: IR_VERSION,
            producer_name: "iris".to_owned(),
            producer_version: env!("CARGO_PKG_VERSION").to_owned(),
            doc_string: schema.description().unwrap_or_default().to_owned(),
            graph: Some(graph),
            opset_import: vec![opset("", OPSET), opset(ML, ML_OPSET)],
            metadata_props: properties(schema),
        };
        model.encode_to_vec()
    }
}

/// What the reader of ONNX files finds again, beside what the graph says.
fn properties(schema: &Schema) -> Vec<Property> {
    let names: Vec<&str> = schema.features().iter().map(Feature::name).collect();
    let names = serde_json::to_string(&names).ok();
    let all = [
        ("iris.name", schema.name().map(str::to_owned)),
        ("iris.version", schema.version().map(str::to_owned)),
        ("iris.description", schema.description().map(str::to_owned)),
        ("iris.feature_names", names),
    ];
    let given = all.into_iter().filter_map(|(key, value)| Some((key, value?)));
    given.map(|(key, value)| Property { key: key.to_owned(), value }).collect()
}

fn declaration(name: &str, data_type: DataType, width: Option<usize>) -> ValueInfo {
    let rows = Dimension { size: Some(Size::Parameter("n".to_owned())) };
    let columns = width.map(|width| Dimension { size: Some(Size::Value(integer(width))) });
    let shape = Shape { dim: [rows].into_iter().chain(columns).collect() };
    let tensor_type = TensorType { elem_type: data_type as i32, shape: Some(shape) };
    ValueInfo { name: name.to_owned(), r#type: Some(Type { tensor_type: Some(tensor_type) }) }
}

fn list(data_type: DataType, len: usize) -> Tensor {
    Tensor { dims: vec![integer(len)], data_type: data_type as i32, ..Tensor::default() }
}

/// Numbers in a tensor of this shape.
pub(super) fn doubles(shape: &[usize], numbers: Vec<f64>) -> Tensor {
    let dims = shape.iter().copied().map(integer).collect();
    Tensor { dims, data_type: DataType::Double as i32, double_data: numbers, ..Tensor::default() }
}

impl Tensor {
    /// The same with the length that its whole numbers have.
    fn sized(self) -> Self {
        Self { dims: vec![integer(self.int64_data.len())], ..self }
    }
}

/// A place or a length, of which there are fewer than a file can hold.
pub(super) fn integer(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn int(name: &str, i: i64) -> Attribute {
    Attribute { i: Some(i), ..attribute(name, AttributeType::Int) }
}

pub(super) fn ints(name: &str, ints: Vec<i64>) -> Attribute {
    Attribute { ints, ..attribute(name, AttributeType::Ints) }
}

pub(super) fn text(name: &str, text: &str) -> Attribute {
    Attribute { s: Some(text.into()), ..attribute(name, AttributeType::String) }
}

pub(super) fn words(name: &str, words: impl Iterator<Item = &'static str>) -> Attribute {
    let strings = words.map(|word| word.as_bytes().to_vec()).collect();
    Attribute { strings, ..attribute(name, AttributeType::Strings) }
}

pub(super) fn tensor(name: &str, numbers: Vec<f64>) -> Attribute {
    Attribute { t: Some(doubles(&[numbers.len()], numbers)), ..attribute(name, AttributeType::Tensor) }
}

fn attribute(name: &str, r#type: AttributeType) -> Attribute {
    Attribute { name: name.to_owned(), r#type: r#type as i32, ..Attribute::default() }
}
