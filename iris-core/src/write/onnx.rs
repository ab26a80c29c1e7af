//! A model as an ONNX file: the steps as operators, in double precision, trees as ONNX-ML's ensembles.

mod answer;
mod arena;
mod document;
mod proto;
mod steps;
mod trees;

use crate::Feature;
use crate::error::{Error, Result};
use crate::model::Model;
use crate::program::EstimatorRef;
use arena::Arena;
use document::Document;

/// The version of ONNX's own operators that the file is written in.
const OPSET: i64 = 13;

/// The same of ONNX-ML's.
const ML_OPSET: i64 = 3;

/// What the row of features is called.
const INPUT: &str = "X";

/// The file's bytes.
///
/// # Errors
///
/// Names the first thing that ONNX has no operator for, or that is not written.
pub(crate) fn onnx(model: &Model) -> Result<Vec<u8>> {
    if model.schema.has_categories() || model.schema.features().iter().any(Feature::holds_texts) {
        return Err(unsaid("columns of texts"));
    }
    let mut document = Document::default();
    let (left, width) = behind_steps(&mut document, model)?;
    let answers = match model.program.estimator() {
        EstimatorRef::Linear(linear) => {
            answer::of_linear(&mut document, linear, &model.schema, (&left, width))
        }
        EstimatorRef::Given(given) => answer::of_given(&mut document, given, &model.schema, &left)?,
    };
    Ok(document.finish(&model.schema, answers))
}

/// What the steps leave of the row, and its length.
fn behind_steps(document: &mut Document, model: &Model) -> Result<(String, usize)> {
    let Some(steps) = model.program.steps() else {
        return Ok((INPUT.to_owned(), model.schema.n_features()));
    };
    let mut arena = Arena::new(steps.n_features);
    for (step, from, to) in steps.list {
        let value = arena.read(document, from);
        let value = steps::write(document, step, value, from.len())?;
        arena.write(to, value);
    }
    Ok((arena.read(document, steps.output), steps.output.len()))
}

/// What is not written, named.
#[cold]
fn unsaid(what: &str) -> Error {
    Error::unsupported(format!("{what} cannot be written as ONNX"))
}
