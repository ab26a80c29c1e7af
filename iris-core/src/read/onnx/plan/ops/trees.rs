//! Ensembles of trees within a graph: the steps that they are alone.

use super::super::call::Call;
use super::super::planner::Planner;
use super::super::value::{Kind, Known, Value};
use super::fold::reduced;
use super::linear::labelled;
use crate::error::{Error, Result};
use crate::program::FoldNumbers;
use crate::read::onnx::node::Node;
use crate::read::onnx::ops::trees;
use crate::read::onnx::symbol::{self, Activation, Symbol};
use crate::schema::Dtype;

/// A label, and the scores or probabilities of the classes.
pub(super) fn classifier(planner: &mut Planner<'_>, call: &Call<'_>) -> Result<Vec<Value>> {
    let node = node(planner, call)?;
    let values = trees::classifier(&mut planner.steps, &node)?;
    let [symbol::Value::Label(votes, labels), symbol::Value::Rows(scores)] = values.as_slice() else {
        return Err(Error::unsupported("an ensemble of trees without a label"));
    };
    let votes = value(planner, votes)?;
    let place = reduced(planner, FoldNumbers::Largest, &votes, &[1], false)?;
    let label = labelled(planner, &place, labels)?;
    Ok(vec![label, value(planner, scores)?])
}

/// A number a target.
pub(super) fn regressor(planner: &mut Planner<'_>, call: &Call<'_>) -> Result<Value> {
    let node = node(planner, call)?;
    let values = match call.proto().op_type.as_str() {
        "TreeEnsemble" => trees::ensemble(&mut planner.steps, &node)?,
        _ => trees::regressor(&mut planner.steps, &node)?,
    };
    match values {
        symbol::Value::Rows(values) => value(planner, &values),
        _ => Err(Error::unsupported("an ensemble of trees without numbers")),
    }
}

/// The node as the reader of trees takes it.
fn node<'a>(planner: &mut Planner<'_>, call: &Call<'a>) -> Result<Node<'a>> {
    let x = call.not_empty(0)?;
    let source = x.source().ok_or_else(|| Error::unsupported("trees over what depends on no row"))?;
    let dtype = if x.kind == Kind::Double { Dtype::F64 } else { Dtype::F32 };
    let rows = planner.steps.plain(source, dtype)?;
    Ok(Node { proto: call.proto(), inputs: vec![Some(symbol::Value::from(rows))] })
}

/// What it makes of a row.
fn value(planner: &mut Planner<'_>, rows: &Symbol) -> Result<Value> {
    let plain = Symbol { activation: Activation::None, ..rows.clone() };
    let source = planner.steps.in_full(&plain)?;
    let known =
        if rows.activation == Activation::Probabilities { Known::within(0.0, 1.0) } else { Known::NOTHING };
    let kind = if rows.dtype == Dtype::F32 { Kind::Single } else { Kind::Double };
    Ok(Value::computed(vec![1, rows.width()], kind, source).with(known))
}
