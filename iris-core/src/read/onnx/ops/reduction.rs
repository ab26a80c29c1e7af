//! Sums and norms of a row.

use crate::error::{Error, Result};
use crate::program::Norm;
use crate::read::onnx::node::Node;
use crate::read::onnx::symbol::{Reduction, Value};

pub(super) fn evaluate(node: &Node<'_>) -> Result<Value> {
    // The axes are an input in newer operator sets, an attribute in older ones.
    let axes = match node.optional_input(1) {
        Some(_) => node.constant(1)?.ints("the axes")?,
        None => node.ints("axes"),
    };
    let [only] = axes else {
        return Err(Error::unsupported(format!("axes {axes:?}; only the columns (1 or -1) are supported")));
    };
    Node::columns_axis(*only)?;
    if node.int("keepdims", 1) != 1 {
        return Err(Error::unsupported("keepdims = 0, which changes how the result is broadcast"));
    }
    let (operator, input) = (node.operator(), node.input(0)?);
    let (rows, reduction) = match (operator, input) {
        ("ReduceSum", Value::Rows(rows)) if rows.activation.is_nonnegative() => (rows, Reduction::Sum),
        ("ReduceSum", Value::Absolute(rows)) => (rows, Reduction::Norm(Norm::L1)),
        ("ReduceSumSquare", Value::Rows(rows)) if rows.activation.is_plain() => {
            (rows, Reduction::SumOfSquares)
        }
        _ => return Err(node.unexpected()),
    };
    Ok(Value::Reduced(rows.clone(), reduction))
}
