//! Steps in front of an estimator: a graph without circles, in the order of its arrows.

mod block;

use super::slot::{Slot, disjoint};
use super::step::Step;
use super::terms::{Desk, Front};
use crate::Texts;
use crate::refused::Refused;
use crate::trees::Forest;

/// Steps over one arena, whose first numbers are the row of features.
#[derive(Debug, PartialEq)]
pub(super) struct Graph {
    pub(super) n_features: usize,
    /// What reads columns of text, in front of all steps.
    pub(super) fronts: Vec<Front>,
    pub(super) nodes: Vec<Node>,
    pub(super) output: Slot,
    arena_len: usize,
    /// What the hungriest step works in.
    scratch_len: usize,
    /// Features that may not be missing, whatever the steps would take.
    pub(super) required: Vec<usize>,
}

/// One step, from one place in the arena to another, or to the same.
#[derive(Debug, PartialEq)]
pub(super) struct Node {
    pub(super) step: Step,
    pub(super) from: Slot,
    pub(super) to: Slot,
}

/// Where a row could not go on: a column of those that come to a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stopped {
    pub(super) node: usize,
    pub(super) column: usize,
}

impl Stopped {
    /// In the place of a node: in front of all, where texts are read. The column is a feature.
    const IN_FRONT: usize = usize::MAX;
}

impl Graph {
    pub(super) fn new(
        n_features: usize,
        fronts: Vec<Front>,
        nodes: Vec<Node>,
        output: Slot,
        arena_len: usize,
        required: Vec<usize>,
    ) -> Self {
        let scratch_len = nodes.iter().map(|node| node.step.scratch_len(node.from.len())).max().unwrap_or(0);
        Self { n_features, fronts, nodes, output, arena_len, scratch_len, required }
    }

    /// Numbers that a row needs: the arena, and behind it what steps work in.
    pub(super) fn row_len(&self) -> usize {
        self.arena_len + self.scratch_len
    }

    /// Numbers of the values of a row.
    pub(super) fn arena_len(&self) -> usize {
        self.arena_len
    }

    /// The arena with a row in front, and what steps work in, of memory that is
    /// [`row_len`](Self::row_len) long.
    pub(super) fn begin<'a>(&self, row: &[f64], memory: &'a mut [f64]) -> (&'a mut [f64], &'a mut [f64]) {
        let (arena, scratch) = memory.split_at_mut(self.arena_len);
        arena[..self.n_features].copy_from_slice(row);
        (arena, scratch)
    }

    /// Runs one step.
    #[inline(always)]
    pub(super) fn run_node(
        &self,
        node: usize,
        arena: &mut [f64],
        scratch: &mut [f64],
    ) -> Result<(), Stopped> {
        let Node { step, from, to } = &self.nodes[node];
        let done = if from == to {
            step.apply_in_place(&mut arena[to.clone()], scratch)
        } else {
            let (from, to) = disjoint(arena, from, to);
            step.apply(from, to, scratch)
        };
        done.map_err(|Refused { column }| Stopped { node, column })
    }

    /// Runs the steps on a row in memory that is [`row_len`](Self::row_len) long.
    pub(super) fn run<'a>(
        &self,
        row: &[f64],
        memory: &'a mut [f64],
        texts: Option<&Texts>,
    ) -> Result<&'a [f64], Stopped> {
        let (arena, scratch) = memory.split_at_mut(self.arena_len);
        arena[..self.n_features].copy_from_slice(row);
        if !self.fronts.is_empty() {
            self.read(texts, arena, 1)?;
        }
        for (node, Node { step, from, to }) in self.nodes.iter().enumerate() {
            let done = if from == to {
                step.apply_in_place(&mut arena[to.clone()], scratch)
            } else {
                let (from, to) = disjoint(arena, from, to);
                step.apply(from, to, scratch)
            };
            done.map_err(|Refused { column }| Stopped { node, column })?;
        }
        Ok(&arena[self.output.clone()])
    }

    /// Reads the texts of so many rows, whose features stand first in an arena, a column each.
    #[inline(never)]
    fn read(&self, texts: Option<&Texts>, arena: &mut [f64], n_rows: usize) -> Result<(), Stopped> {
        let mut desk = Desk::default();
        for front in &self.fronts {
            for row in 0..n_rows {
                let number = arena[front.feature * n_rows + row];
                let text = texts.and_then(|texts| texts.get(number));
                let text = text.ok_or(Stopped { node: Stopped::IN_FRONT, column: front.feature })?;
                front.read(text, &mut desk, arena, row, n_rows);
            }
        }
        Ok(())
    }

    /// Which feature it was that a step refused, as it came or filled in;
    /// `None` of a value that other steps had computed.
    #[cold]
    pub(super) fn feature_at(&self, stopped: Stopped) -> Option<usize> {
        if stopped.node == Stopped::IN_FRONT {
            return Some(stopped.column);
        }
        let mut features = vec![None; self.arena_len];
        features.iter_mut().take(self.n_features).enumerate().for_each(|(index, place)| *place = Some(index));
        for Node { step, from, to } in &self.nodes[..stopped.node] {
            let of_input = features[from.clone()].to_vec();
            let origins = step.origins(from.len());
            for (place, origin) in features[to.clone()].iter_mut().zip(origins) {
                *place = origin.and_then(|input| of_input[input]);
            }
        }
        features[self.nodes[stopped.node].from.start + stopped.column]
    }

    /// The forests among the steps.
    pub(super) fn forests(&self) -> impl Iterator<Item = &Forest> {
        self.nodes.iter().filter_map(|node| match &node.step {
            Step::Trees(forest) => Some(&**forest),
            _ => None,
        })
    }

    /// Which features may be NaN: those of which every way to the estimator is
    /// filled in, or taken as it is, before a step mixes columns.
    pub(super) fn tolerated_missing(&self) -> Vec<bool> {
        self.tolerated(Step::tolerates_missing)
    }

    /// Which features may be infinite.
    pub(super) fn tolerated_infinite(&self) -> Vec<bool> {
        self.tolerated(Step::tolerates_infinite)
    }

    /// Goes back from the estimator, which takes finite numbers alone, over an
    /// arena of flags. Where a place is used again for another value, its flags
    /// are set anew by the first step behind that reads it.
    fn tolerated(&self, of_step: impl Fn(&Step, usize, &[bool]) -> Vec<bool>) -> Vec<bool> {
        let mut tolerated = vec![true; self.arena_len];
        tolerated[self.output.clone()].fill(false);
        for Node { step, from, to } in self.nodes.iter().rev() {
            let of_input = of_step(step, from.len(), &tolerated[to.clone()]);
            // What is in `to` before this step is a value that nobody reads any more.
            tolerated[to.clone()].fill(true);
            let of_place = &mut tolerated[from.clone()];
            of_place.iter_mut().zip(of_input).for_each(|(place, of_input)| *place &= of_input);
        }
        tolerated.truncate(self.n_features);
        self.required.iter().for_each(|feature| tolerated[*feature] = false);
        if tolerated.contains(&true) { tolerated } else { Vec::new() }
    }
}
