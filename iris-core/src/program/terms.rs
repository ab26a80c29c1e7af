//! Columns of free text in front of all steps: terms counted, weighed, and made numbers of.
//!
//! Between the text and the numbers a row is sparse: it costs its own terms, however many the
//! vectorizer knows. What is linear behind it is a sum over these terms.

use std::sync::Arc;

use super::slot::Slot;
use super::step::Step;
use crate::affine::{Affine, add_scaled};
use crate::words::{Counter, SparseRow, Work};

/// A column of text that a counter reads, and what is made of its counts.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Front {
    pub(super) feature: usize,
    pub(super) counter: Arc<Counter>,
    pub(super) branches: Vec<Branch>,
}

/// Counts weighed in one way, and what is made of them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Branch {
    pub(super) weighings: Vec<Weighing>,
    pub(super) outs: Vec<(Numbers, Slot)>,
}

/// What is done to a sparse row that leaves it one.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Weighing {
    /// Each column has its factor.
    Factors(Vec<f64>),
    /// Some columns are kept, in their order, each with its factor: for each column its new place, or [`DROPPED`].
    Kept { places: Vec<u32>, factors: Vec<f64> },
    /// A step to which columns of zeros make no difference, and which leaves them zeros.
    Values(Step),
}

/// How a sparse row becomes numbers that other steps read.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Numbers {
    /// Written out, zeros and all.
    Written,
    /// Each column times its `offset.len()` weights, and the offset.
    Sums { weights: Vec<f64>, offset: Vec<f64> },
}

/// In the place of a column that is not kept.
const DROPPED: u32 = u32::MAX;

/// What reading texts works on.
#[derive(Debug, Default)]
pub(super) struct Desk {
    work: Work,
    counts: SparseRow,
    weighed: SparseRow,
    sums: Vec<f64>,
}

impl Front {
    /// Writes what is made of a text to a row of the arena of `n_rows`, a column each.
    pub(super) fn read(&self, text: &str, desk: &mut Desk, arena: &mut [f64], row: usize, n_rows: usize) {
        let Desk { work, counts, weighed, sums } = desk;
        self.counter.count(text, work, counts);
        for Branch { weighings, outs } in &self.branches {
            weighed.columns.clone_from(&counts.columns);
            weighed.values.clone_from(&counts.values);
            for weighing in weighings {
                weighing.apply(weighed);
            }
            for (numbers, slot) in outs {
                let mut to =
                    arena[slot.start * n_rows..slot.end * n_rows].iter_mut().skip(row).step_by(n_rows);
                match numbers {
                    Numbers::Written => {
                        to.for_each(|to| *to = 0.0);
                        for (column, value) in weighed.columns.iter().zip(&weighed.values) {
                            arena[(slot.start + *column as usize) * n_rows + row] = *value;
                        }
                    }
                    Numbers::Sums { weights, offset } if offset.len() == 1 => {
                        let terms = weighed.columns.iter().zip(&weighed.values);
                        let sum =
                            terms.fold(0.0, |sum, (column, value)| sum + value * weights[*column as usize]);
                        to.for_each(|to| *to = sum + offset[0]);
                    }
                    Numbers::Sums { weights, offset } => {
                        let width = offset.len();
                        sums.clear();
                        sums.resize(width, 0.0);
                        for (column, value) in weighed.columns.iter().zip(&weighed.values) {
                            add_scaled(sums, *value, &weights[*column as usize * width..][..width]);
                        }
                        for (sum, offset) in sums.iter().zip(offset) {
                            if let Some(to) = to.next() {
                                *to = sum + offset;
                            }
                        }
                    }
                }
            }
        }
    }
}

impl Weighing {
    /// What a step is to a sparse row, if it leaves it one.
    pub(super) fn of(step: &Step) -> Option<Self> {
        match step {
            Step::Affine(affine) => Self::of_map(affine),
            Step::Normalize(_) => Some(Self::Values(step.clone())),
            // Each of these does the same to every number: what zero becomes tells of all zeros.
            Step::Function(_) | Step::Binarize(_) | Step::Clip(_) | Step::Single => {
                let mut zero = [0.0];
                step.apply_in_place(&mut zero, &mut []).ok()?;
                (zero == [0.0]).then(|| Self::Values(step.clone()))
            }
            _ => None,
        }
    }

