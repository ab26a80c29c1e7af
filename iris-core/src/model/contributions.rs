//! What each feature contributes to a row's answer.

use super::{Model, check_len};
use crate::error::{Error, ErrorKind, Result};
use crate::program::Explanation;

impl Model {
    /// Numbers that a row's contributions are; 0 where there are none.
    pub(crate) fn contributions_len(&self) -> usize {
        self.explanation.as_ref().map_or(0, |explanation| explanation.len())
    }

    /// Numbers that a call on one row works in.
    pub(crate) fn contributions_scratch_len(&self) -> usize {
        let beside = self.explanation.as_ref().map_or(0, |explanation| explanation.scratch_len());
        self.program.row_len() + beside
    }

    /// Steps that explaining a row takes, roughly.
    pub(crate) fn contribution_steps(&self) -> usize {
        self.explanation.as_ref().map_or(0, |explanation| explanation.n_steps())
    }

    /// Checks that there are contributions, and as many as the buffer holds.
    pub(crate) fn check_contributions(&self, len: usize) -> Result<()> {
        let explanation = self.explained()?;
        check_len(len, explanation.len(), "contributions")
    }

    /// What each feature contributes to a row's answer, in memory that is long enough.
    pub(crate) fn contributions(&self, row: &[f64], out: &mut [f64], memory: &mut [f64]) -> Result<()> {
        let explanation = self.explained()?;
        check_len(out.len(), explanation.len(), "contributions")?;
        self.check_row(row)?;
        let done = self.program.explain(explanation, row, memory, out);
        done.map_err(|stopped| self.refused(row, stopped))?;
        if out.iter().all(|contribution| contribution.is_finite()) {
            return Ok(());
        }
        Err(self.not_finite(row))
    }

    fn explained(&self) -> Result<&Explanation> {
        self.explanation.as_deref().ok_or_else(|| {
            let why = self.schema.contributions().err().unwrap_or_default();
            Error::new(ErrorKind::NoContributions, format!("this model gives no contributions: {why}"))
        })
    }
}
