//! Building a program: values named by whoever reads a model, places given by the plan.

mod categories;
mod sparse;

use std::sync::Arc;

use super::estimator::Estimator;
use super::graph::{Graph, Node};
use super::slot::Slot;
use super::terms::{Numbers, Weighing};
use super::{Program, Step};
use crate::words::Counter;

/// A row as it is somewhere on its way: the features, or what a step made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ValueId(usize);

/// The steps found so far, each reading values that were there before it.
#[derive(Debug, Clone)]
pub(crate) struct ProgramBuilder {
    n_features: usize,
    values: Vec<Value>,
    /// Features that may not be missing, whatever the steps would take.
    required: Vec<usize>,
    /// The width of a sparse row that is too wide to be written out, and would have to be.
    too_wide: Option<usize>,
}

/// How a value is made.
#[derive(Debug, Clone)]
struct Value {
    width: usize,
    making: Making,
}

#[derive(Debug, Clone)]
enum Making {
    Features,
    Step(Step, ValueId),
    /// Several values side by side.
    Concat(Vec<ValueId>),
    /// What a counter finds in a column of text: a sparse row, as the next.
    Terms(usize, Arc<Counter>),
    Weighed(Weighing, ValueId),
    /// Values side by side, some of them sparse rows.
    Beside(Vec<ValueId>),
    /// Numbers of a sparse row.
    Numbers(Numbers, ValueId),
}

/// Values among which a step is looked for again: a few, so that a file of many
/// steps costs no comparison of each with each.
const LOOK_BACK: usize = 16;

impl ValueId {
    /// The features themselves.
    pub(crate) const FEATURES: Self = Self(0);
}

impl ProgramBuilder {
    pub(crate) fn new(n_features: usize) -> Self {
        Self {
            n_features,
            values: vec![Value { width: n_features, making: Making::Features }],
            required: Vec::new(),
            too_wide: None,
        }
    }

    /// Notes that these features may not be missing, whatever the steps would take.
    #[cfg(any(feature = "boosters", feature = "pickle"))]
    pub(crate) fn require(&mut self, features: &[usize]) {
        self.required.extend(features);
    }

    pub(crate) fn width(&self, value: ValueId) -> usize {
        self.values[value.0].width
    }

    /// What `step` makes of a value. The same step of the same value, found
    /// again a little later as on two branches, is not run twice.
    pub(crate) fn step(&mut self, step: Step, input: ValueId) -> ValueId {
        if self.is_sparse(input) {
            return self.sparse_step(step, input);
        }
        if self.is_wide(input)
            && let Some(made) = self.wide_step(&step, input)
        {
            return made;
        }
        let is_same =
            |value: &Value| matches!(&value.making, Making::Step(s, i) if *i == input && *s == step);
        let recent = self.values.iter().enumerate().rev().take(LOOK_BACK);
        if let Some((index, _)) = recent.into_iter().find(|(_, value)| is_same(value)) {
            return ValueId(index);
        }
        let width = step.width_after(self.width(input));
        self.add(width, Making::Step(step, input))
    }

    /// Values side by side.
    pub(crate) fn concat(&mut self, parts: Vec<ValueId>) -> ValueId {
        let width = parts.iter().map(|part| self.width(*part)).sum();
        let are_sparse = parts.iter().any(|part| self.is_sparse(*part));
        self.add(width, if are_sparse { Making::Beside(parts) } else { Making::Concat(parts) })
    }

    fn add(&mut self, width: usize, making: Making) -> ValueId {
        self.values.push(Value { width, making });
        ValueId(self.values.len() - 1)
    }

    /// The program that gives this value to an estimator. Steps that do not
    /// lead there are left out.
    pub(crate) fn finish(mut self, output: ValueId, estimator: Estimator) -> Program {
        let output = self.written(output);
        match estimator {
            Estimator::Linear(linear) if output == ValueId::FEATURES => Program::linear(linear),
            estimator => Program::behind(self.plan(output), estimator),
        }
    }