    /// Factors and choices, without anything that is added.
    fn of_map(affine: &Affine) -> Option<Self> {
        let (columns, factors) = affine.picked_factors()?;
        let is_in_order = columns.windows(2).all(|pair| pair[0] < pair[1]);
        if !is_in_order || affine.offset().iter().any(|offset| *offset != 0.0) {
            return None;
        }
        if columns.len() == affine.n_inputs() {
            return Some(Self::Factors(factors.to_vec()));
        }
        let mut places = vec![DROPPED; affine.n_inputs()];
        for (place, column) in columns.iter().enumerate() {
            places[*column] = u32::try_from(place).ok().filter(|place| *place != DROPPED)?;
        }
        Some(Self::Kept { places, factors: factors.to_vec() })
    }

    /// Columns that are left of so many.
    pub(super) fn width_after(&self, width: usize) -> usize {
        match self {
            Self::Kept { factors, .. } => factors.len(),
            Self::Factors(_) | Self::Values(_) => width,
        }
    }

    fn apply(&self, row: &mut SparseRow) {
        let SparseRow { columns, values } = row;
        match self {
            Self::Factors(factors) => {
                let both = values.iter_mut().zip(columns);
                both.for_each(|(value, column)| *value *= factors[*column as usize]);
            }
            Self::Kept { places, factors } => {
                let mut n_kept = 0;
                for index in 0..columns.len() {
                    let place = places[columns[index] as usize];
                    if place != DROPPED {
                        columns[n_kept] = place;
                        values[n_kept] = values[index] * factors[place as usize];
                        n_kept += 1;
                    }
                }
                columns.truncate(n_kept);
                values.truncate(n_kept);
            }
            Self::Values(step) => {
                // These refuse what is not finite, and counts and their weights are.
                let _ = step.apply_in_place(values, &mut []);
            }
        }
    }
}

impl Numbers {
    /// How many there are of so many columns.
    pub(super) fn width_of(&self, width: usize) -> usize {
        match self {
            Self::Written => width,
            Self::Sums { offset, .. } => offset.len(),
        }
    }
}

#[cfg(test)]
#[cfg(feature = "pickle")]
mod tests {
    use super::*;
    use crate::Texts;
    use crate::program::{Binarize, Function, Norm, ProgramBuilder, ValueId};
    use crate::words::{Accents, Analyzer, Case, Index, Pattern, Unit, Vocabulary};

    fn counter(terms: &[&str]) -> Counter {
        let unit = Unit::Words { pattern: Pattern::DEFAULT, stop_words: Vocabulary::default() };
        let analyzer = Analyzer { case: Case::Lower, accents: Accents::Kept, unit, n_grams: (1, 1) };
        Counter { analyzer, index: Index::Known(Vocabulary::new(terms).unwrap()), is_binary: false }
    }

    /// What a value is of texts in the only column, in rows alone and in a block.
    fn run(builder: &ProgramBuilder, output: ValueId, texts: &[&str]) -> Vec<Vec<f64>> {
        let graph = builder.clone().planned(output);
        let mut given = Texts::new();
        let numbers: Vec<f64> = texts.iter().map(|text| given.push(text)).collect();
        let alone = numbers.iter().map(|number| {
            let mut memory = vec![f64::NAN; graph.row_len()];
            graph.run(&[*number], &mut memory, Some(&given)).unwrap().to_vec()
        });
        let alone: Vec<Vec<f64>> = alone.collect();
        let mut arena = vec![f64::NAN; graph.block_arena_len(texts.len())];
        arena[..texts.len()].copy_from_slice(&numbers);
        let mut scratch = vec![f64::NAN; graph.block_scratch_len(texts.len())];
        let block = graph.run_block(texts.len(), &mut arena, &mut scratch, Some(&given)).unwrap();
        for (index, row) in alone.iter().enumerate() {
            let mut gathered = vec![f64::NAN; row.len()];
            block.gather(index, &mut gathered);
            assert_eq!(gathered, *row);
        }
        alone
    }

