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
mod shape;
mod value;
mod walk;

use super::proto;
use crate::error::{Error, Result};
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
    walk::graph(&mut planner, graph)?;
    answer::model(graph, planner, &inputs, metadata, names)
}

#[cfg(test)]
mod tests;
