//! What estimators that are neither linear nor trees compute of a row.

#[cfg(feature = "pickle")]
mod chained_impute;
#[cfg(feature = "pickle")]
mod chi_square;
#[cfg(feature = "pickle")]
mod count_sketch;
#[cfg(feature = "pickle")]
mod descent;
#[cfg(feature = "pickle")]
mod floor;
mod group_sums;
mod interpolation;
mod kernel_sums;
#[cfg(feature = "pickle")]
mod laplace;
#[cfg(feature = "pickle")]
mod least_angle;
mod neighbors;
#[cfg(feature = "pickle")]
mod non_negative;
#[cfg(feature = "pickle")]
mod order;
mod pair_coupling;
mod pair_sums;
#[cfg(feature = "pickle")]
mod pursuit;
#[cfg(feature = "pickle")]
mod topics;
#[cfg(feature = "pickle")]
mod triangle;

use crate::columns::{Columns, ColumnsMut};
#[cfg(feature = "pickle")]
pub(crate) use chained_impute::{ChainedImpute, Turn};
#[cfg(feature = "pickle")]
pub(crate) use chi_square::ChiSquare;
#[cfg(feature = "pickle")]
pub(crate) use count_sketch::CountSketch;
#[cfg(feature = "pickle")]
pub(crate) use descent::{Descent, Next};
#[cfg(feature = "pickle")]
pub(crate) use floor::Floor;
pub(crate) use group_sums::{GroupSums, Term};
pub(crate) use interpolation::{Interpolation, Outside};
pub(crate) use kernel_sums::{Kernel, KernelPart, KernelSums};
#[cfg(feature = "pickle")]
pub(crate) use laplace::Laplace;
#[cfg(feature = "pickle")]
pub(crate) use least_angle::LeastAngle;
#[cfg(feature = "pickle")]
pub(crate) use neighbors::Barycenter;
pub(crate) use neighbors::{Asked, Counts, Distance, Leaf, Neighbors, Points, Says, Shape};
#[cfg(feature = "pickle")]
pub(crate) use non_negative::NonNegative;
pub(crate) use pair_coupling::PairCoupling;
pub(crate) use pair_sums::PairSums;
#[cfg(feature = "pickle")]
pub(crate) use pursuit::Pursuit;
#[cfg(feature = "pickle")]
pub(crate) use topics::Topics;

use crate::refused::Refused;
use crate::refused::SomeRefused;

/// One such computation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Learned {
    #[cfg(feature = "pickle")]
    ChainedImpute(ChainedImpute),
    #[cfg(feature = "pickle")]
    ChiSquare(ChiSquare),
    #[cfg(feature = "pickle")]
    CountSketch(CountSketch),
    #[cfg(feature = "pickle")]
    Descent(Descent),
    #[cfg(feature = "pickle")]
    Floor(Floor),
    GroupSums(GroupSums),
    Interpolation(Interpolation),
    KernelSums(KernelSums),
    #[cfg(feature = "pickle")]
    Laplace(Laplace),
    #[cfg(feature = "pickle")]
    LeastAngle(LeastAngle),
    Neighbors(Neighbors),
    #[cfg(feature = "pickle")]
    NonNegative(NonNegative),
    PairCoupling(PairCoupling),
    PairSums(PairSums),
    #[cfg(feature = "pickle")]
    Pursuit(Pursuit),
    #[cfg(feature = "pickle")]
    Topics(Topics),
}

impl Learned {
    /// Numbers that it makes of a row of `width`.
    pub(super) fn n_outputs(&self, width: usize) -> usize {
        match self {
            #[cfg(feature = "pickle")]
            Self::ChainedImpute(_) | Self::Floor(_) => width,
            #[cfg(feature = "pickle")]
            Self::ChiSquare(features) => features.n_outputs(width),
            #[cfg(feature = "pickle")]
            Self::CountSketch(sketch) => sketch.n_outputs,
            #[cfg(feature = "pickle")]
            Self::Descent(descent) => descent.n_leaves,
            Self::GroupSums(sums) => sums.n_outputs(),
            Self::Interpolation(_) => width,
            Self::KernelSums(sums) => sums.n_outputs(),
            #[cfg(feature = "pickle")]
            Self::Laplace(_) => 1,
            #[cfg(feature = "pickle")]
            Self::LeastAngle(path) => path.n_atoms,
            Self::Neighbors(neighbors) => neighbors.n_outputs(),
            #[cfg(feature = "pickle")]
            Self::NonNegative(parts) => parts.n_parts,
            Self::PairCoupling(coupling) => coupling.n_classes(),
            Self::PairSums(sums) => sums.n_outputs(),
            #[cfg(feature = "pickle")]
            Self::Pursuit(pursuit) => pursuit.n_atoms,
            #[cfg(feature = "pickle")]
            Self::Topics(topics) => topics.n_outputs,
        }
    }

