//! The walk over a graph: every node in order, and those of the graphs within.

use super::call::Call;
use super::ops;
use super::planner::Planner;
use super::value::Value;
use crate::error::{Error, Result};
use crate::read::onnx::node::{Node, at_node};
use crate::read::onnx::proto;

/// What a node costs beside its numbers, so that loops within loops end.
const NODE: usize = 64;

/// Plans the constants and nodes of a graph, whose inputs are defined.
pub(super) fn graph<'a>(planner: &mut Planner<'a>, graph: &'a proto::Graph) -> Result<()> {
    for tensor in &graph.initializer {
        let value = ops::constant::of(tensor)?;
        planner.steps.spend(value.len())?;
        planner.define(&tensor.name, value)?;
    }
    for (index, proto) in graph.node.iter().enumerate() {
        node(planner, proto).map_err(|error| at_node(error, index, proto))?;
    }
    Ok(())
}

fn node<'a>(planner: &mut Planner<'a>, proto: &'a proto::Node) -> Result<()> {
    let find =
        |name: &String| match name.as_str() {
            "" => Ok(None),
            name => planner.value(name).cloned().map(Some).ok_or_else(|| {
                Error::malformed(format!("reads '{name}', which nothing in front of it makes"))
            }),
        };
    let inputs = proto.input.iter().map(find).collect::<Result<_>>()?;
    planner.steps.spend(NODE)?;
    let call = Call { node: Node { proto, inputs: Vec::new() }, inputs, opset: planner.opset };
    let outputs = ops::plan(planner, &call, body)?;
    for (name, value) in proto.output.iter().zip(outputs) {
        if !name.is_empty() {
            planner.define(name, value)?;
        }
    }
    Ok(())
}

/// Plans a graph within, of which these are the inputs; returns its outputs.
fn body<'a>(planner: &mut Planner<'a>, within: &'a proto::Graph, inputs: Vec<Value>) -> Result<Vec<Value>> {
    if within.input.len() != inputs.len() {
        let message = format!("{} values for {} inputs of a body", inputs.len(), within.input.len());
        return Err(Error::malformed(message));
    }
    planner.within(|planner| {
        for (input, value) in within.input.iter().zip(inputs) {
            planner.define(&input.name, value)?;
        }
        graph(planner, within)?;
        let output = |output: &proto::ValueInfo| {
            let value = planner.value(&output.name).cloned();
            value.ok_or_else(|| Error::malformed(format!("output '{}' is made by no node", output.name)))
        };
        within.output.iter().map(output).collect()
    })
}
