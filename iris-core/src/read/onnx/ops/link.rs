//! Links, whole or in elementary operators: 1 / (1 + e^-s).

use crate::error::Result;
use crate::read::onnx::node::Node;
use crate::read::onnx::symbol::{Activation, Symbol, Value};

pub(super) fn evaluate(node: &Node<'_>) -> Result<Value> {
    let x = node.rows(0)?;
    match (node.operator(), x.activation) {
        ("Exp", Activation::None) => Ok(Value::from(x.with(Activation::Exp))),
        ("Reciprocal", Activation::OnePlusExp) => Ok(Value::from(Symbol {
            affine: x.affine.clone().scaled(|_| -1.0),
            activation: Activation::Logistic,
            ..(**x).clone()
        })),
        ("Sigmoid", Activation::None) => Ok(Value::from(x.with(Activation::Logistic))),
        ("Softmax", Activation::None) => {
            Node::columns_axis(node.int("axis", -1))?;
            Ok(Value::from(x.with(Activation::Softmax)))
        }
        _ => Err(node.unexpected()),
    }
}
