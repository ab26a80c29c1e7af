//! Preprocessing steps: what a node of a program's graph does to a row.

mod clip;
mod impute;
mod look_up;
mod normalize;
mod one_hot;

use crate::affine::Affine;
use crate::linear::Link;
pub(crate) use clip::Clip;
pub(crate) use impute::Impute;
pub(crate) use look_up::LookUp;
#[cfg(feature = "pickle")]
pub(crate) use look_up::{Keys, Otherwise, Table};
pub(crate) use normalize::{Norm, Normalize};
pub(crate) use one_hot::OneHot;

/// One preprocessing step; affine ones next to each other, or next to the
/// estimator, were folded when the model was read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Step {
    Affine(Affine),
    Clip(Clip),
    Impute(Impute),
    /// From scores to probabilities.
    Link(Link),
    LookUp(LookUp),
    Normalize(Normalize),
    OneHot(OneHot),
    /// The row as it is, to stand beside others.
    Copy,
}

/// A value that a step has no answer for, in this column of those that come to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) column: usize,
}

impl Step {
    /// Numbers that it makes of a row of `width`.
    pub(crate) fn width_after(&self, width: usize) -> usize {
        match self {
            Self::Affine(affine) => affine.n_outputs(),
            Self::LookUp(look_up) => look_up.n_outputs(),
            Self::OneHot(one_hot) => one_hot.n_outputs(),
            Self::Clip(_) | Self::Impute(_) | Self::Link(_) | Self::Normalize(_) | Self::Copy => width,
        }
    }

    /// Whether it can write its answer over its input.
    pub(crate) fn works_in_place(&self) -> bool {
        matches!(self, Self::Clip(_) | Self::Impute(_) | Self::Link(_) | Self::Normalize(_))
    }

    /// Makes `to` of `from`.
    #[inline]
    pub(crate) fn apply(&self, from: &[f64], to: &mut [f64]) -> Result<(), Refused> {
        match self {
            Self::Affine(affine) => affine.apply(from, to),
            Self::Copy => to.copy_from_slice(from),
            Self::LookUp(look_up) => return look_up.apply(from, to),
            Self::OneHot(one_hot) => return one_hot.apply(from, to),
            Self::Clip(_) | Self::Impute(_) | Self::Link(_) | Self::Normalize(_) => {
                to.copy_from_slice(from);
                self.apply_in_place(to);
            }
        }
        Ok(())
    }

    /// The same over its input, for those that [can](Self::works_in_place).
    #[inline]
    pub(crate) fn apply_in_place(&self, row: &mut [f64]) {
        match self {
            Self::Clip(clip) => clip.apply(row),
            Self::Impute(impute) => impute.apply(row),
            Self::Link(link) => link.apply(row),
            Self::Normalize(normalize) => normalize.apply(row),
            Self::Affine(_) | Self::Copy | Self::LookUp(_) | Self::OneHot(_) => {}
        }
    }

    /// Which columns in front of it may be NaN, if behind it only those may
    /// that `behind` says.
    pub(crate) fn tolerates_missing(&self, width: usize, behind: &[bool]) -> Vec<bool> {
        match self {
            Self::Impute(impute) if impute.fills_nan() => vec![true; width],
            Self::Clip(_) | Self::Copy => behind.to_vec(),
            // Where a number stands for missing values, scikit-learn's imputer takes no NaN.
            Self::Impute(_) | Self::Link(_) | Self::Normalize(_) => vec![false; width],
            Self::LookUp(look_up) => look_up.tolerates_missing(width, behind),
            Self::OneHot(one_hot) => one_hot.tolerates_missing(width),
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

    /// Which of its inputs each output is, unchanged or filled in; `None` for
    /// what is computed.
    pub(super) fn origins(&self, width: usize) -> Vec<Option<usize>> {
        match self {
            Self::Copy | Self::Impute(_) => (0..width).map(Some).collect(),
            Self::LookUp(look_up) => look_up.origins(),
            Self::Affine(affine) => match affine.picked() {
                Some(columns) => columns.iter().copied().map(Some).collect(),
                None => vec![None; affine.n_outputs()],
            },
            Self::Clip(_) | Self::Link(_) | Self::Normalize(_) | Self::OneHot(_) => {
                vec![None; self.width_after(width)]
            }
        }
    }
}
