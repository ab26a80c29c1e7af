//! The questions that trees ask, in the order of their numbers, and the steps that make what they ask about.

use super::parts::{NumberColumn, OneHot, Parts, Statistic};
use super::statistics;
use crate::affine::Affine;
use crate::error::{Error, Result};
use crate::program::{Keys, LookUp, Otherwise, ProgramBuilder, Step, Table, TargetStatistics, ValueId};
use crate::read::budget::Budget;

/// The questions, about columns of rows that have more beside them.
pub(super) struct Asked {
    n_features: usize,
    questions: Vec<Question>,
    /// Columns of texts, and for each the places of its text among those asked for.
    texts: Vec<(usize, Table)>,
    statistics: TargetStatistics,
}

/// One question about a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Question {
    Above { column: usize, border: f32, missing_is_above: bool },
    Is { column: usize, value: f64 },
}

impl Asked {
    /// The questions that a model's trees may ask about rows of so many columns.
    pub(super) fn of(parts: &Parts, n_features: usize, budget: &mut Budget) -> Result<Self> {
        let mut questions = Vec::new();
        for NumberColumn { position, borders, missing_is_above } in &parts.numbers {
            let of = || format!("the borders of column {}", position.column);
            above(&mut questions, position.column, borders, *missing_is_above, budget)
                .map_err(|error| error.within(of()))?;
        }
        let mut texts = Vec::new();
        for OneHot { text, hashes } in &parts.one_hots {
            let column = parts.text(*text, budget)?;
            budget.spend(8 * (hashes.len() + 1))?;
            let mut keys: Vec<f64> = hashes.iter().map(|hash| f64::from(*hash)).collect();
            keys.sort_by(f64::total_cmp);
            keys.dedup();
            let beside = n_features + texts.len();
            questions.extend(hashes.iter().map(|hash| {
                let place = keys.partition_point(|key| *key < f64::from(*hash));
                Question::Is { column: beside, value: place_of(place) }
            }));
            texts.push((column, places(keys)));
        }
        let statistics = statistics::of(parts, budget)?;
        for (number, Statistic { borders, .. }) in parts.statistics.iter().enumerate() {
            let beside = n_features + texts.len() + number;
            above(&mut questions, beside, borders, false, budget)
                .map_err(|error| error.within(format!("the borders of statistic {number}")))?;
        }
        Ok(Self { n_features, questions, texts, statistics })
    }

    /// The question of a number.
    pub(super) fn question(&self, number: usize) -> Result<Question> {
        self.questions.get(number).copied().ok_or_else(|| {
            Error::malformed(format!("question {number} of {} is asked", self.questions.len()))
        })
    }

    /// Length of the rows that questions are asked about.
    pub(super) fn width(&self) -> usize {
        self.n_features + self.texts.len() + self.statistics.n_outputs()
    }

    /// The rows with all that is asked about.
    pub(super) fn beside(self, program: &mut ProgramBuilder, columns: ValueId) -> ValueId {
        let mut parts = vec![columns];
        if !self.texts.is_empty() {
            // The columns of texts alone, so that others may hold whatever they hold.
            let of_texts: Vec<usize> = self.texts.iter().map(|(column, _)| *column).collect();
            let texts = Affine::select(self.n_features, of_texts.into_iter());
            let texts = program.step(Step::Affine(texts), columns);
            let tables = self.texts.into_iter().enumerate().map(|(index, (_, table))| (index, table));
            parts.push(program.step(Step::LookUp(LookUp { outputs: tables.collect() }), texts));
        }
        if !self.statistics.tables.is_empty() {
            parts.push(program.step(Step::TargetStatistics(self.statistics), columns));
        }
        match parts[..] {
            [columns] => columns,
            _ => program.concat(parts),
        }
    }
}

/// A question for each border.
fn above(
    questions: &mut Vec<Question>,
    column: usize,
    borders: &[f32],
    missing_is_above: bool,
    budget: &mut Budget,
) -> Result<()> {
    budget.spend(3 * borders.len())?;
    if borders.iter().any(|border| border.is_nan()) || !borders.is_sorted() {
        return Err(Error::malformed("they are not in ascending order"));
    }
    questions.extend(borders.iter().map(|border| Question::Above {
        column,
        border: *border,
        // What is missing stands for infinity then.
        missing_is_above: missing_is_above && *border < f32::INFINITY,
    }));
    Ok(())
}

/// From the hash of a text to its place; those not asked for have none.
fn places(keys: Vec<f64>) -> Table {
    let values = (0..keys.len()).map(|place| Some(place_of(place))).collect();
    Table { keys: Keys::Numbers(keys), values, missing: Otherwise::Refuse, unknown: Otherwise::Value(-1.0) }
}

#[expect(clippy::cast_precision_loss, reason = "a file has fewer than 2^53 texts")]
fn place_of(place: usize) -> f64 {
    place as f64
}
