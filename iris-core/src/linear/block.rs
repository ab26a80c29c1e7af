//! A block of rows that lie a column a feature, as steps leave them.

use multiversion::multiversion;

use super::fixed::Fixed;
use super::{Kernel, Linear, Link, NotFinite};
use crate::columns::{Columns, ColumnsMut};

impl Linear {
    /// Numbers that a question about so many rows works in.
    pub(crate) fn block_len(&self, n_rows: usize) -> usize {
        self.n_classes * n_rows + Link::columns_len(self.n_classes, n_rows)
    }

    /// The class of every row.
    pub(crate) fn classes_of_block(
        &self,
        rows: Columns<'_>,
        out: &mut [u32],
        scratch: &mut [f64],
    ) -> Result<(), NotFinite> {
        let (scores, rest) = self.scored(rows, scratch)?;
        scores.as_columns().argmax(out, rest);
        Ok(())
    }

    /// Every class's probability, a column a class.
    pub(crate) fn probabilities_of_block<'a>(
        &self,
        rows: Columns<'_>,
        scratch: &'a mut [f64],
    ) -> Result<Columns<'a>, NotFinite> {
        let (mut scores, rest) = self.scored(rows, scratch)?;
        self.link.apply_columns(scores.reborrow(), rest);
        Ok(scores.into_columns())
    }

    /// The scores, or a regressor's values, a column each.
    pub(crate) fn scores_of_block<'a>(
        &self,
        rows: Columns<'_>,
        scratch: &'a mut [f64],
    ) -> Result<Columns<'a>, NotFinite> {
        let (scores, _) = self.scored(rows, scratch)?;
        let scores = scores.into_columns();
        Ok(if self.mirrored { scores.range(1..2) } else { scores })
    }

    /// What a row's scores are before the link, and what is left to work in.
    fn scored<'a>(
        &self,
        rows: Columns<'_>,
        scratch: &'a mut [f64],
    ) -> Result<(ColumnsMut<'a>, &'a mut [f64]), NotFinite> {
        let n_rows = rows.n_rows();
        let (scores, rest) = scratch.split_at_mut(self.n_classes * n_rows);
        let mut scores = ColumnsMut::new(scores, n_rows);
        match &self.kernel {
            Kernel::F4C2(kernel) => score_4x2(kernel, rows, scores.reborrow()),
            Kernel::F4C3(kernel) => score_4x3(kernel, rows, scores.reborrow()),
            Kernel::General(kernel) => kernel.score_columns(rows, scores.reborrow()),
        }
        // Whoever asked looks for the row.
        if scores.as_columns().are_finite() { Ok((scores, rest)) } else { Err(NotFinite { row: 0 }) }
    }
}

#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2"))]
fn score_4x2(kernel: &Fixed<4, 2>, rows: Columns<'_>, out: ColumnsMut<'_>) {
    kernel.score_columns(rows, out);
}

#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2"))]
fn score_4x3(kernel: &Fixed<4, 3>, rows: Columns<'_>, out: ColumnsMut<'_>) {
    kernel.score_columns(rows, out);
}
