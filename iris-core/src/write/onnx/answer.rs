//! The model's answers as outputs: `label` with `probabilities` or `scores`, or `variable`.

use super::document::{Document, Output, int};
use super::proto::DataType;
use super::steps::write_link;
use super::unsaid;
use crate::error::Result;
use crate::linear::Linear;
use crate::program::Given;
use crate::{Labels, Schema, Task};

/// Of an estimator that is linear in what the steps leave.
pub(super) fn of_linear(
    document: &mut Document,
    linear: &Linear,
    schema: &Schema,
    (row, n_inputs): (&str, usize),
) -> Vec<Output> {
    let n_outputs = linear.n_outputs();
    let weights: Vec<f64> = (0..n_inputs).flat_map(|feature| linear.weights(feature)).collect();
    let weights = document.matrix(n_outputs, weights);
    let products = document.op("MatMul", &[row, &weights]);
    let intercepts = document.row(linear.intercepts());
    let scores = document.op("Add", &[&products, &intercepts]);
    let Task::Classify { labels, .. } = schema.task() else {
        return vec![values(scores, n_outputs)];
    };
    let label = label(document, labels, &scores);
    let link = linear.link();
    let beside = if link.has_probabilities() {
        probabilities(write_link(document, link, scores, n_outputs), n_outputs)
    } else {
        let first = linear.first_score();
        let shown = if first == 0 { scores } else { document.columns(&scores, first..n_outputs) };
        self::scores(shown, n_outputs - first)
    };
    vec![label, beside]
}

/// Of one whose steps have computed all.
pub(super) fn of_given(
    document: &mut Document,
    given: &Given,
    schema: &Schema,
    row: &str,
) -> Result<Vec<Output>> {
    let (classes, labels) = match (given, schema.task()) {
        (Given::Classes(classes), Task::Classify { labels, .. }) => (classes, labels),
        (Given::Values { n_targets }, Task::Regress { .. }) => {
            return Ok(vec![values(row.to_owned(), *n_targets)]);
        }
        _ => return Err(unsaid("a model whose answers are not of its task")),
    };
    let votes = document.columns(row, classes.votes.clone());
    let mut outputs = vec![label(document, labels, &votes)];
    if !classes.probabilities.is_empty() {
        let value = document.columns(row, classes.probabilities.clone());
        outputs.push(probabilities(value, classes.probabilities.len()));
    } else if !classes.scores.is_empty() {
        let value = document.columns(row, classes.scores.clone());
        outputs.push(scores(value, classes.scores.len()));
    }
    Ok(outputs)
}

/// The label of the first of the largest.
fn label(document: &mut Document, labels: &Labels, votes: &str) -> Output {
    let (labels, data_type) = match labels {
        Labels::Strings(texts) => (document.texts(texts), DataType::String),
        Labels::Integers(numbers) => (document.integers(numbers.iter().copied()), DataType::Int64),
        Labels::Booleans(truths) => (document.truths(truths), DataType::Bool),
        Labels::Floats(numbers) => (document.row(numbers), DataType::Double),
    };
    let largest = document.op_with("ArgMax", &[votes], vec![int("axis", 1), int("keepdims", 0)]);
    let value = document.op_with("Gather", &[&labels, &largest], vec![int("axis", 0)]);
    Output { name: "label", value, data_type, width: None }
}

fn probabilities(value: String, width: usize) -> Output {
    Output { name: "probabilities", value, data_type: DataType::Double, width: Some(width) }
}

fn scores(value: String, width: usize) -> Output {
    Output { name: "scores", value, data_type: DataType::Double, width: Some(width) }
}

fn values(value: String, width: usize) -> Output {
    Output { name: "variable", value, data_type: DataType::Double, width: Some(width) }
}
