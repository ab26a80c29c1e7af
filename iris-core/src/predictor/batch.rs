//! Many rows at once, into the caller's buffers.

use ndarray::{ArrayView2, ArrayViewMut2};

use super::Predictor;
use crate::error::Result;
use crate::linear::{NotFinite, class_number};
use crate::model::check_len;
use crate::scratch::with_scratch;

/// Batches are two-dimensional, a row a sample, in any memory layout; rows that
/// lie one after the other (C order) are read where they are. An error names
/// the first row at fault, and leaves the output unspecified.
impl Predictor {
    /// The class index of every row into `out`, one number a row.
    ///
    /// # Errors
    ///
    /// As [`predict`](Self::predict), naming the row; also
    /// [`OutputLength`](crate::ErrorKind::OutputLength).
    pub fn predict_batch_into(&self, rows: ArrayView2<'_, f64>, out: &mut [u32]) -> Result<()> {
        self.check_columns(&rows)?;
        check_len(out.len(), rows.nrows(), "predict")?;
        if let (Some(rows), true) = (rows.as_slice(), self.model.steps.is_empty()) {
            let done = self.model.linear.class_batch(rows, out);
            return self.name_row(rows, done);
        }
        each_row(rows, |index, row| {
            out[index] = class_number(self.predict_class(row)?);
            Ok(())
        })
    }

    /// Every class's probability for every row into `out`, `rows × n_classes`.
    ///
    /// # Errors
    ///
    /// As [`predict_proba_into`](Self::predict_proba_into), naming the row.
    pub fn predict_proba_batch_into(
        &self,
        rows: ArrayView2<'_, f64>,
        mut out: ArrayViewMut2<'_, f64>,
    ) -> Result<()> {
        self.check_columns(&rows)?;
        self.model.check_probabilities(out.ncols())?;
        check_len(out.nrows(), rows.nrows(), "predict_proba (rows)")?;
        let no_steps = self.model.steps.is_empty();
        if let (Some(rows), Some(out), true) = (rows.as_slice(), out.as_slice_mut(), no_steps) {
            let done = self.model.linear.probability_batch(rows, out);
            return self.name_row(rows, done);
        }
        each_row_into(rows, out, |row, out| self.predict_proba_into(row, out).map(drop))
    }

    /// The scores of every row into `out`, `rows × n_scores`.
    ///
    /// # Errors
    ///
    /// As [`decision_function_into`](Self::decision_function_into), naming the row.
    pub fn decision_function_batch_into(
        &self,
        rows: ArrayView2<'_, f64>,
        out: ArrayViewMut2<'_, f64>,
    ) -> Result<()> {
        self.check_columns(&rows)?;
        check_len(out.ncols(), self.n_scores(), "decision_function")?;
        check_len(out.nrows(), rows.nrows(), "decision_function (rows)")?;
        each_row_into(rows, out, |row, out| self.decision_function_into(row, out))
    }

    fn check_columns(&self, rows: &ArrayView2<'_, f64>) -> Result<()> {
        if rows.ncols() == self.schema().n_features() {
            Ok(())
        } else {
            Err(self.model.wrong_length(rows.ncols()))
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

/// Hands each row on as a slice, gathered where the layout scatters it.
fn each_row(rows: ArrayView2<'_, f64>, mut work: impl FnMut(usize, &[f64]) -> Result<()>) -> Result<()> {
    with_scratch(rows.ncols(), |gathered| {
        for (index, row) in rows.rows().into_iter().enumerate() {
            let row = row.to_slice().unwrap_or_else(|| {
                gathered.iter_mut().zip(row).for_each(|(to, from)| *to = *from);
                gathered
            });
            work(index, row).map_err(|error| error.at_row(index))?;
        }
        Ok(())
    })
}

/// The same with one row of `out` for each.
fn each_row_into(
    rows: ArrayView2<'_, f64>,
    mut out: ArrayViewMut2<'_, f64>,
    mut work: impl FnMut(&[f64], &mut [f64]) -> Result<()>,
) -> Result<()> {
    with_scratch(out.ncols(), |answer| {
        each_row(rows, |index, row| {
            work(row, answer)?;
            out.row_mut(index).iter_mut().zip(&*answer).for_each(|(to, from)| *to = *from);
            Ok(())
        })
    })
}
