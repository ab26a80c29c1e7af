//! What each feature contributes to an answer, for one row and for many.

use super::Predictor;
use crate::error::Result;
use crate::model::check_len;
use crate::{Rows, RowsMut, Scratch};

/// Contributions are exact: a feature has its Shapley value, over trees as the library's own
/// function gives it (`pred_contribs` of XGBoost, `pred_contrib` of LightGBM, `TreeExplainer` of
/// shap for scikit-learn's), and of weights its value times its weight. For each output of
/// [`Schema::contributions`](crate::Schema::contributions) there is one number a feature and,
/// last, what is expected of a row of which nothing is known. These add up to the score, or the
/// regressor's value, before any link such as an exponential. A feature that a scaler, an imputer
/// or an encoder makes columns of has what all of them have; what came to a linear estimator as
/// zero contributes nothing.
impl Predictor {
    /// Numbers that a row's contributions are: outputs × (features + 1); 0 where there are none.
    #[must_use]
    pub fn contributions_len(&self) -> usize {
        self.model.contributions_len()
    }

    /// Steps that it takes to explain one row, roughly: each a nanosecond or two. Who answers
    /// others may ask before.
    #[must_use]
    pub fn contribution_steps(&self) -> usize {
        self.model.contribution_steps()
    }

    /// Writes what each feature contributes to a row's answer to `out`, which is
    /// [`contributions_len`](Self::contributions_len) long: a row an output, of features and the
    /// expected value.
    ///
    /// # Errors
    ///
    /// As [`predict`](Self::predict); [`NoContributions`](crate::ErrorKind::NoContributions) saying
    /// why, and [`OutputLength`](crate::ErrorKind::OutputLength).
    ///
    /// # Allocation
    ///
    /// None but for the scratch's growing at its first call.
    ///
    /// # Example
    ///
    /// ```
    /// let predictor = iris_core::Predictor::iris();
    /// let (mut scratch, mut out) = (predictor.scratch(), vec![0.0; predictor.contributions_len()]);
    /// predictor.contributions_with(&mut scratch, &[5.1, 3.5, 1.4, 0.2], &mut out)?;
    /// let mut scores = [0.0; 3];
    /// predictor.decision_function_into(&[5.1, 3.5, 1.4, 0.2], &mut scores)?;
    /// for (of_class, score) in out.chunks_exact(4 + 1).zip(scores) {
    ///     assert!((of_class.iter().sum::<f64>() - score).abs() < 1e-12);
    /// }
    /// # Ok::<(), iris_core::Error>(())
    /// ```
    pub fn contributions_with(&self, scratch: &mut Scratch, row: &[f64], out: &mut [f64]) -> Result<()> {
        let memory = scratch.numbers(self.model.contributions_scratch_len());
        self.model.contributions(row, out, memory)
    }

    /// The same of every row into `out`, `rows ×` [`contributions_len`](Self::contributions_len).
    ///
    /// # Errors
    ///
    /// As [`contributions_with`](Self::contributions_with), naming the row.
    ///
    /// # Allocation
    ///
    /// None but for the scratch's growing at its first call.
    pub fn contributions_batch_with<'r, 'o>(
        &self,
        scratch: &mut Scratch,
        rows: impl Into<Rows<'r>>,
        out: impl Into<RowsMut<'o>>,
    ) -> Result<()> {
        let (rows, mut out) = (rows.into(), out.into());
        self.check_columns(&rows)?;
        self.model.check_contributions(out.n_columns())?;
        check_len(out.n_rows(), rows.n_rows(), "contributions (rows)")?;
        let (n_features, len) = (rows.n_columns(), out.n_columns());
        let numbers = scratch.numbers(n_features + len + self.model.contributions_scratch_len());
        let (gathered, numbers) = numbers.split_at_mut(n_features);
        let (room, memory) = numbers.split_at_mut(len);
        for index in 0..rows.n_rows() {
            let row = rows.row(index, gathered);
            out.write(index, room, |out| self.model.contributions(row, out, memory))
                .map_err(|error| error.at_row(index))?;
        }
        Ok(())
    }
}