    #[test]
    fn counts_are_written_out_weighed_and_added_up() {
        let mut builder = ProgramBuilder::new(1);
        let counts = builder.terms(0, counter(&["red", "fox", "the"]));
        let texts = ["the red the", "dog", "fox fox red"];
        let written = builder.concat(vec![counts]);
        assert_eq!(run(&builder, written, &texts), [[1.0, 0.0, 2.0], [0.0; 3], [1.0, 2.0, 0.0]]);
        let kept = builder.step(Step::Affine(Affine::select(3, [0, 2].into_iter()).scaled(|_| 3.0)), counts);
        let normed = builder.step(Step::Normalize(Norm::Max.into()), kept);
        assert_eq!(run(&builder, normed, &texts), [[0.5, 1.0], [0.0; 2], [1.0, 0.0]]);
        let weights = Affine::identity(3).times(vec![1.0, 10.0, 100.0], 1).shifted(|_| 0.5);
        let sum = builder.step(Step::Affine(weights), counts);
        assert_eq!(run(&builder, sum, &texts), [[201.5], [0.5], [21.5]]);
        let binary = builder.step(Step::Binarize(Binarize { threshold: 0.0 }), counts);
        let weights = Affine::identity(3).times(vec![1.0, 2.0, 10.0, 20.0, 100.0, 200.0], 2);
        let sums = builder.step(Step::Affine(weights), binary);
        assert_eq!(run(&builder, sums, &texts), [[101.0, 202.0], [0.0; 2], [11.0, 22.0]]);
    }

    #[test]
    fn sparse_rows_beside_others_are_added_up_part_by_part() {
        let mut builder = ProgramBuilder::new(1);
        let (a, b) = (counter(&["red", "fox"]), counter(&["the"]));
        let parts = vec![builder.terms(0, a), builder.terms(0, b)];
        let all = builder.concat(parts);
        assert_eq!(builder.width(all), 3);
        assert_eq!(run(&builder, all, &["the fox the"]), [[0.0, 1.0, 2.0]]);
        let weights = Affine::identity(3).times(vec![1.0, 10.0, 100.0], 1).shifted(|_| 0.5);
        let sum = builder.step(Step::Affine(weights), all);
        assert_eq!(run(&builder, sum, &["the fox the", ""]), [[210.5], [0.5]]);
    }

    #[test]
    fn what_makes_something_of_zeros_meets_them() {
        let mut builder = ProgramBuilder::new(1);
        let counts = builder.terms(0, counter(&["red", "fox"]));
        let cosine = builder.step(Step::Function(Function::named("cos").unwrap()), counts);
        assert_eq!(run(&builder, cosine, &[""]), [[1.0, 1.0]]);
        let shifted = builder.step(Step::Affine(Affine::identity(2).shifted(|_| 1.0)), counts);
        assert_eq!(run(&builder, shifted, &["red"]), [[2.0, 1.0]]);
        let turned = builder.step(Step::Affine(Affine::select(2, [1, 0].into_iter())), counts);
        assert_eq!(run(&builder, turned, &["red"]), [[0.0, 1.0]]);
    }

    #[test]
    fn a_text_that_did_not_come_along_is_named_by_its_feature() {
        let mut builder = ProgramBuilder::new(1);
        let counts = builder.terms(0, counter(&["red"]));
        let written = builder.concat(vec![counts]);
        let graph = builder.planned(written);
        for number in [0.0, 1.0, f64::NAN] {
            let stopped = graph.run(&[number], &mut vec![0.0; graph.row_len()], None).unwrap_err();
            assert_eq!(graph.feature_at(stopped), Some(0));
        }
        assert!(graph.tolerated_missing().is_empty());
    }
}
