//! Values that are sparse rows: what counters find in texts, until numbers are made of it.

use std::sync::Arc;

use super::{LOOK_BACK, Making, Places, ProgramBuilder, Value, ValueId};
use crate::affine::Affine;
use crate::program::Step;
use crate::program::slot::Slot;
use crate::program::terms::{Branch, Front, Numbers, Weighing};
use crate::words::Counter;

/// Columns of a sparse row that are written out for a step that reads all of them: a megabyte a row.
const MOST_WRITTEN: usize = 1 << 17;

impl ProgramBuilder {
    /// What a counter finds in a column of text.
    pub(crate) fn terms(&mut self, feature: usize, counter: Counter) -> ValueId {
        self.add(counter.n_columns(), Making::Terms(feature, Arc::new(counter)))
    }

    /// Whether a value is a sparse row, or has one in it.
    pub(crate) fn is_sparse(&self, value: ValueId) -> bool {
        matches!(self.values[value.0].making, Making::Terms(..) | Making::Weighed(..) | Making::Beside(_))
    }

    /// The width of a sparse row that a step would have to read in full, and that is too wide for it.
    pub(crate) fn too_wide(&self) -> Option<usize> {
        self.too_wide
    }

    /// What a step makes of a sparse row: another, or numbers.
    pub(super) fn sparse_step(&mut self, step: Step, input: ValueId) -> ValueId {
        let step = match step {
            Step::Affine(affine) if affine.picked().is_none() => return self.sums(affine, input),
            Step::Copy => return input,
            step => step,
        };
        let is_beside = matches!(self.values[input.0].making, Making::Beside(_));
        match Weighing::of(&step) {
            Some(weighing) if !is_beside => self.weighed(weighing, input),
            _ => {
                let written = self.written(input);
                self.step(step, written)
            }
        }
    }

    fn weighed(&mut self, weighing: Weighing, input: ValueId) -> ValueId {
        let same = self.recent(
            |making| matches!(making, Making::Weighed(known, of) if *of == input && *known == weighing),
        );
        same.unwrap_or_else(|| {
            let width = weighing.width_after(self.width(input));
            self.add(width, Making::Weighed(weighing, input))
        })
    }

    fn numbers(&mut self, numbers: Numbers, input: ValueId) -> ValueId {
        let same = self.recent(
            |making| matches!(making, Making::Numbers(known, of) if *of == input && *known == numbers),
        );
        same.unwrap_or_else(|| {
            let width = numbers.width_of(self.width(input));
            self.add(width, Making::Numbers(numbers, input))
        })
    }

    /// A value made so, found a little later again.
    fn recent(&self, is_same: impl Fn(&Making) -> bool) -> Option<ValueId> {
        let mut recent = self.values.iter().enumerate().rev().take(LOOK_BACK);
        recent.find(|(_, value)| is_same(&value.making)).map(|(index, _)| ValueId(index))
    }

    /// Sums over a sparse row's columns; of several values side by side those of each, added up.
    fn sums(&mut self, affine: Affine, input: ValueId) -> ValueId {
        let Making::Beside(parts) = self.values[input.0].making.clone() else {
            let (weights, offset) = affine.into_dense();
            return self.numbers(Numbers::Sums { weights, offset }, input);
        };
        self.sums_of_parts(&affine, parts)
    }

    /// The same value with its zeros, if it is a sparse row.
    pub(super) fn written(&mut self, value: ValueId) -> ValueId {
        match self.values[value.0].making.clone() {
            Making::Terms(..) | Making::Weighed(..) => {
                let width = self.width(value);
                if width > MOST_WRITTEN {
                    self.too_wide = Some(width);
                }
                self.numbers(Numbers::Written, value)
            }
            Making::Beside(parts) => {
                let parts = parts.into_iter().map(|part| self.written(part)).collect();
                self.concat(parts)
            }
            _ => value,
        }
    }

    /// What reads the texts for all numbers that are needed, and the place of each of these.
    pub(super) fn fronts(
        &mut self,
        last_reads: &[Option<usize>],
        places: &mut Places,
    ) -> (Vec<Front>, Vec<Slot>) {
        let mut slots = vec![0..0; self.values.len()];
        // A front for each counter, and within it a branch for each way of weighing.
        let mut fronts: Vec<(ValueId, Front)> = Vec::new();
        let mut branches: Vec<(ValueId, usize, usize)> = Vec::new();
        for (index, slot) in slots.iter_mut().enumerate() {
            let Value { width, making } = &mut self.values[index];
            let (Making::Numbers(numbers, sparse), Some(_)) = (making, last_reads[index]) else { continue };
            *slot = places.take(*width);
            // Of a large model these are most of what is held.
            let (numbers, sparse) = (std::mem::replace(numbers, Numbers::Written), *sparse);
            let known = branches.iter().find(|(of, ..)| *of == sparse).copied();
            let (_, front, branch) = known.unwrap_or_else(|| {
                let (terms, weighings) = self.origin(sparse);
                let front = fronts.iter().position(|(of, _)| *of == terms).unwrap_or_else(|| {
                    let Making::Terms(feature, counter) = &self.values[terms.0].making else {
                        unreachable!("a sparse row begins with terms")
                    };
                    let counter = Arc::clone(counter);
                    fronts.push((terms, Front { feature: *feature, counter, branches: Vec::new() }));
                    fronts.len() - 1
                });
                let of_front = &mut fronts[front].1.branches;
                of_front.push(Branch { weighings, outs: Vec::new() });
                let branch = (sparse, front, of_front.len() - 1);
                branches.push(branch);
                branch
            });
            fronts[front].1.branches[branch].outs.push((numbers, slot.clone()));
        }
        (fronts.into_iter().map(|(_, front)| front).collect(), slots)
    }

    /// The terms that a sparse row comes from, and how they were weighed on the way.
    fn origin(&self, sparse: ValueId) -> (ValueId, Vec<Weighing>) {
        let (mut at, mut weighings) = (sparse, Vec::new());
        while let Making::Weighed(weighing, input) = &self.values[at.0].making {
            weighings.push(weighing.clone());
            at = *input;
        }
        weighings.reverse();
        (at, weighings)
    }

    /// The graph alone.
    #[cfg(all(test, feature = "pickle"))]
    pub(in crate::program) fn planned(mut self, output: ValueId) -> crate::program::graph::Graph {
        let output = self.written(output);
        self.plan(output)
    }
}