    /// Gives every value that is needed a place in one arena. A place is used
    /// again once nobody reads it any more.
    fn plan(mut self, output: ValueId) -> Graph {
        let last_reads = self.last_reads(output);
        let mut places = Places::new(self.n_features);
        let features = 0..self.n_features;
        let mut slots: Vec<Slot> = vec![features];
        let mut nodes = Vec::new();
        let mut required = self.required.clone();
        let (fronts, of_fronts) = self.fronts(&last_reads, &mut places);
        required.extend(fronts.iter().map(|front| front.feature));
        for (index, value) in self.values.into_iter().enumerate().skip(1) {
            let Some(_) = last_reads[index] else {
                slots.push(0..0);
                continue;
            };
            let is_last_read = |input: ValueId| last_reads[input.0] == Some(index);
            let slot = match value.making {
                Making::Features => unreachable!("the features are the first value"),
                Making::Step(step, input) if step.works_in_place() && is_last_read(input) => {
                    let slot = slots[input.0].clone();
                    nodes.push(Node { step, from: slot.clone(), to: slot.clone() });
                    slots.push(slot);
                    continue;
                }
                Making::Step(step, input) => {
                    let to = places.take(value.width);
                    nodes.push(Node { step, from: slots[input.0].clone(), to: to.clone() });
                    if is_last_read(input) {
                        places.free(slots[input.0].clone());
                    }
                    to
                }
                Making::Concat(parts) => {
                    let whole = places.take(value.width);
                    let mut start = whole.start;
                    for part in &parts {
                        let from = slots[part.0].clone();
                        let to = start..start + from.len();
                        start = to.end;
                        nodes.push(Node { step: Step::Copy, from, to });
                    }
                    for (index, part) in parts.iter().enumerate() {
                        if is_last_read(*part) && !parts[..index].contains(part) {
                            places.free(slots[part.0].clone());
                        }
                    }
                    whole
                }
                Making::Numbers(..) => of_fronts[index].clone(),
                // Who reads a sparse row is in front.
                Making::Terms(..) | Making::Weighed(..) | Making::Beside(_) => 0..0,
            };
            slots.push(slot);
        }
        let output = slots[output.0].clone();
        Graph::new(self.n_features, fronts, nodes, output, places.len, required)
    }

    /// For each value the last one made of it, or the estimator, which comes
    /// behind all; `None` for a value that nobody needs.
    fn last_reads(&self, output: ValueId) -> Vec<Option<usize>> {
        let mut last = vec![None; self.values.len()];
        last[output.0] = Some(self.values.len());
        for index in (0..self.values.len()).rev() {
            if last[index].is_none() {
                continue;
            }
            let inputs = match &self.values[index].making {
                Making::Features | Making::Terms(..) => &[][..],
                Making::Step(_, input) | Making::Weighed(_, input) | Making::Numbers(_, input) => {
                    std::slice::from_ref(input)
                }
                Making::Concat(parts) | Making::Beside(parts) => parts,
            };
            for input in inputs {
                last[input.0].get_or_insert(index);
            }
        }
        last
    }
}

/// The arena as it is handed out.
struct Places {
    len: usize,
    free: Vec<Slot>,
}

impl Places {
    /// The first numbers are taken.
    fn new(taken: usize) -> Self {
        Self { len: taken, free: Vec::new() }
    }

    /// The first free place that is wide enough, or a new one at the end.
    fn take(&mut self, width: usize) -> Slot {
        if let Some(index) = self.free.iter().position(|free| free.len() >= width) {
            let place = &mut self.free[index];
            let slot = place.start..place.start + width;
            place.start = slot.end;
            if place.start == place.end {
                self.free.swap_remove(index);
            }
            return slot;
        }
        let slot = self.len..self.len + width;
        self.len = slot.end;
        slot
    }

