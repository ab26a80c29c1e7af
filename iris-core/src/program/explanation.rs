//! What each feature contributes to a row's answer, where this is a sum of what features do by themselves.
//!
//! What is explained is what is added up before any link: a classifier's scores, or the
//! probabilities of one whose trees add up those, and a regressor's values. Going back from
//! there through maps of sums, every way must end in trees or weights on columns that are each made
//! of one feature, whatever scaled, filled in or encoded them; then a feature has what its columns
//! have. Where a step mixes features, or is no sum, nothing is guessed.

mod plan;
mod states;

use super::estimator::EstimatorRef;
use super::graph::{Graph, Stopped};
use super::slot::Slot;
use super::step::Step;
use crate::refused::Refused;

/// How rows are explained, planned once.
#[derive(Debug)]
pub(crate) struct Explanation {
    n_features: usize,
    n_outputs: usize,
    /// The outputs where no feature is known.
    expected: Vec<f64>,
    /// In the order of the nodes that they stand at.
    parts: Vec<Part>,
    scratch_len: usize,
    n_steps: usize,
}

/// One part of the sums: what is added for a row as it comes to a node.
#[derive(Debug)]
struct Part {
    /// The node, or as many as there are for the estimator.
    node: usize,
    from: Slot,
    /// The feature that each column is made of; [`NO_FEATURE`] of what is the same for every row.
    features: Vec<usize>,
    adds: Adds,
}

/// In the place of a feature.
const NO_FEATURE: usize = usize::MAX;

#[derive(Debug)]
enum Adds {
    /// The node's trees; for each of their outputs a factor an output of ours.
    Trees { factors: Vec<f64> },
    /// What the node's tables give for each column's value; for each of its sums a factor an output of ours.
    Categories { factors: Vec<f64> },
    /// For each column its value, less its centre if there are any, times a factor an output.
    Columns { factors: Vec<f64>, centre: Vec<f64> },
    /// The same with the estimator's own weights.
    Estimator,
}

impl Explanation {
    /// Outputs that are explained.
    pub(crate) fn n_outputs(&self) -> usize {
        self.n_outputs
    }

    /// Numbers of a row's explanation: for each output one a feature, and the expected value.
    pub(crate) fn len(&self) -> usize {
        self.n_outputs * (self.n_features + 1)
    }

    /// Numbers beside those of the steps that it works in.
    pub(crate) fn scratch_len(&self) -> usize {
        self.scratch_len
    }

    /// Steps that a row takes, roughly.
    pub(crate) fn n_steps(&self) -> usize {
        self.n_steps
    }

    /// Explains a row in `memory`, which is as long as the steps and this need, into `out`.
    pub(super) fn run(
        &self,
        graph: Option<&Graph>,
        estimator: EstimatorRef<'_>,
        row: &[f64],
        memory: &mut [f64],
        out: &mut [f64],
    ) -> Result<(), Stopped> {
        let width = self.n_features + 1;
        out.fill(0.0);
        out.chunks_exact_mut(width)
            .zip(&self.expected)
            .for_each(|(out, expected)| out[width - 1] = *expected);
        let nodes = graph.map_or(&[][..], |graph| &graph.nodes);
        let Some(graph) = graph else {
            for part in &self.parts {
                self.add(part, row, None, estimator, memory, out)
                    .map_err(|Refused { column }| Stopped { node: 0, column })?;
            }
            return Ok(());
        };
        let (of_steps, scratch) = memory.split_at_mut(graph.row_len());
        let (arena, of_step) = graph.begin(row, of_steps);
        let mut parts = self.parts.iter().peekable();
        for node in 0..=nodes.len() {
            while let Some(part) = parts.next_if(|part| part.node == node) {
                let step = nodes.get(node).map(|node| &node.step);
                self.add(part, &arena[part.from.clone()], step, estimator, scratch, out)
                    .map_err(|Refused { column }| Stopped { node, column })?;
            }
            if parts.peek().is_none() {
                break;
            }
            if node < nodes.len() {
                graph.run_node(node, arena, of_step)?;
            }
        }
        Ok(())
    }

    fn add(
        &self,
        part: &Part,
        values: &[f64],
        step: Option<&Step>,
        estimator: EstimatorRef<'_>,
        scratch: &mut [f64],
        out: &mut [f64],
    ) -> Result<(), Refused> {
        let (width, n_outputs) = (self.n_features + 1, self.n_outputs);
        // What is the same for every row belongs to the expected value.
        let place = |column: usize| part.features[column].min(width - 1);
        match (&part.adds, step, estimator) {
            (Adds::Trees { factors }, Some(Step::Trees(forest)), _) => {
                forest.explain(values, scratch, &mut |output, column, value| {
                    let factors = &factors[output * n_outputs..][..n_outputs];
                    for (out, factor) in out.chunks_exact_mut(width).zip(factors) {
                        out[place(column)] += factor * value;
                    }
                })?;
            }
            (Adds::Categories { factors }, Some(Step::OneHotSums(sums)), _) => {
                for (index, (column, _)) in sums.places.outputs.iter().enumerate() {
                    let weights = sums.weights_of(index, values[*column])?.unwrap_or_default();
                    for (weight, factors) in weights.iter().zip(factors.chunks_exact(n_outputs)) {
                        for (out, factor) in out.chunks_exact_mut(width).zip(factors) {
                            out[place(*column)] += factor * weight;
                        }
                    }
                }
            }
            (Adds::Columns { factors, centre }, ..) => {
                for (column, factors) in factors.chunks_exact(n_outputs).enumerate() {
                    let value = values[column] - centre.get(column).copied().unwrap_or(0.0);
                    // What is missing is left out by those who take it.
                    let value = if value.is_nan() { 0.0 } else { value };
                    for (out, factor) in out.chunks_exact_mut(width).zip(factors) {
                        out[place(column)] += factor * value;
                    }
                }
            }
            (Adds::Estimator, _, EstimatorRef::Linear(linear)) => {
                for (column, value) in values.iter().enumerate() {
                    let value = value - linear.centre(column);
                    let weights = linear.weights(column).skip(linear.first_score());
                    for (out, weight) in out.chunks_exact_mut(width).zip(weights) {
                        out[place(column)] += weight * value;
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }
}
