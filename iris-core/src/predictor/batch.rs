//! Many rows at once, into the caller's buffers.

use super::Predictor;
use super::blocks::Asked;
use crate::error::Result;
use crate::linear::{Linear, NotFinite};
use crate::model::check_len;
use crate::scratch::Memory;
use crate::{Rows, RowsMut, Scratch};

/// Where a classifier's answers for a batch go, for
/// [`classify_batch_with`](Predictor::classify_batch_with).
#[derive(Debug)]
pub struct Classified<'o> {
    /// The class index of every row.
    pub classes: &'o mut [u32],
    /// Every class's probability, `rows × n_classes`, if it is wanted.
    pub probabilities: Option<RowsMut<'o>>,
    /// Every score, `rows × n_scores`, if it is wanted.
    pub scores: Option<RowsMut<'o>>,
}

/// Batches are [`Rows`], a row a sample, in any memory layout; rows that lie
/// one after the other are read where they are. An error names the first row
/// at fault, and leaves the output unspecified.
impl Predictor {
    /// The class index of every row into `out`, one number a row.
    ///
    /// # Errors
    ///
    /// As [`predict_class`](Self::predict_class), naming the row; also
    /// [`OutputLength`](crate::ErrorKind::OutputLength).
    pub fn predict_batch_into<'r>(&self, rows: impl Into<Rows<'r>>, out: &mut [u32]) -> Result<()> {
        self.classes(rows.into(), out, self.stack())
    }

    /// [`predict_batch_into`](Self::predict_batch_into) in the caller's memory.
    ///
    /// # Errors
    ///
    /// As [`predict_batch_into`](Self::predict_batch_into).
    pub fn predict_batch_with<'r>(
        &self,
        scratch: &mut Scratch,
        rows: impl Into<Rows<'r>>,
        out: &mut [u32],
    ) -> Result<()> {
        self.classes(rows.into(), out, self.batch_memory(scratch))
    }

    /// Every class's probability for every row into `out`, `rows × n_classes`.
    ///
    /// # Errors
    ///
    /// As [`predict_proba_into`](Self::predict_proba_into), naming the row.
    pub fn predict_proba_batch_into<'r, 'o>(
        &self,
        rows: impl Into<Rows<'r>>,
        out: impl Into<RowsMut<'o>>,
    ) -> Result<()> {
        self.probabilities(rows.into(), out.into(), self.stack())
    }

    /// [`predict_proba_batch_into`](Self::predict_proba_batch_into) in the caller's memory.
    ///
    /// # Errors
    ///
    /// As [`predict_proba_batch_into`](Self::predict_proba_batch_into).
    pub fn predict_proba_batch_with<'r, 'o>(
        &self,
        scratch: &mut Scratch,
        rows: impl Into<Rows<'r>>,
        out: impl Into<RowsMut<'o>>,
    ) -> Result<()> {
        self.probabilities(rows.into(), out.into(), self.batch_memory(scratch))
    }

    /// Several answers about every row for the work of one, where the work is in
    /// the model's steps: the numbers that the calls for each of them give.
    ///
    /// # Errors
    ///
    /// As [`predict_batch_into`](Self::predict_batch_into),
    /// [`predict_proba_batch_into`](Self::predict_proba_batch_into) and
    /// [`decision_function_batch_into`](Self::decision_function_batch_into).
    pub fn classify_batch_with<'r>(
        &self,
        scratch: &mut Scratch,
        rows: impl Into<Rows<'r>>,
        out: Classified<'_>,
    ) -> Result<()> {
        let rows = rows.into();
        let Classified { classes, probabilities, scores } = out;
        self.check_columns(&rows)?;
        self.check_classes(&rows, classes)?;
        if let Some(out) = &probabilities {
            self.check_probabilities(&rows, out)?;
        }
        if let Some(out) = &scores {
            self.check_scores(&rows, out)?;
        }
        if self.model.program.direct().is_none() {
            let asked = Asked { classes: Some(classes), probabilities, scores, values: None };
            return self.answer(&rows, asked, self.batch_memory(scratch));
        }
        self.predict_batch_with(scratch, rows, classes)?;
        if let Some(out) = probabilities {
            self.predict_proba_batch_with(scratch, rows, out)?;
        }
        match scores {
            Some(out) => self.decision_function_batch_with(scratch, rows, out),
            None => Ok(()),
        }
    }

    /// A classifier's scores of every row into `out`, `rows × n_scores`.
    ///
    /// # Errors
    ///
    /// As [`decision_function_into`](Self::decision_function_into), naming the row.
    pub fn decision_function_batch_into<'r, 'o>(
        &self,
        rows: impl Into<Rows<'r>>,
        out: impl Into<RowsMut<'o>>,
    ) -> Result<()> {
        self.scores(rows.into(), out.into(), self.stack())
    }

    /// [`decision_function_batch_into`](Self::decision_function_batch_into) in the caller's memory.
    ///
    /// # Errors
    ///
    /// As [`decision_function_batch_into`](Self::decision_function_batch_into).
    pub fn decision_function_batch_with<'r, 'o>(
        &self,
        scratch: &mut Scratch,
        rows: impl Into<Rows<'r>>,
        out: impl Into<RowsMut<'o>>,
    ) -> Result<()> {
        self.scores(rows.into(), out.into(), self.batch_memory(scratch))
    }

    /// A regressor's values of every row into `out`, `rows × n_targets`.
    ///
    /// # Errors
    ///
    /// As [`predict_values_into`](Self::predict_values_into), naming the row.
    pub fn predict_values_batch_into<'r, 'o>(
        &self,
        rows: impl Into<Rows<'r>>,
        out: impl Into<RowsMut<'o>>,
    ) -> Result<()> {
        self.values(rows.into(), out.into(), self.stack())
    }

    /// [`predict_values_batch_into`](Self::predict_values_batch_into) in the caller's memory.
    ///
    /// # Errors
    ///
    /// As [`predict_values_batch_into`](Self::predict_values_batch_into).
    pub fn predict_values_batch_with<'r, 'o>(
        &self,
        scratch: &mut Scratch,
        rows: impl Into<Rows<'r>>,
        out: impl Into<RowsMut<'o>>,
    ) -> Result<()> {
        self.values(rows.into(), out.into(), self.batch_memory(scratch))
    }

    /// Numbers that a call on a batch works in: those of a kernel for many
    /// rows, or those of a block and of its rows one by one.
    pub(super) fn batch_len(&self) -> usize {
        let program = &self.model.program;
        let by_blocks = self.blocks_len(program.block_rows(), program.estimator().n_outputs());
        by_blocks.max(program.estimator().batch_len())
    }

    fn batch_memory<'s>(&'s self, scratch: &'s mut Scratch) -> Memory<'s> {
        Memory::Piece(scratch.numbers(self.batch_len()), self.texts.as_deref())
    }

    fn classes(&self, rows: Rows<'_>, out: &mut [u32], memory: Memory<'_>) -> Result<()> {
        self.check_columns(&rows)?;
        self.check_classes(&rows, out)?;
        if let Some((linear, numbers)) = self.in_one_piece(&rows) {
            return self.name_row(numbers, linear.class_batch(numbers, out, memory));
        }
        self.answer(&rows, Asked { classes: Some(out), ..Asked::default() }, memory)
    }

    fn probabilities(&self, rows: Rows<'_>, mut out: RowsMut<'_>, memory: Memory<'_>) -> Result<()> {
        self.check_columns(&rows)?;
        self.check_probabilities(&rows, &out)?;
        if let (Some((linear, numbers)), Some(out)) = (self.in_one_piece(&rows), out.as_slice_mut()) {
            return self.name_row(numbers, linear.probability_batch(numbers, out));
        }
        self.answer(&rows, Asked { probabilities: Some(out), ..Asked::default() }, memory)
    }

    fn scores(&self, rows: Rows<'_>, out: RowsMut<'_>, memory: Memory<'_>) -> Result<()> {
        self.check_columns(&rows)?;
        self.check_scores(&rows, &out)?;
        self.answer(&rows, Asked { scores: Some(out), ..Asked::default() }, memory)
    }

    fn values(&self, rows: Rows<'_>, out: RowsMut<'_>, memory: Memory<'_>) -> Result<()> {
        self.check_columns(&rows)?;
        self.model.check_values(out.n_columns())?;
        check_len(out.n_rows(), rows.n_rows(), "predict_values (rows)")?;
        self.answer(&rows, Asked { values: Some(out), ..Asked::default() }, memory)
    }

    /// Rows that a kernel for many can read where they are.
    fn in_one_piece<'r>(&self, rows: &Rows<'r>) -> Option<(&Linear, &'r [f64])> {
        Some((self.model.program.direct()?, rows.as_slice()?))
    }

    fn check_classes(&self, rows: &Rows<'_>, out: &[u32]) -> Result<()> {
        self.model.check_classifier()?;
        check_len(out.len(), rows.n_rows(), "predict")
    }

    fn check_probabilities(&self, rows: &Rows<'_>, out: &RowsMut<'_>) -> Result<()> {
        self.model.check_probabilities(out.n_columns())?;
        check_len(out.n_rows(), rows.n_rows(), "predict_proba (rows)")
    }

    fn check_scores(&self, rows: &Rows<'_>, out: &RowsMut<'_>) -> Result<()> {
        self.model.check_scores(out.n_columns())?;
        check_len(out.n_rows(), rows.n_rows(), "decision_function (rows)")
    }

    pub(super) fn check_columns(&self, rows: &Rows<'_>) -> Result<()> {
        if rows.n_columns() == self.schema().n_features() {
            Ok(())
        } else {
            Err(self.model.wrong_length(rows.n_columns()))
        }
    }

    /// Says what is wrong with the row that a kernel stopped at.
    fn name_row(&self, rows: &[f64], done: Result<(), NotFinite>) -> Result<()> {
        let n_features = self.schema().n_features();
        done.map_err(|NotFinite { row }| {
            self.model.not_finite(&rows[row * n_features..(row + 1) * n_features]).at_row(row)
        })
    }
}
