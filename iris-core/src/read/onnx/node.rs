//! One node of the graph, with errors that say which.

use super::proto;
use super::symbol::{Symbol, Value};
use super::tensor::{Tensor, text};
use crate::Labels;
use crate::error::{Error, Result};
use std::rc::Rc;

/// A node together with the values of its inputs, in order; an input that the
/// node leaves out is `None`.
pub(super) struct Node<'a> {
    pub(super) proto: &'a proto::Node,
    pub(super) inputs: Vec<Option<Value>>,
}

impl<'a> Node<'a> {
    pub(super) fn operator(&self) -> &str {
        &self.proto.op_type
    }

    /// An input that the operator cannot do without.
    pub(super) fn input(&self, index: usize) -> Result<&Value> {
        self.optional_input(index).ok_or_else(|| Error::malformed(format!("input {index} is missing")))
    }

    pub(super) fn optional_input(&self, index: usize) -> Option<&Value> {
        self.inputs.get(index).and_then(Option::as_ref)
    }

    /// An input that must be a matrix.
    pub(super) fn rows(&self, index: usize) -> Result<&Rc<Symbol>> {
        match self.input(index)? {
            Value::Rows(rows) => Ok(rows),
            _ => Err(self.unexpected()),
        }
    }

    /// An input that must be known when the model is loaded.
    pub(super) fn constant(&self, index: usize) -> Result<&Rc<Tensor>> {
        match self.input(index)? {
            Value::Constant(tensor) => Ok(tensor),
            other => Err(Error::unsupported(format!(
                "input {index} is {}, where only a constant is supported",
                other.kind()
            ))),
        }
    }

    /// The operator is known, but not with these inputs.
    pub(super) fn unexpected(&self) -> Error {
        let kinds: Vec<&str> = self.inputs.iter().flatten().map(Value::kind).collect();
        Error::unsupported(format!("not supported on {}", kinds.join(" and ")))
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&'a proto::Attribute> {
        self.proto.attribute.iter().find(|attribute| attribute.name == name)
    }

    /// Whether an attribute is there.
    pub(super) fn has(&self, name: &str) -> bool {
        self.attribute(name).is_some()
    }

    pub(super) fn int(&self, name: &str, default: i64) -> i64 {
        self.attribute(name).and_then(|attribute| attribute.i).unwrap_or(default)
    }

    pub(super) fn float(&self, name: &str, default: f32) -> f64 {
        f64::from(self.attribute(name).and_then(|attribute| attribute.f).unwrap_or(default))
    }

    pub(super) fn string(&self, name: &str, default: &str) -> Result<String> {
        match self.attribute(name).and_then(|attribute| attribute.s.as_ref()) {
            Some(bytes) => text(bytes).map_err(|error| error.within(format_args!("attribute '{name}'"))),
            None => Ok(default.to_owned()),
        }
    }

    pub(super) fn ints(&self, name: &str) -> &[i64] {
        self.attribute(name).map_or(&[], |attribute| &attribute.ints)
    }

    /// A list of texts; empty where it is left out.
    pub(super) fn strings(&self, name: &str) -> Result<Vec<String>> {
        let texts = self.attribute(name).map_or(&[][..], |attribute| &attribute.strings);
        let texts = texts.iter().map(|bytes| text(bytes)).collect::<Result<_>>();
        texts.map_err(|error| error.within(format_args!("attribute '{name}'")))
    }

    /// The constant that an attribute holds, if it is there.
    pub(super) fn tensor(&self, name: &str) -> Result<Option<Tensor>> {
        let tensor = self.attribute(name).and_then(|attribute| attribute.t.as_ref());
        let tensor = tensor.map(Tensor::new).transpose();
        tensor.map_err(|error| error.within(format_args!("attribute '{name}'")))
    }

    /// Numbers that stand in an attribute as single ones, or as a tensor in one named `…_as_tensor`.
    pub(super) fn floats_or_tensor(&self, name: &str) -> Result<Vec<f64>> {
        let as_tensor = format!("{name}_as_tensor");
        match self.tensor(&as_tensor)? {
            Some(tensor) => tensor.finite(&format!("attribute '{as_tensor}'")),
            None => self.floats(name),
        }
    }

    /// A list of numbers, every one finite; empty where it is left out.
    pub(super) fn floats(&self, name: &str) -> Result<Vec<f64>> {
        let values: Vec<f64> = self
            .attribute(name)
            .map_or_else(Vec::new, |attribute| attribute.floats.iter().copied().map(f64::from).collect());
        match values.iter().find(|value| !value.is_finite()) {
            None => Ok(values),
            Some(value) => {
                Err(Error::malformed(format!("attribute '{name}' holds {value}, which is not finite")))
            }
        }
    }

    /// Class labels from the one of two attributes that is there.
    pub(super) fn labels(&self, strings: &str, integers: &str) -> Result<Labels> {
        let named = self.strings(strings)?;
        Ok(if named.is_empty() {
            Labels::Integers(self.ints(integers).to_vec())
        } else {
            Labels::Strings(named)
        })
    }

    /// Refuses an axis other than the columns of a matrix.
    pub(super) fn columns_axis(axis: i64) -> Result<()> {
        match axis {
            1 | -1 => Ok(()),
            _ => Err(Error::unsupported(format!("axis {axis}; only the columns (1 or -1) are supported"))),
        }
    }
}

/// An error at this node, which it names then.
#[cold]
pub(super) fn at_node(error: Error, index: usize, proto: &proto::Node) -> Error {
    let domain = if proto.domain.is_empty() { "ai.onnx" } else { &proto.domain };
    let operator = format!("{domain}.{}", proto.op_type);
    error.within(format_args!("node {index} '{}' ({operator})", proto.name)).at_operator(operator)
}
