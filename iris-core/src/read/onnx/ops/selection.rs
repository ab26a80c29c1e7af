//! Columns picked, joined, and the class picked by its score.

use std::rc::Rc;

use crate::affine::Affine;
use crate::error::{Error, Result};
use crate::read::onnx::node::Node;
use crate::read::onnx::steps::StepBuilder;
use crate::read::onnx::symbol::{Activation, Symbol, Value};
use crate::read::onnx::tensor::Data;
use crate::schema::Labels;

pub(super) fn arg_max(node: &Node<'_>) -> Result<Value> {
    Node::columns_axis(node.int("axis", 0))?;
    if node.int("select_last_index", 0) != 0 {
        return Err(Error::unsupported("select_last_index; equal scores go to the first class"));
    }
    let x = node.rows(0)?;
    match x.activation {
        // None of these changes which column is the largest.
        Activation::None
        | Activation::Logistic
        | Activation::NormalizedLogistic(_)
        | Activation::Softmax
        | Activation::NormalizedClip(_) => Ok(Value::ClassIndex(x.clone())),
        Activation::Clip { scale, .. } if scale > 0.0 => Ok(Value::ClassIndex(x.clone())),
        _ => Err(node.unexpected()),
    }
}

/// A label by its index, or columns by theirs.
pub(super) fn array_feature_extractor(steps: &mut StepBuilder, node: &Node<'_>) -> Result<Value> {
    match (node.input(0)?, node.input(1)?) {
        (Value::Constant(classes), Value::ClassIndex(scores)) => {
            let labels = match &classes.data {
                Data::Strings(labels) => Labels::Strings(labels.clone()),
                Data::Ints(labels) => Labels::Integers(labels.clone()),
                Data::Floats(labels) => Labels::Floats(labels.clone()),
            };
            Ok(Value::Label(scores.clone(), labels))
        }
        (Value::Rows(x), Value::Constant(indices)) => {
            let width = x.width();
            let column = |index: &i64| usize::try_from(*index).ok().filter(|column| *column < width);
            let columns = indices.ints("the indices")?.iter().map(|index| {
                column(index)
                    .ok_or_else(|| Error::malformed(format!("column {index} of rows that have {width}")))
            });
            pick(steps, node, x, &columns.collect::<Result<Vec<_>>>()?)
        }
        _ => Err(node.unexpected()),
    }
}

pub(super) fn slice(steps: &mut StepBuilder, node: &Node<'_>) -> Result<Value> {
    let x = node.rows(0)?;
    let one = |index: usize, what: &str| match node.constant(index)?.ints(what)? {
        [value] => Ok(*value),
        values => Err(Error::unsupported(format!("{} {what} where one is expected", values.len()))),
    };
    if node.optional_input(3).is_none() {
        return Err(Error::unsupported("a slice over rows"));
    }
    Node::columns_axis(one(3, "axes")?)?;
    if node.optional_input(4).is_some() && one(4, "steps")? != 1 {
        return Err(Error::unsupported("a step other than 1"));
    }
    let width = i64::try_from(x.width()).unwrap_or(i64::MAX);
    let clamp = |index: i64| {
        let from_front = if index < 0 { index.saturating_add(width) } else { index };
        usize::try_from(from_front.clamp(0, width)).unwrap_or(usize::MAX)
    };
    let columns: Vec<usize> = (clamp(one(1, "starts")?)..clamp(one(2, "ends")?)).collect();
    pick(steps, node, x, &columns)
}

pub(super) fn concat(steps: &mut StepBuilder, node: &Node<'_>) -> Result<Value> {
    // A FeatureVectorizer knows no other axis.
    if node.operator() == "Concat" {
        Node::columns_axis(node.int("axis", 0))?;
    }
    let parts: Vec<&Rc<Symbol>> =
        (0..node.inputs.len()).map(|index| node.rows(index)).collect::<Result<_>>()?;
    match parts.as_slice() {
        [] => return Err(Error::malformed("nothing to concatenate")),
        [only] => return Ok(Value::Rows((*only).clone())),
        _ => {}
    }
    if parts.iter().any(|part| !is_elementwise(part.activation)) {
        return Err(Error::unsupported("whole rows of probabilities beside other columns"));
    }
    // What comes from one value stays one map of it; the rest is joined behind its steps.
    let alike = |a: &&Rc<Symbol>, b: &&Rc<Symbol>| a.source == b.source && a.activation == b.activation;
    let groups = parts.chunk_by(alike).map(|group| side_by_side(steps, group));
    let groups: Vec<Symbol> = groups.collect::<Result<_>>()?;
    match groups.as_slice() {
        [one] => Ok(Value::from(one.clone())),
        several => Ok(Value::from(steps.join(several)?)),
    }
}

/// Maps of one value as one map.
fn side_by_side(steps: &mut StepBuilder, parts: &[&Rc<Symbol>]) -> Result<Symbol> {
    let (first, width) = (parts[0], parts.iter().map(|part| part.width()).sum::<usize>());
    let is_picked = parts.iter().all(|part| part.affine.picked().is_some());
    let n_numbers = if is_picked { width } else { first.affine.n_inputs().saturating_mul(width) };
    steps.spend(n_numbers.saturating_mul(2))?;
    let affines: Vec<&Affine> = parts.iter().map(|part| &part.affine).collect();
    Ok(Symbol { affine: Affine::concatenated(&affines), ..(**first).clone() })
}

fn pick(steps: &mut StepBuilder, node: &Node<'_>, x: &Rc<Symbol>, columns: &[usize]) -> Result<Value> {
    if columns.is_empty() {
        return Err(Error::malformed("no column is left"));
    }
    if columns.iter().copied().eq(0..x.width()) {
        return Ok(Value::Rows(x.clone()));
    }
    if !is_elementwise(x.activation) {
        return Err(node.unexpected());
    }
    let height = if x.affine.picked().is_some() { 2 } else { x.affine.n_inputs() };
    steps.spend(height.saturating_mul(columns.len()))?;
    Ok(Value::from(Symbol { affine: x.affine.columns(columns), ..(**x).clone() }))
}

/// Whether a column is what it is without the others.
fn is_elementwise(activation: Activation) -> bool {
    matches!(activation, Activation::None | Activation::Logistic | Activation::Clip { .. })
}
