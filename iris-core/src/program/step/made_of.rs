//! What each column behind a step is made of, for whoever asks which feature it comes from.

use super::Step;

/// What a column is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MadeOf {
    /// One column in front of the step.
    Column(usize),
    /// None: it is the same for every row.
    Nothing,
    /// Several.
    Several,
}

impl Step {
    /// What each of its columns is made of, behind a row of `width`.
    pub(crate) fn made_of(&self, width: usize) -> Vec<MadeOf> {
        let each = || (0..width).map(MadeOf::Column).collect();
        match self {
            Self::Binarize(_)
            | Self::Bins(_)
            | Self::Clip(_)
            | Self::Copy
            | Self::Function(_)
            | Self::Impute(_)
            | Self::Inverse(_)
            | Self::Power(_)
            | Self::Present
            | Self::Quantiles(_)
            | Self::Single => each(),
            #[cfg(feature = "boosters")]
            Self::Blank(_) => each(),
            Self::LookUp(look_up) => {
                look_up.outputs.iter().map(|(column, _)| MadeOf::Column(*column)).collect()
            }
            Self::OneHot(one_hot) => one_hot.made_of(),
            Self::Splines(splines) => {
                let of_column = |(column, n_outputs)| std::iter::repeat_n(MadeOf::Column(column), n_outputs);
                splines.widths().enumerate().flat_map(of_column).collect()
            }
            Self::Affine(affine) => match affine.picked() {
                Some(columns) => columns.iter().copied().map(MadeOf::Column).collect(),
                // Nobody weighs a column alone.
                None if affine.n_inputs() == 0 => vec![MadeOf::Nothing; affine.n_outputs()],
                None => vec![MadeOf::Several; affine.n_outputs()],
            },
            _ => vec![MadeOf::Several; self.width_after(width)],
        }
    }

    /// What it is called where it mixes columns, or is no sum.
    pub(crate) fn title(&self) -> &'static str {
        match self {
            Self::Above(_) => "a threshold",
            Self::Affine(_) => "a matrix that mixes columns, such as a PCA's",
            Self::Distances(_) => "distances of whole rows",
            Self::ExponentialShares | Self::Link(_) | Self::Shares | Self::TwoShares(_) => {
                "a link from scores to probabilities"
            }
            Self::FirstOfLargest | Self::LastOfLargest | Self::OneVsOne(_) => "a vote",
            #[cfg(feature = "onnx")]
            Self::Calculation(_) => "an operator that is no sum",
            #[cfg(feature = "onnx")]
            Self::EnsembleOutput(_) => "what an ONNX operator makes of its trees' sums",
            #[cfg(feature = "onnx")]
            Self::Fold(_) => "the least or the largest of what its trees give",
            Self::LightGbm(_) => "what LightGBM makes of its trees' sums",
            Self::NeighborsImpute(_) => "a KNNImputer, which fills in from whole rows",
            Self::Normalize(_) => "a Normalizer",
            Self::OneHotSums(_) => "a sum over categories",
            Self::Polynomial(_) => "PolynomialFeatures",
            #[cfg(feature = "boosters")]
            Self::TargetStatistics(_) => "CatBoost's statistics of texts",
            Self::Trees(_) => "trees",
            Self::WeightedMedian(_) => "a weighted median",
            #[cfg(feature = "boosters")]
            Self::SingleLinear(_) => "a linear booster",
            #[cfg(feature = "boosters")]
            Self::XgBoost(_) => "what XGBoost makes of its trees' sums",
            Self::Inverse(_) | Self::Function(_) => "a function of what was added up",
            _ => "a step behind what was added up",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::affine::Affine;

    #[test]
    fn what_is_picked_is_made_of_one_column_and_a_product_of_several() {
        let picked = Step::Affine(Affine::select(3, [2, 0].into_iter()).scaled(|_| 2.0));
        assert_eq!(picked.made_of(3), [MadeOf::Column(2), MadeOf::Column(0)]);
        let product = Step::Affine(Affine::identity(2).times(vec![1.0; 4], 2));
        assert_eq!(product.made_of(2), [MadeOf::Several; 2]);
        let constant = Step::Affine(Affine::identity(0).times(Vec::new(), 2));
        assert_eq!(constant.made_of(0), [MadeOf::Nothing; 2]);
        assert_eq!(Step::ExponentialShares.made_of(2), [MadeOf::Several; 2]);
    }
}
