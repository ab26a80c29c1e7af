//! Steps on a block of rows, to the bits that each row has alone.

#[cfg(test)]
#[cfg(feature = "pickle")]
mod tests;

use super::Step;
use crate::columns::{Columns, ColumnsMut};
use crate::linear::Link;
use crate::refused::SomeRefused;

impl Step {
    /// Numbers beside input and answer that it works in on so many rows of `width` numbers.
    pub(crate) fn block_scratch_len(&self, width: usize, n_rows: usize) -> usize {
        match self {
            Self::Affine(_)
            | Self::Above(_)
            | Self::Binarize(_)
            | Self::Bins(_)
            | Self::Clip(_)
            | Self::Copy
            | Self::Distances(_)
            | Self::Function(_)
            | Self::Impute(_)
            | Self::Inverse(_)
            | Self::LookUp(_)
            | Self::OneHot(_)
            | Self::OneHotSums(_)
            | Self::OneVsOne(_)
            | Self::Polynomial(_)
            | Self::Power(_)
            | Self::Quantiles(_) => 0,
            Self::Link(_) => Link::columns_len(width, n_rows),
            Self::Normalize(_) | Self::Shares => n_rows,
            // Fewer rows may come, which it answers one by one.
            Self::Trees(forest) => {
                let by_rows = width + self.width_after(width) + self.scratch_len(width);
                forest.block_scratch_len(n_rows).max(by_rows)
            }
            Self::Learned(learned) if learned.takes_blocks() => learned.block_scratch_len(width, n_rows),
            // Row by row: one gathered, its answer, and what that takes.
            _ => width + self.width_after(width) + self.scratch_len(width),
        }
    }

    /// Makes `to` of `from`, as [`apply`](Self::apply) of every row. Where it
    /// refuses, some row alone is refused too, and that says which.
    pub(crate) fn apply_block(
        &self,
        from: Columns<'_>,
        mut to: ColumnsMut<'_>,
        scratch: &mut [f64],
    ) -> Result<(), SomeRefused> {
        match self {
            Self::Above(above) => above.apply_columns(from, to),
            Self::Affine(affine) => affine.apply_columns(from, to),
            Self::Copy => to.numbers().copy_from_slice(from.numbers()),
            Self::Distances(distances) => distances.apply_columns(from, to),
            Self::Learned(learned) if learned.takes_blocks() => learned.apply_columns(from, to, scratch)?,
            Self::LookUp(look_up) => look_up.apply_columns(from, to)?,
            Self::OneHot(one_hot) => one_hot.apply_columns(from, to)?,
            Self::OneHotSums(sums) => sums.apply_columns(from, to)?,
            Self::OneVsOne(one_vs_one) => one_vs_one.apply_columns(from, to),
            Self::Polynomial(polynomial) => polynomial.apply_columns(from, to),
            Self::Trees(forest) if forest.answers_blocks(from.n_rows()) => {
                forest.apply_block(from.numbers(), to.numbers(), scratch)?;
            }
            _ if !self.works_in_place() => return self.apply_by_rows(from, to, scratch),
            _ => {
                to.numbers().copy_from_slice(from.numbers());
                return self.apply_block_in_place(to, scratch);
            }
        }
        Ok(())
    }

    /// The same over its input, for those that [can](Self::works_in_place).
    pub(crate) fn apply_block_in_place(
        &self,
        mut rows: ColumnsMut<'_>,
        scratch: &mut [f64],
    ) -> Result<(), SomeRefused> {
        match self {
            Self::Binarize(binarize) => binarize.apply(rows.numbers())?,
            Self::Bins(bins) => bins.apply_columns(rows)?,
            Self::Clip(clip) => clip.apply(rows.numbers()),
            Self::Function(function) => function.apply(rows.numbers()),
            Self::Impute(impute) => impute.apply_columns(rows),
            Self::Inverse(inverse) => inverse.apply_columns(rows),
            Self::Link(link) => link.apply_columns(rows, scratch),
            Self::Normalize(normalize) => normalize.apply_columns(rows, scratch),
            Self::Power(power) => power.apply_columns(rows)?,
            Self::Quantiles(quantiles) => quantiles.apply_columns(rows)?,
            Self::Shares => super::shares::shares_of_columns(rows, scratch),
            _ => return self.apply_in_place_by_rows(rows, scratch),
        }
        Ok(())
    }

    fn apply_by_rows(
        &self,
        from: Columns<'_>,
        mut to: ColumnsMut<'_>,
        scratch: &mut [f64],
    ) -> Result<(), SomeRefused> {
        let (row, rest) = scratch.split_at_mut(from.width());
        let (answer, rest) = rest.split_at_mut(to.width());
        for index in 0..from.n_rows() {
            from.gather(index, row);
            self.apply(row, answer, rest)?;
            to.scatter(index, answer);
        }
        Ok(())
    }

    fn apply_in_place_by_rows(
        &self,
        mut rows: ColumnsMut<'_>,
        scratch: &mut [f64],
    ) -> Result<(), SomeRefused> {
        let (row, rest) = scratch.split_at_mut(rows.width());
        for index in 0..rows.n_rows() {
            rows.as_columns().gather(index, row);
            self.apply_in_place(row, rest)?;
            rows.scatter(index, row);
        }
        Ok(())
    }
}
