//! From a program to how its rows are explained, going back from what is added up.

use super::states::{self, State};
use super::{Adds, Explanation, NO_FEATURE, Part};
use crate::linear::Linear;
use crate::program::estimator::EstimatorRef;
use crate::program::given::{Classes, Given};
use crate::program::graph::Graph;
use crate::program::slot::Slot;
#[cfg(feature = "boosters")]
use crate::program::step::XgBoost;
use crate::program::step::{Conversion, OneHotSums, Step, Table};

/// Factors that are worked with at the most, 64 MB of them.
const MAX_FACTORS: usize = 1 << 23;

impl Explanation {
    /// How rows are explained that come straight to a linear estimator.
    pub(in crate::program) fn direct(linear: &Linear, n_features: usize) -> Self {
        let part =
            Part { node: 0, from: 0..n_features, features: (0..n_features).collect(), adds: Adds::Estimator };
        let expected = expected_of(linear, n_features);
        Self {
            n_features,
            n_outputs: linear.n_scores(),
            n_steps: n_features * expected.len(),
            expected,
            parts: vec![part],
            scratch_len: 0,
        }
    }

    /// How rows are explained that go through a graph.
    ///
    /// # Errors
    ///
    /// Why they cannot be.
    pub(in crate::program) fn of(graph: &Graph, estimator: EstimatorRef<'_>) -> Result<Self, String> {
        if !graph.fronts.is_empty() {
            return Err("the terms of a text are no features".to_owned());
        }
        let states = states::of(graph);
        let n_features = graph.n_features;
        let left = states.last().map_or(&[][..], Vec::as_slice);
        let features = left.iter().map(|state| feature(*state)).collect::<Option<Vec<usize>>>();
        if let (EstimatorRef::Linear(linear), Some(features)) = (estimator, features) {
            let part =
                Part { node: graph.nodes.len(), from: graph.output.clone(), features, adds: Adds::Estimator };
            let mut explanation = Self::direct(linear, left.len());
            explanation.n_features = n_features;
            explanation.parts = vec![part];
            return Ok(explanation);
        }
        let (n_outputs, may_be_linked) = match estimator {
            EstimatorRef::Linear(linear) => (linear.n_scores(), false),
            EstimatorRef::Given(given) => (target(given)?.len(), matches!(given, Given::Values { .. })),
        };
        if n_outputs.saturating_mul(graph.arena_len()) > MAX_FACTORS {
            return Err("it has too many outputs for its columns".to_owned());
        }
        let mut way = Way {
            graph,
            states: &states,
            factors: vec![0.0; n_outputs * graph.arena_len()],
            n_outputs,
            may_be_linked,
            explanation: Self {
                n_features,
                n_outputs,
                expected: vec![0.0; n_outputs],
                parts: Vec::new(),
                scratch_len: 0,
                n_steps: 0,
            },
        };
        way.begin(estimator)?;
        for node in (0..graph.nodes.len()).rev() {
            way.back(node)?;
        }
        let mut explanation = way.explanation;
        explanation.parts.reverse();
        Ok(explanation)
    }
}

/// What a linear estimator answers where no feature is known.
fn expected_of(linear: &Linear, n_columns: usize) -> Vec<f64> {
    let first = linear.first_score();
    let mut expected = linear.intercepts()[first..].to_vec();
    for column in 0..n_columns {
        let centre = linear.centre(column);
        if centre != 0.0 {
            let weights = linear.weights(column).skip(first);
            expected.iter_mut().zip(weights).for_each(|(expected, weight)| *expected += weight * centre);
        }
    }
    expected
}

/// Which of the columns that leave the steps are explained.
fn target(given: &Given) -> Result<Slot, String> {
    match given {
        Given::Values { n_targets } => Ok(0..*n_targets),
        Given::Classes(Classes { scores, .. }) if !scores.is_empty() => Ok(scores.clone()),
        Given::Classes(Classes { probabilities, .. }) if !probabilities.is_empty() => {
            Ok(probabilities.clone())
        }
        Given::Classes(_) => Err("it answers classes by votes alone, which are no sum".to_owned()),
    }
}

fn feature(state: State) -> Option<usize> {
    match state {
        State::Constant => Some(NO_FEATURE),
        State::Feature(feature) => Some(feature),
        State::Mixed(_) => None,
    }
}

/// On the way back through a graph.
struct Way<'g> {
    graph: &'g Graph,
    states: &'g [Vec<State>],
    /// For each place of the arena what each output is a sum with: `arena_len × n_outputs`.
    factors: Vec<f64>,
    n_outputs: usize,
    /// Whether only a link stands behind, if anything: then what is explained is what came to it.
    may_be_linked: bool,
    explanation: Explanation,
}

