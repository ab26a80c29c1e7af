//! Columns picked, joined, and the class picked by its score.

use std::rc::Rc;

use crate::affine::Affine;
use crate::error::{Error, Result};
use crate::onnx::node::Node;
use crate::onnx::plan::Plan;
use crate::onnx::rows::{Activation, Rows, Value};
use crate::onnx::tensor::Data;
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
        | Activation::NormalizedLogistic
        | Activation::Softmax
        | Activation::NormalizedClip => Ok(Value::ClassIndex(x.clone())),
        Activation::Clip { scale, .. } if scale > 0.0 => Ok(Value::ClassIndex(x.clone())),
        _ => Err(node.unexpected()),
    }
}

/// A label by its index, or columns by theirs.
pub(super) fn array_feature_extractor(plan: &mut Plan, node: &Node<'_>) -> Result<Value> {
    match (node.input(0)?, node.input(1)?) {
        (Value::Constant(classes), Value::ClassIndex(scores)) => {
            let labels = match &classes.data {
                Data::Strings(labels) => Labels::Strings(labels.clone()),
                Data::Ints(labels) => Labels::Integers(labels.clone()),
                Data::Floats(_) => {
                    return Err(Error::unsupported("class labels that are not integers or strings"));
                }
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
            pick(plan, node, x, &columns.collect::<Result<Vec<_>>>()?)
        }
        _ => Err(node.unexpected()),
    }
}

pub(super) fn slice(plan: &mut Plan, node: &Node<'_>) -> Result<Value> {
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
    pick(plan, node, x, &columns)
}

pub(super) fn concat(plan: &mut Plan, node: &Node<'_>) -> Result<Value> {
    // A FeatureVectorizer knows no other axis.
    if node.operator() == "Concat" {
        Node::columns_axis(node.int("axis", 0))?;
    }
    let parts: Vec<&Rc<Rows>> =
        (0..node.inputs.len()).map(|index| node.rows(index)).collect::<Result<_>>()?;
    let [first, rest @ ..] = parts.as_slice() else {
        return Err(Error::malformed("nothing to concatenate"));
    };
    if rest.is_empty() {
        return Ok(Value::Rows((*first).clone()));
    }
    let alike = |part: &&Rc<Rows>| part.stage == first.stage && part.activation == first.activation;
    if !is_elementwise(first.activation) || !rest.iter().all(alike) {
        return Err(Error::unsupported(
            "columns of different kinds, or behind different steps, side by side",
        ));
    }
    let width: usize = parts.iter().map(|part| part.width()).sum();
    plan.spend(first.affine.n_inputs().saturating_mul(width).saturating_mul(2))?;
    let affines: Vec<&Affine> = parts.iter().map(|part| &part.affine).collect();
    Ok(Value::from(Rows { affine: Affine::concatenated(&affines), ..(***first).clone() }))
}

fn pick(plan: &mut Plan, node: &Node<'_>, x: &Rc<Rows>, columns: &[usize]) -> Result<Value> {
    if columns.is_empty() {
        return Err(Error::malformed("no column is left"));
    }
    if columns.iter().copied().eq(0..x.width()) {
        return Ok(Value::Rows(x.clone()));
    }
    if !is_elementwise(x.activation) {
        return Err(node.unexpected());
    }
    plan.spend(x.affine.n_inputs().saturating_mul(columns.len()))?;
    Ok(Value::from(Rows { affine: x.affine.columns(columns), ..(**x).clone() }))
}

/// Whether a column is what it is without the others.
fn is_elementwise(activation: Activation) -> bool {
    matches!(activation, Activation::None | Activation::Logistic | Activation::Clip { .. })
}
