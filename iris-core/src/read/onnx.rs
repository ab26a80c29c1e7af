//! The reader of ONNX model files.
//!
//! skl2onnx writes one estimator in many shapes: as a classifier operator of
//! `ai.onnx.ml` or spelt out in elementary operators, in single or double
//! precision, behind scalers written in either way. Instead of a pattern for
//! each, the graph is evaluated once, when it is loaded, over symbolic rows
//! (`symbol`): "an affine map of the features, then a link". Whatever spelling a
//! converter chose, what it computes falls out, with scalers already folded
//! into the weights. What is no such map stops at the node that makes it so:
//! then the graph is read once more, as a `plan` of every operator in order.

mod evaluator;
mod model;
mod node;
mod ops;
#[cfg(feature = "inspect")]
mod outline;
mod plan;
mod proto;
mod steps;
mod symbol;
mod tensor;

use prost::Message;

#[cfg(feature = "inspect")]
pub(super) use outline::contents;

use crate::error::{Error, ErrorKind, Result};
use crate::golden::Golden;
use crate::model::Model;
use crate::read::metadata::Metadata;
use crate::read::names::Names;

/// Reads a model that may expand to so many numbers, and the golden vectors that it may carry.
pub(super) fn read(bytes: &[u8], given: &Names, max_numbers: usize) -> Result<(Model, Option<Golden>)> {
    let proto = proto::Model::decode(bytes)
        .map_err(|error| Error::malformed(format!("not an ONNX file: {error}")).caused_by(error))?;
    let properties = proto.metadata_props.iter().map(|property| (&*property.key, &*property.value));
    let metadata = Metadata::of_properties(properties)?;
    let graph = proto.graph.as_ref().ok_or_else(|| Error::malformed("the ONNX file holds no graph"))?;
    let names = metadata.names(given);
    let plan = || plan::build(&proto, &metadata, &names, max_numbers);
    let model = match evaluator::inputs(graph) {
        Ok(inputs) => match model::build(graph, &inputs, &metadata, &names, max_numbers) {
            Err(error) if error.kind() == ErrorKind::UnsupportedModel && !model::is_transformer(&error) => {
                plan().map_err(|planned| telling(error, planned))?
            }
            built => built?,
        },
        // Of texts there are no symbols at all.
        Err(_) => plan()?,
    };
    Ok((model, metadata.into_golden()))
}

/// Of two reasons why a file is not read that which says more: the plan's, unless it got to the end.
fn telling(symbolic: Error, planned: Error) -> Error {
    let is_at_end = symbolic.operator().is_none() && planned.operator().is_none();
    if is_at_end { symbolic } else { planned }
}
