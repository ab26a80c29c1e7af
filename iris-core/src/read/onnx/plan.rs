//! A plan for graphs that are neither linear nor trees alone: every operator, in order, over tensors of one row.
//!
//! Graphs are read for a batch of one row. So every shape is known at once,
//! what depends on no row is computed when the file is read, and what only
//! moves numbers about is a list of places.

mod answer;
mod call;
mod inputs;
mod ops;
mod planner;
mod value;

use super::proto;
use crate::error::{Error, ErrorKind, Result};
use crate::model::Model;
use crate::read::metadata::Metadata;
use crate::read::names::Names;
use inputs::Inputs;
use planner::Planner;

/// Reads the graph of a model.
pub(super) fn build(
    model: &proto::Model,
    metadata: &Metadata,
    names: &Names,
    max_numbers: usize,
) -> Result<Model> {
    let graph = model.graph.as_ref().ok_or_else(|| Error::malformed("the ONNX file holds no graph"))?;
    let opset = model.opset_import.iter().filter(|set| matches!(set.domain.as_str(), "" | "ai.onnx"));
    let opset = opset.map(|set| set.version).max().unwrap_or(1);
    let inputs = Inputs::of(graph, names)?;
    let mut planner = Planner::new(inputs.steps(max_numbers), opset);
    inputs.define(&mut planner)?;
    planner.graph(graph)?;
    answer::model(graph, planner, &inputs, metadata, names)
}

/// What a node is called in errors.
fn operator(proto: &proto::Node) -> String {
    let domain = if proto.domain.is_empty() { "ai.onnx" } else { &proto.domain };
    format!("{domain}.{}", proto.op_type)
}

/// How many numbers there are in a shape. Those of any of its dimensions alone can be counted as well,
/// even where another is 0.
fn len(shape: &[usize]) -> Result<usize> {
    let len = shape.iter().try_fold(1usize, |product, dim| product.checked_mul((*dim).max(1)));
    len.filter(|len| u32::try_from(*len).is_ok()).ok_or_else(too_large)?;
    Ok(shape.iter().product())
}

/// A count as tensors have it.
#[expect(clippy::cast_precision_loss, reason = "a tensor has fewer than 2^32 numbers")]
fn number(count: usize) -> f64 {
    count as f64
}

fn too_large() -> Error {
    Error::new(ErrorKind::ModelTooLarge, "a tensor of more than 2^32 numbers")
}

/// The shape that tensors of these shapes are spread over together.
fn spread_shape(shapes: &[&[usize]]) -> Result<Vec<usize>> {
    let rank = shapes.iter().map(|shape| shape.len()).max().unwrap_or(0);
    let mut spread = vec![1; rank];
    for shape in shapes {
        for (to, dim) in spread[rank - shape.len()..].iter_mut().zip(*shape) {
            match (*to, *dim) {
                (1, dim) => *to = dim,
                (to, dim) if dim == 1 || dim == to => {}
                _ => return Err(Error::malformed(format!("shapes {shapes:?} do not fit each other"))),
            }
        }
    }
    Ok(spread)
}

/// For each place of a shape which number of a tensor stands there, repeated as often as it takes.
fn spread(from: &[usize], to: &[usize]) -> Result<Vec<u32>> {
    let unfit = || Error::malformed(format!("shape {from:?} does not spread over {to:?}"));
    let missing = to.len().checked_sub(from.len()).ok_or_else(unfit)?;
    if from.iter().zip(&to[missing..]).any(|(from, to)| *from != 1 && from != to) {
        return Err(unfit());
    }
    let mut strides = vec![0; to.len()];
    let mut stride = 1;
    for (place, dim) in from.iter().enumerate().rev() {
        strides[missing + place] = if *dim == 1 { 0 } else { stride };
        stride *= dim;
    }
    places(to, &strides, 0)
}

/// The places of a tensor that these strides lead to, in the order of a shape.
fn places(shape: &[usize], strides: &[usize], start: usize) -> Result<Vec<u32>> {
    let mut places = Vec::with_capacity(len(shape)?);
    let mut at = vec![0; shape.len()];
    let mut place = start;
    for _ in 0..len(shape)? {
        places.push(u32::try_from(place).map_err(|_| too_large())?);
        for axis in (0..shape.len()).rev() {
            at[axis] += 1;
            place += strides[axis];
            if at[axis] < shape[axis] {
                break;
            }
            place -= strides[axis] * at[axis];
            at[axis] = 0;
        }
    }
    Ok(places)
}

/// How far apart neighbours of each axis stand.
fn strides(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis] * shape[axis];
    }
    strides
}

#[cfg(test)]
mod tests;