    /// Numbers beside its input and its answer that it works in.
    pub(super) fn scratch_len(&self) -> usize {
        match self {
            Self::GroupSums(_) | Self::Interpolation(_) | Self::PairSums(_) => 0,
            Self::KernelSums(sums) => sums.scratch_len(),
            #[cfg(feature = "pickle")]
            Self::CountSketch(sketch) => sketch.scratch_len(),
            #[cfg(feature = "pickle")]
            Self::ChainedImpute(_)
            | Self::ChiSquare(_)
            | Self::Descent(_)
            | Self::Floor(_)
            | Self::Laplace(_)
            | Self::NonNegative(_) => 0,
            #[cfg(feature = "pickle")]
            Self::LeastAngle(path) => path.scratch_len(),
            Self::Neighbors(neighbors) => neighbors.scratch_len(),
            Self::PairCoupling(coupling) => coupling.scratch_len(),
            #[cfg(feature = "pickle")]
            Self::Pursuit(pursuit) => pursuit.scratch_len(),
            #[cfg(feature = "pickle")]
            Self::Topics(topics) => topics.scratch_len(),
        }
    }

    pub(super) fn apply(&self, row: &[f64], out: &mut [f64], scratch: &mut [f64]) -> Result<(), Refused> {
        match self {
            #[cfg(feature = "pickle")]
            Self::ChainedImpute(impute) => return impute.apply(row, out),
            #[cfg(feature = "pickle")]
            Self::ChiSquare(features) => return features.apply(row, out),
            #[cfg(feature = "pickle")]
            Self::CountSketch(sketch) => sketch.apply(row, out, scratch),
            #[cfg(feature = "pickle")]
            Self::Descent(descent) => descent.apply(row, out),
            #[cfg(feature = "pickle")]
            Self::Floor(floor) => return floor.apply(row, out),
            Self::GroupSums(sums) => sums.apply(row, out),
            Self::Interpolation(interpolation) => return interpolation.apply(row, out),
            Self::KernelSums(sums) => sums.apply(row, out, scratch),
            #[cfg(feature = "pickle")]
            Self::Laplace(laplace) => laplace.apply(row, out),
            #[cfg(feature = "pickle")]
            Self::LeastAngle(path) => path.apply(row, out, scratch),
            Self::Neighbors(neighbors) => neighbors.apply(row, out, scratch),
            #[cfg(feature = "pickle")]
            Self::NonNegative(parts) => parts.apply(row, out),
            Self::PairCoupling(coupling) => coupling.apply(row, out, scratch),
            Self::PairSums(sums) => sums.apply(row, out),
            #[cfg(feature = "pickle")]
            Self::Pursuit(pursuit) => pursuit.apply(row, out, scratch),
            #[cfg(feature = "pickle")]
            Self::Topics(topics) => return topics.apply(row, out, scratch),
        }
        Ok(())
    }

    /// Whether it fills in NaN.
    pub(super) fn fills_nan(&self) -> bool {
        match self {
            #[cfg(feature = "pickle")]
            Self::ChainedImpute(impute) => impute.fills_nan(),
            _ => false,
        }
    }

    /// Whether it leaves each column what it is, or fills it in.
    pub(super) fn keeps_columns(&self) -> bool {
        match self {
            #[cfg(feature = "pickle")]
            Self::ChainedImpute(_) | Self::Floor(_) => true,
            _ => false,
        }
    }

    /// Whether it has a way for many rows at once.
    pub(super) fn takes_blocks(&self) -> bool {
        matches!(self, Self::GroupSums(_) | Self::Interpolation(_) | Self::KernelSums(_) | Self::PairSums(_))
    }

    /// Numbers that it works in on so many rows at once.
    pub(super) fn block_scratch_len(&self, width: usize, n_rows: usize) -> usize {
        match self {
            Self::KernelSums(sums) => sums.block_scratch_len(width, n_rows),
            _ => 0,
        }
    }

    /// The same of a block of rows, by one that has a way for many.
    pub(super) fn apply_columns(
        &self,
        rows: Columns<'_>,
        out: ColumnsMut<'_>,
        scratch: &mut [f64],
    ) -> Result<(), SomeRefused> {
        match self {
            Self::GroupSums(sums) => sums.apply_columns(rows, out),
            Self::Interpolation(interpolation) => interpolation.apply_columns(rows, out)?,
            Self::KernelSums(sums) => sums.apply_columns(rows, out, scratch),
            Self::PairSums(sums) => sums.apply_columns(rows, out),
            _ => {}
        }
        Ok(())
    }
}