impl Way<'_> {
    /// From the estimator.
    fn begin(&mut self, estimator: EstimatorRef<'_>) -> Result<(), String> {
        let (width, n_outputs) = (self.graph.output.len(), self.n_outputs);
        let mut factors = vec![0.0; width * n_outputs];
        match estimator {
            EstimatorRef::Linear(linear) => {
                let first = linear.first_score();
                for (column, factors) in factors.chunks_exact_mut(n_outputs).enumerate() {
                    let weights = linear.weights(column).skip(first);
                    factors.iter_mut().zip(weights).for_each(|(to, weight)| *to = weight);
                }
                self.explanation.expected.copy_from_slice(&linear.intercepts()[first..]);
            }
            EstimatorRef::Given(given) => {
                for (output, column) in target(given)?.enumerate() {
                    factors[column * n_outputs + output] = 1.0;
                }
            }
        }
        let centre: Vec<f64> = match estimator {
            EstimatorRef::Linear(linear) => (0..width).map(|column| linear.centre(column)).collect(),
            EstimatorRef::Given(_) => Vec::new(),
        };
        self.hand_over(self.graph.nodes.len(), self.graph.output.clone(), &factors, &centre);
        Ok(())
    }

    /// Gives the numbers that come to a node their factors. Those that are features' end here.
    fn hand_over(&mut self, node: usize, from: Slot, factors: &[f64], centre: &[f64]) {
        let n_outputs = self.n_outputs;
        let mut part = vec![0.0; factors.len()];
        let mut features = vec![NO_FEATURE; from.len()];
        let mut is_used = false;
        for (column, (state, factors)) in
            self.states[node].iter().zip(factors.chunks_exact(n_outputs)).enumerate()
        {
            if let Some(feature) = feature(*state) {
                features[column] = feature;
                part[column * n_outputs..][..n_outputs].copy_from_slice(factors);
                is_used |= factors.iter().any(|factor| *factor != 0.0);
                let centre = centre.get(column).copied().unwrap_or(0.0);
                let expected = &mut self.explanation.expected;
                expected.iter_mut().zip(factors).for_each(|(expected, factor)| *expected += factor * centre);
            } else {
                let to = &mut self.factors[(from.start + column) * n_outputs..][..n_outputs];
                to.iter_mut().zip(factors).for_each(|(to, factor)| *to += factor);
            }
        }
        if is_used {
            self.explanation.n_steps += part.len();
            let adds = Adds::Columns { factors: part, centre: centre.to_vec() };
            self.explanation.parts.push(Part { node, from, features, adds });
        }
    }

    /// Over one node.
    fn back(&mut self, node: usize) -> Result<(), String> {
        let graph = self.graph;
        let (step, from, to) = {
            let node = &graph.nodes[node];
            (&node.step, node.from.clone(), node.to.clone())
        };
        let n_outputs = self.n_outputs;
        let behind = self.factors[to.start * n_outputs..to.end * n_outputs].to_vec();
        if behind.iter().all(|factor| *factor == 0.0) {
            return Ok(());
        }
        // In front of the node another number is in this place, or none.
        self.factors[to.start * n_outputs..to.end * n_outputs].fill(0.0);
        if let Step::Trees(forest) = step {
            return self.trees(node, forest, &behind);
        }
        if let Step::OneHotSums(sums) = step {
            return self.categories(node, sums, behind);
        }
        let mut front = vec![0.0; from.len() * n_outputs];
        match step {
            Step::Copy | Step::Present => front.copy_from_slice(&behind),
            Step::Affine(affine) => {
                let of_output = |factors: &[f64], output: usize| -> Vec<f64> {
                    factors.iter().skip(output).step_by(n_outputs).copied().collect()
                };
                for output in 0..n_outputs {
                    let behind = of_output(&behind, output);
                    let mut of_inputs = vec![0.0; from.len()];
                    affine.add_factors(&behind, &mut of_inputs);
                    for (column, factor) in of_inputs.into_iter().enumerate() {
                        front[column * n_outputs + output] = factor;
                    }
                    let offset = affine.offset().iter().zip(&behind).map(|(offset, factor)| offset * factor);
                    self.explanation.expected[output] += offset.sum::<f64>();
                }
            }
            #[cfg(feature = "boosters")]
            Step::SingleLinear(linear) => {
                for (column, weights) in linear.weights.chunks_exact(linear.intercepts.len()).enumerate() {
                    for (weight, behind) in weights.iter().zip(behind.chunks_exact(n_outputs)) {
                        let to = &mut front[column * n_outputs..][..n_outputs];
                        to.iter_mut().zip(behind).for_each(|(to, factor)| *to += f64::from(*weight) * factor);
                    }
                }
                for (intercept, behind) in linear.intercepts.iter().zip(behind.chunks_exact(n_outputs)) {
                    let expected = &mut self.explanation.expected;
                    expected
                        .iter_mut()
                        .zip(behind)
                        .for_each(|(expected, factor)| *expected += f64::from(*intercept) * factor);
                }
            }
            #[cfg(feature = "onnx")]
            Step::EnsembleOutput(_) => {
                return Err(
                    "ONNX files do not tell how much of the training data came to each node of their trees"
                        .to_owned(),
                );
            }
            Step::LightGbm(converting) if self.is_passed(step, &behind) => {
                front.copy_from_slice(&behind);
                // Of a forest that averages its trees LightGBM tells what features add to their sum.
                if !self.is_last(&behind) {
                    for factor in &mut front {
                        *factor /= converting.n_averaged;
                    }
                }
            }
            _ if self.is_passed(step, &behind) => front.copy_from_slice(&behind),
            _ => return Err(format!("it ends in {}, which is no sum of what features do", step.title())),
        }
        let centre = if let Step::Affine(affine) = step { affine.centre() } else { &[] };
        self.hand_over(node, from, &front, centre);
        Ok(())
    }

    /// Whether a step is a link behind which nothing is added up any more, or none.
    fn is_passed(&self, step: &Step, behind: &[f64]) -> bool {
        if let Step::LightGbm(converting) = step
            && converting.conversion == Conversion::Raw
        {
            return true;
        }
        let is_of_each = match step {
            Step::Function(_) | Step::Inverse(_) | Step::Single => true,
            Step::LightGbm(converting) => converting.conversion != Conversion::Softmax,
            #[cfg(feature = "boosters")]
            Step::XgBoost(converting) => {
                matches!(converting, XgBoost::Sigmoid | XgBoost::OldSigmoid | XgBoost::Exponential)
            }
            _ => false,
        };
        is_of_each && self.is_last(behind)
    }

    /// Whether nothing stands behind but links: each output is one number as it is.
    fn is_last(&self, behind: &[f64]) -> bool {
        let is_one = |factors: &[f64]| factors.iter().filter(|factor| **factor != 0.0).all(|one| *one == 1.0);
        let stands_alone = |factors: &[f64]| factors.iter().filter(|factor| **factor != 0.0).count() <= 1;
        let are_alone = behind.chunks_exact(self.n_outputs).all(stands_alone);
        self.may_be_linked && is_one(behind) && are_alone
    }

    /// Over sums of categories, which end the way.
    fn categories(&mut self, node: usize, sums: &OneHotSums, behind: Vec<f64>) -> Result<(), String> {
        let states = &self.states[node];
        let looked_up = |(column, _): &(usize, Table)| match states[*column] {
            State::Mixed(title) => {
                Err(format!("its categories are of columns that are made of several features: by {title}"))
            }
            _ => Ok(()),
        };
        sums.places.outputs.iter().try_for_each(looked_up)?;
        let features = states.iter().map(|state| feature(*state).unwrap_or(NO_FEATURE)).collect();
        for (offset, factors) in sums.offset.iter().zip(behind.chunks_exact(self.n_outputs)) {
            let expected = &mut self.explanation.expected;
            expected.iter_mut().zip(factors).for_each(|(expected, factor)| *expected += offset * factor);
        }
        let from = self.graph.nodes[node].from.clone();
        self.explanation.n_steps += behind.len() * sums.places.outputs.len();
        self.explanation.parts.push(Part {
            node,
            from,
            features,
            adds: Adds::Categories { factors: behind },
        });
        Ok(())
    }

    /// Over trees, which end the way.
    fn trees(&mut self, node: usize, forest: &crate::trees::Forest, behind: &[f64]) -> Result<(), String> {
        let expected = forest.expected()?;
        let from = self.graph.nodes[node].from.clone();
        let features = self.states[node]
            .iter()
            .map(|state| match *state {
                State::Mixed(title) => Err(format!(
                    "its trees ask about columns that are made of several features: in front of them is {title}"
                )),
                state => Ok(feature(state).unwrap_or(NO_FEATURE)),
            })
            .collect::<Result<Vec<usize>, String>>()?;
        for (of_forest, factors) in expected.iter().zip(behind.chunks_exact(self.n_outputs)) {
            let expected = &mut self.explanation.expected;
            expected.iter_mut().zip(factors).for_each(|(expected, factor)| *expected += of_forest * factor);
        }
        let explanation = &mut self.explanation;
        explanation.scratch_len = explanation.scratch_len.max(forest.explanation_scratch_len());
        explanation.n_steps = explanation.n_steps.saturating_add(forest.explanation_steps());
        let adds = Adds::Trees { factors: behind.to_vec() };
        explanation.parts.push(Part { node, from, features, adds });
        Ok(())
    }
}
