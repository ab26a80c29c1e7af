//! Preprocessing steps: what a node of a program's graph does to a row.

mod clip;
mod impute;
mod normalize;

use crate::affine::Affine;
pub(crate) use clip::Clip;
pub(crate) use impute::Impute;
pub(crate) use normalize::{Norm, Normalize};

/// One preprocessing step; affine ones next to each other, or next to the
/// estimator, were folded when the model was read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Step {
    Affine(Affine),
    Clip(Clip),
    Impute(Impute),
    Normalize(Normalize),
    /// The row as it is, to stand beside others.
    Copy,
}

impl Step {
    /// Numbers that it makes of a row of `width`.
    pub(crate) fn width_after(&self, width: usize) -> usize {
        match self {
            Self::Affine(affine) => affine.n_outputs(),
            Self::Clip(_) | Self::Impute(_) | Self::Normalize(_) | Self::Copy => width,
        }
    }

    /// Whether it can write its answer over its input.
    pub(crate) fn works_in_place(&self) -> bool {
        matches!(self, Self::Clip(_) | Self::Impute(_) | Self::Normalize(_))
    }

    /// Makes `to` of `from`.
    #[inline]
    pub(crate) fn apply(&self, from: &[f64], to: &mut [f64]) {
        match self {
            Self::Affine(affine) => affine.apply(from, to),
            Self::Copy => to.copy_from_slice(from),
            Self::Clip(_) | Self::Impute(_) | Self::Normalize(_) => {
                to.copy_from_slice(from);
                self.apply_in_place(to);
            }
        }
    }

    /// The same over its input, for those that [can](Self::works_in_place).
    #[inline]
    pub(crate) fn apply_in_place(&self, row: &mut [f64]) {
        match self {
            Self::Clip(clip) => clip.apply(row),
            Self::Impute(impute) => impute.apply(row),
            Self::Normalize(normalize) => normalize.apply(row),
            Self::Affine(_) | Self::Copy => {}
        }
    }

    /// Which columns in front of it may be NaN, if behind it only those may
    /// that `behind` says.
    pub(crate) fn tolerates_missing(&self, width: usize, behind: &[bool]) -> Vec<bool> {
        match self {
            Self::Impute(impute) if impute.fills_nan() => vec![true; width],
            Self::Impute(_) | Self::Clip(_) | Self::Copy => behind.to_vec(),
            Self::Normalize(_) => vec![false; width],
            Self::Affine(affine) => match affine.picked() {
                // A column that is dropped harms nobody.
                Some(columns) => {
                    let mut tolerated = vec![true; width];
                    columns.iter().zip(behind).for_each(|(column, behind)| tolerated[*column] &= behind);
                    tolerated
                }
                None => vec![false; width],
            },
        }
    }
}
