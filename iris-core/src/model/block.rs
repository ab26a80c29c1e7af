//! A block of rows through the model, if every one of them can be answered.

use super::Model;
use crate::columns::{Columns, all};
use crate::linear::NotFinite;
use crate::{Categories, Rows, Texts};

/// A row of the block is at fault; which, and why, the rows say one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AtFault;

/// What the steps leave of a block, and what is left to work in.
pub(crate) struct Left<'a> {
    pub(crate) columns: Columns<'a>,
    pub(crate) scratch: &'a mut [f64],
}

impl Model {
    /// Checks `n_rows` rows from `first` on and runs the steps on them, in
    /// memory as long as the program's [`block_len`](crate::program::Program::block_len).
    pub(crate) fn run_block<'a>(
        &self,
        rows: &Rows<'_>,
        first: usize,
        n_rows: usize,
        memory: &'a mut [f64],
        texts: Option<&Texts>,
    ) -> Result<Left<'a>, AtFault> {
        let (arena, scratch) = memory.split_at_mut(self.program.block_arena_len(n_rows));
        let features = &mut arena[..rows.n_columns() * n_rows];
        rows.columns(first, features);
        if !self.accepts(Columns::new(features, n_rows)) {
            return Err(AtFault);
        }
        let columns = self.program.run_block(n_rows, arena, scratch, texts).map_err(|_| AtFault)?;
        Ok(Left { columns, scratch })
    }

    /// Whether every row is finite or missing where it may be, and codes are codes.
    fn accepts(&self, features: Columns<'_>) -> bool {
        let is_of = |accepted: &[bool], index: usize| accepted.get(index).copied().unwrap_or(false);
        let is_finite = |(index, column): (usize, &[f64])| match (
            is_of(&self.missing, index),
            is_of(&self.infinite, index),
        ) {
            (false, false) => all(column, f64::is_finite),
            (true, false) => all(column, |value| !value.is_infinite()),
            (false, true) => all(column, |value| !value.is_nan()),
            (true, true) => true,
        };
        features.iter().enumerate().all(is_finite)
            && (!self.schema.has_categories() || self.are_codes(features))
    }

    fn are_codes(&self, features: Columns<'_>) -> bool {
        let are_codes = |categories: &Categories, codes: &[f64]| {
            all(codes, |code| code.is_nan() | categories.is_code(code))
        };
        let mut columns = self.schema.features().iter().zip(features.iter());
        columns.all(|(feature, codes)| feature.categories().is_none_or(|known| are_codes(known, codes)))
    }
}

impl From<NotFinite> for AtFault {
    fn from(_: NotFinite) -> Self {
        Self
    }
}