    fn free(&mut self, slot: Slot) {
        if !slot.is_empty() {
            self.free.push(slot);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::affine::Affine;
    use crate::program::step::{NeighborsImpute, Weights};
    use crate::program::{Clip, Impute, Norm};

    fn run(builder: &ProgramBuilder, output: ValueId, row: &[f64]) -> Vec<f64> {
        let graph = builder.clone().plan(output);
        // What is left from other calls must not matter.
        graph.run(row, &mut vec![f64::NAN; graph.row_len()], None).unwrap().to_vec()
    }

    fn product(n_inputs: usize, weights: &[f64], width: usize) -> Step {
        Step::Affine(Affine::identity(n_inputs).times(weights.to_vec(), width))
    }

    #[test]
    fn steps_run_in_order_through_changing_widths() {
        let mut builder = ProgramBuilder::new(2);
        let wide = builder.step(product(2, &[1.0, 0.0, 2.0, 0.0, 1.0, 2.0], 3), ValueId::FEATURES);
        let clipped = builder.step(Step::Clip(Clip { low: 0.0, high: 5.0 }), wide);
        let sum = builder.step(product(3, &[1.0, 1.0, 1.0], 1), clipped);
        assert_eq!(run(&builder, sum, &[1.0, 7.0]), [1.0 + 5.0 + 5.0]);
        assert_eq!(run(&builder, clipped, &[1.0, 7.0]), [1.0, 5.0, 5.0]);
    }

    #[test]
    fn branches_read_one_value_and_stand_side_by_side() {
        let mut builder = ProgramBuilder::new(3);
        let pick = |columns: &[usize]| Step::Affine(Affine::identity(3).columns(columns));
        let left = builder.step(pick(&[0, 2]), ValueId::FEATURES);
        let left = builder.step(Step::Clip(Clip { low: 0.0, high: 1.0 }), left);
        let right = builder.step(Step::Normalize(Norm::Max.into()), ValueId::FEATURES);
        let unused = builder.step(product(3, &[1.0; 30], 10), ValueId::FEATURES);
        let both = builder.concat(vec![right, left, right]);
        assert_eq!(run(&builder, both, &[4.0, -8.0, 0.5]), [0.5, -1.0, 0.0625, 1.0, 0.5, 0.5, -1.0, 0.0625]);
        // The row that both read is still there for whoever comes last.
        let again = builder.concat(vec![both, ValueId::FEATURES]);
        assert_eq!(run(&builder, again, &[4.0, -8.0, 0.5])[8..], [4.0, -8.0, 0.5]);
        assert_eq!(builder.width(unused), 10);
        assert!(builder.clone().plan(both).nodes.len() == 6, "what nobody needs is not run");
    }

    #[test]
    fn a_long_chain_takes_no_more_room_than_its_widest_step() {
        let mut builder = ProgramBuilder::new(4);
        let mut value = ValueId::FEATURES;
        for _ in 0..20 {
            value = builder.step(product(4, &[0.5; 16], 4), value);
            value = builder.step(Step::Clip(Clip { low: -1.0, high: 1.0 }), value);
        }
        assert_eq!(builder.plan(value).row_len(), 8);
    }

    #[test]
    fn steps_share_the_room_that_the_hungriest_works_in() {
        let impute = |n_rows: usize| {
            let rows = (0..2 * n_rows).map(|_| 3.0).collect();
            Step::NeighborsImpute(NeighborsImpute::new(2, rows, f64::NAN, 1, Weights::Uniform))
        };
        let mut builder = ProgramBuilder::new(2);
        let value = builder.step(impute(5), ValueId::FEATURES);
        let value = builder.step(impute(9), value);
        assert_eq!(run(&builder, value, &[f64::NAN, 1.0]), [3.0, 1.0]);
        assert_eq!(builder.plan(value).row_len(), 4 + 2 * 9);
    }

    #[test]
    fn missing_values_are_tolerated_where_they_are_filled_in_before_a_mixing_step() {
        let impute = || Step::Impute(Impute { fill: vec![1.0, 2.0], missing: f64::NAN });
        let scale = || Step::Affine(Affine::identity(2).scaled(|_| 2.0));
        let mix = || product(2, &[1.0; 4], 2);
        let tolerated = |steps: Vec<Step>| {
            let mut builder = ProgramBuilder::new(2);
            let output = steps.into_iter().fold(ValueId::FEATURES, |value, step| builder.step(step, value));
            builder.plan(output).tolerated_missing()
        };
        assert_eq!(tolerated(vec![scale(), impute(), mix()]), [true, true]);
        assert!(tolerated(vec![mix(), impute()]).is_empty());
        assert!(tolerated(vec![Step::Normalize(Norm::L2.into()), impute()]).is_empty());
    }

    #[test]
    fn each_feature_is_judged_by_every_way_it_takes() {
        let mut builder = ProgramBuilder::new(3);
        let pick = |columns: &[usize]| Step::Affine(Affine::identity(3).columns(columns));
        let filled = builder.step(pick(&[0, 1]), ValueId::FEATURES);
        let filled = builder.step(Step::Impute(Impute { fill: vec![1.0, 2.0], missing: f64::NAN }), filled);
        let raw = builder.step(pick(&[1]), ValueId::FEATURES);
        let both = builder.concat(vec![filled, raw]);
        // The first is filled in, the second is read raw as well, the third by nobody.
        assert_eq!(builder.plan(both).tolerated_missing(), [true, false, true]);
    }
}
