//! Answers about the rows of a block.

use super::EstimatorRef;
use crate::columns::Columns;
use crate::linear::NotFinite;

impl EstimatorRef<'_> {
    /// Numbers that a question about so many rows works in.
    pub(crate) fn block_len(self, n_rows: usize) -> usize {
        match self {
            Self::Linear(linear) => linear.block_len(n_rows),
            Self::Given(_) => n_rows,
        }
    }

    /// The class of every row.
    pub(crate) fn classes_of_block(
        self,
        left: Columns<'_>,
        out: &mut [u32],
        scratch: &mut [f64],
    ) -> Result<(), NotFinite> {
        match self {
            Self::Linear(linear) => linear.classes_of_block(left, out, scratch),
            Self::Given(given) => given.classes_of_block(left, out, scratch),
        }
    }

    /// Every class's probability, a column a class.
    pub(crate) fn probabilities_of_block<'a>(
        self,
        left: Columns<'a>,
        scratch: &'a mut [f64],
    ) -> Result<Columns<'a>, NotFinite> {
        match self {
            Self::Linear(linear) => linear.probabilities_of_block(left, scratch),
            Self::Given(given) => given.probabilities_of_block(left),
        }
    }

    /// The scores, or a regressor's values, a column each.
    pub(crate) fn scores_of_block<'a>(
        self,
        left: Columns<'a>,
        scratch: &'a mut [f64],
    ) -> Result<Columns<'a>, NotFinite> {
        match self {
            Self::Linear(linear) => linear.scores_of_block(left, scratch),
            Self::Given(given) => given.scores_of_block(left),
        }
    }
}
