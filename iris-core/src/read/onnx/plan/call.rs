//! One node, with the values that come to it.

use super::value::{Kind, Value};
use crate::error::{Error, Result};
use crate::read::onnx::node::Node;
use crate::read::onnx::proto;

/// A node of the graph, its inputs in order; one that it leaves out is `None`.
pub(super) struct Call<'a> {
    /// Its attributes.
    pub(super) node: Node<'a>,
    pub(super) inputs: Vec<Option<Value>>,
    /// The version of the operators of `ai.onnx`.
    pub(super) opset: i64,
}

impl<'a> Call<'a> {
    pub(super) fn proto(&self) -> &'a proto::Node {
        self.node.proto
    }

    /// An input that the operator cannot do without.
    pub(super) fn input(&self, index: usize) -> Result<&Value> {
        self.optional(index).ok_or_else(|| Error::malformed(format!("input {index} is missing")))
    }

    pub(super) fn optional(&self, index: usize) -> Option<&Value> {
        self.inputs.get(index).and_then(Option::as_ref)
    }

    /// An input of numbers.
    pub(super) fn numbers(&self, index: usize) -> Result<&Value> {
        let value = self.input(index)?;
        if value.is_text() {
            return Err(Error::malformed(format!("input {index} is texts, not numbers")));
        }
        Ok(value)
    }

    /// The numbers of an input that must be known when the model is read.
    pub(super) fn constant(&self, index: usize) -> Result<&[f64]> {
        let value = self.input(index)?;
        value.as_constant().map(|numbers| &**numbers).ok_or_else(|| {
            Error::unsupported(format!(
                "input {index} is computed of the row, where only a constant is supported"
            ))
        })
    }

    /// Integers that must be known when the model is read.
    pub(super) fn wholes(&self, index: usize) -> Result<Vec<i64>> {
        if self.input(index)?.kind != Kind::Whole {
            return Err(Error::malformed(format!("input {index} holds no integers")));
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "integers come back, the largest cut to the largest"
        )]
        Ok(self.constant(index)?.iter().map(|number| *number as i64).collect())
    }

    /// Integers that older versions have in an attribute, and newer ones in an input.
    pub(super) fn wholes_or(&self, index: usize, attribute: &str) -> Result<Option<Vec<i64>>> {
        if self.optional(index).is_some() {
            return self.wholes(index).map(Some);
        }
        Ok(self.node.has(attribute).then(|| self.node.ints(attribute).to_vec()))
    }

    /// Refuses a tensor without elements where an operator makes something of them.
    pub(super) fn not_empty(&self, index: usize) -> Result<&Value> {
        let value = self.numbers(index)?;
        if value.len() == 0 {
            return Err(Error::unsupported(format!("input {index} has no elements")));
        }
        Ok(value)
    }
}
