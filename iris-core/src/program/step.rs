//! Preprocessing steps: what a node of a program's graph does to a row.

mod above;
mod binarize;
mod bins;
#[cfg(feature = "boosters")]
mod blank;
mod block;
#[cfg(feature = "onnx")]
mod calculation;
mod clip;
mod distances;
#[cfg(feature = "onnx")]
mod ensemble_output;
mod exponential_shares;
mod first_of_largest;
#[cfg(feature = "onnx")]
mod fold;
mod function;
mod impute;
mod inverse;
mod last_of_largest;
mod learned;
#[cfg_attr(
    not(any(test, feature = "boosters")),
    expect(dead_code, reason = "LightGBM's models alone need it")
)]
mod light_gbm;
mod look_up;
mod made_of;
mod neighbors_impute;
mod normalize;
mod one_hot;
mod one_hot_sums;
mod one_vs_one;
mod polynomial;
mod power;
mod quantiles;
mod shares;
mod single;
#[cfg(feature = "boosters")]
mod single_linear;
mod splines;
#[cfg(feature = "boosters")]
mod target_statistics;
mod two_shares;
mod weighted_median;
#[cfg(feature = "boosters")]
mod xg_boost;

use crate::affine::Affine;
use crate::linear::Link;
use crate::refused::Refused;
use crate::trees::Forest;
pub(crate) use above::Above;
pub(crate) use binarize::Binarize;
pub(crate) use bins::Bins;
#[cfg(feature = "boosters")]
pub(crate) use blank::Blank;
#[cfg(feature = "onnx")]
pub(crate) use calculation::{
    Calculation, CodeTable, Codes, Coupling, Difference, Fold as FoldNumbers, Groups, One, Operand,
    PairVotes, PickBy, Product, Rounding, RowDistances, Running, Top, Two, VectorKernel, VectorKernelKind,
    What,
};
pub(crate) use clip::Clip;
pub(crate) use distances::Distances;
#[cfg(feature = "pickle")]
pub(crate) use distances::Metric;
#[cfg(feature = "onnx")]
pub(crate) use ensemble_output::{EnsembleKind, EnsembleOutput, EnsemblePart, PostTransform};
#[cfg(feature = "onnx")]
pub(crate) use fold::{Fold, FoldBy};
pub(crate) use function::Function;
pub(crate) use impute::Impute;
pub(crate) use inverse::Inverse;
#[cfg(feature = "pickle")]
pub(crate) use inverse::InverseQuantiles;
pub(crate) use learned::Learned;
#[cfg(any(test, feature = "pickle"))]
pub(crate) use learned::{
    Asked, Counts, Distance, GroupSums, Interpolation, Kernel, KernelPart, KernelSums, Leaf, Neighbors,
    Outside, PairCoupling, PairSums, Points, Says, Shape, Term,
};
#[cfg(feature = "pickle")]
pub(crate) use learned::{
    Barycenter, ChainedImpute, ChiSquare, CountSketch, Descent, Floor, Laplace, LeastAngle, Next,
    NonNegative, Pursuit, Topics, Turn,
};
pub(crate) use light_gbm::Conversion;
pub(crate) use light_gbm::LightGbm;
pub(crate) use look_up::LookUp;
pub(crate) use look_up::Table;
#[cfg(any(test, feature = "boosters", feature = "pickle"))]
pub(crate) use look_up::{Keys, Otherwise};
pub(crate) use made_of::MadeOf;
pub(crate) use neighbors_impute::NeighborsImpute;
#[cfg(any(test, feature = "pickle"))]
pub(crate) use neighbors_impute::Weights;
pub(crate) use normalize::{Norm, Normalize};
pub(crate) use one_hot::OneHot;
pub(crate) use one_hot_sums::OneHotSums;
pub(crate) use one_vs_one::OneVsOne;
pub(crate) use polynomial::Polynomial;
#[cfg(feature = "pickle")]
pub(crate) use power::Family;
pub(crate) use power::Power;
pub(crate) use quantiles::Quantiles;
#[cfg(feature = "boosters")]
pub(crate) use single_linear::SingleLinear;
pub(crate) use splines::Splines;
#[cfg(feature = "pickle")]
pub(crate) use splines::{Basis, Beyond, End, Spline};
#[cfg(feature = "boosters")]
pub(crate) use target_statistics::{AboveBorder, Combination, StatisticsTable, TargetStatistics};
pub(crate) use two_shares::TwoShares;
pub(crate) use weighted_median::WeightedMedian;
#[cfg(feature = "boosters")]
pub(crate) use xg_boost::XgBoost;

/// One preprocessing step; affine ones next to each other, or next to the
/// estimator, were folded when the model was read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Step {
    Above(Above),
    Affine(Affine),
    Binarize(Binarize),
    Bins(Bins),
    #[cfg(feature = "boosters")]
    Blank(Blank),
    #[cfg(feature = "onnx")]
    Calculation(Box<Calculation>),
    Clip(Clip),
    /// Each e^x by the sum of all, as numpy computes it.
    ExponentialShares,
    /// 1 for the first of the largest, 0 for every other.
    FirstOfLargest,
    Function(Function),
    Distances(Distances),
    #[cfg(feature = "onnx")]
    EnsembleOutput(Box<EnsembleOutput>),
    #[cfg(feature = "onnx")]
    Fold(Box<Fold>),
    Impute(Impute),
    Inverse(Inverse),
    /// 1 for the last of the largest, 0 for every other.
    LastOfLargest,
    Learned(Box<Learned>),
    /// From LightGBM's scores to its answers.
    #[cfg_attr(not(feature = "boosters"), expect(dead_code, reason = "LightGBM's models alone need it"))]
    LightGbm(LightGbm),
    /// From scores to probabilities.
    Link(Link),
    LookUp(LookUp),
    NeighborsImpute(NeighborsImpute),
    Normalize(Normalize),
    OneHot(OneHot),
    OneHotSums(Box<OneHotSums>),
    Polynomial(Polynomial),
    Power(Power),
    Quantiles(Quantiles),
    Splines(Splines),
    #[cfg(feature = "boosters")]
    TargetStatistics(TargetStatistics),
    Trees(Box<Forest>),
    OneVsOne(OneVsOne),
    /// Numbers by their sum, unless that is zero.
    Shares,
    /// The row as it is, of which no number may be missing.
    Present,
    /// Numbers rounded to single precision.
    Single,
    TwoShares(TwoShares),
    WeightedMedian(WeightedMedian),
    #[cfg(feature = "boosters")]
    SingleLinear(SingleLinear),
    /// From XGBoost's margins to its answers.
    #[cfg(feature = "boosters")]
    XgBoost(XgBoost),
    /// The row as it is, to stand beside others.
    Copy,
}

impl Step {
    /// Numbers that it makes of a row of `width`.
    pub(crate) fn width_after(&self, width: usize) -> usize {
        match self {
            Self::Above(_) | Self::TwoShares(_) => 2,
            Self::WeightedMedian(_) => 1,
            Self::Affine(affine) => affine.n_outputs(),
            Self::Distances(distances) => distances.n_outputs(),
            #[cfg(feature = "onnx")]
            Self::Calculation(calculation) => calculation.width,
            #[cfg(feature = "onnx")]
            Self::Fold(fold) => fold.width,
            Self::OneVsOne(one_vs_one) => one_vs_one.n_classes,
            Self::Learned(learned) => learned.n_outputs(width),
            Self::LookUp(look_up) => look_up.n_outputs(),
            Self::OneHot(one_hot) => one_hot.n_outputs(),
            Self::OneHotSums(sums) => sums.n_outputs(),
            Self::Polynomial(polynomial) => polynomial.n_outputs(),
            Self::Splines(splines) => splines.n_outputs(),
            #[cfg(feature = "boosters")]
            Self::TargetStatistics(statistics) => statistics.n_outputs(),
            Self::Trees(forest) => forest.n_outputs(),
            #[cfg(feature = "boosters")]
            Self::SingleLinear(linear) => linear.n_outputs(),
            #[cfg(feature = "boosters")]
            Self::XgBoost(xg_boost) => xg_boost.width_after(width),
            _ => width,
        }
    }

    /// Whether it can write its answer over its input.
    pub(crate) fn works_in_place(&self) -> bool {
        match self {
            Self::Above(_)
            | Self::Affine(_)
            | Self::Copy
            | Self::Distances(_)
            | Self::Learned(_)
            | Self::LookUp(_)
            | Self::NeighborsImpute(_)
            | Self::OneHot(_)
            | Self::OneHotSums(_)
            | Self::OneVsOne(_)
            | Self::Polynomial(_)
            | Self::Splines(_)
            | Self::Trees(_)
            | Self::TwoShares(_)
            | Self::WeightedMedian(_) => false,
            #[cfg(feature = "onnx")]
            Self::Calculation(_) | Self::Fold(_) => false,
            #[cfg(feature = "boosters")]
            Self::TargetStatistics(_) => false,
            #[cfg(feature = "boosters")]
            Self::SingleLinear(_) => false,
            #[cfg(feature = "boosters")]
            Self::Blank(_) => true,
            #[cfg(feature = "boosters")]
            Self::XgBoost(xg_boost) => xg_boost.works_in_place(),
            Self::Binarize(_)
            | Self::Bins(_)
            | Self::Clip(_)
            | Self::ExponentialShares
            | Self::FirstOfLargest
            | Self::Function(_)
            | Self::Impute(_)
            | Self::Inverse(_)
            | Self::LastOfLargest
            | Self::LightGbm(_)
            | Self::Link(_)
            | Self::Normalize(_)
            | Self::Power(_)
            | Self::Present
            | Self::Quantiles(_)
            | Self::Shares
            | Self::Single => true,
            #[cfg(feature = "onnx")]
            Self::EnsembleOutput(_) => true,
        }
    }

    /// Numbers beside its input and its answer that it works in.
    pub(crate) fn scratch_len(&self, _width: usize) -> usize {
        match self {
            #[cfg(feature = "onnx")]
            Self::Calculation(calculation) => calculation.scratch_len(),
            Self::Learned(learned) => learned.scratch_len(),
            Self::NeighborsImpute(impute) => impute.scratch_len(),
            Self::Trees(forest) => forest.scratch_len(),
            _ => 0,
        }
    }

    /// Makes `to` of `from` in `scratch`, which is as long as the step
    /// [works in](Self::scratch_len) or longer, whatever is in it.
    #[inline]
    pub(crate) fn apply(&self, from: &[f64], to: &mut [f64], scratch: &mut [f64]) -> Result<(), Refused> {
        match self {
            Self::Above(above) => above.apply(from, to),
            Self::Affine(affine) => affine.apply(from, to),
            Self::Distances(distances) => distances.apply(from, to),
            Self::OneVsOne(one_vs_one) => one_vs_one.apply(from, to),
            Self::Copy => to.copy_from_slice(from),
            Self::Learned(learned) => return learned.apply(from, to, scratch),
            #[cfg(feature = "onnx")]
            Self::Calculation(calculation) => return calculation.apply(from, to, scratch),
            #[cfg(feature = "onnx")]
            Self::Fold(fold) => fold.apply(from, to),
            Self::LookUp(look_up) => return look_up.apply(from, to),
            Self::NeighborsImpute(impute) => return impute.apply(from, to, scratch),
            Self::OneHot(one_hot) => return one_hot.apply(from, to),
            Self::OneHotSums(sums) => return sums.apply(from, to),
            Self::Polynomial(polynomial) => polynomial.apply(from, to),
            Self::Splines(splines) => return splines.apply(from, to),
            #[cfg(feature = "boosters")]
            Self::TargetStatistics(statistics) => statistics.apply(from, to),
            Self::Trees(forest) => return forest.apply(from, to, scratch),
            Self::TwoShares(shares) => shares.apply(from, to),
            Self::WeightedMedian(median) => median.apply(from, to),
            #[cfg(feature = "boosters")]
            Self::SingleLinear(linear) => return linear.apply(from, to),
            #[cfg(feature = "boosters")]
            Self::XgBoost(xg_boost) => xg_boost.apply(from, to),
            _ => {
                to.copy_from_slice(from);
                return self.apply_in_place(to, scratch);
            }
        }
        Ok(())
    }

    /// The same over its input, for those that [can](Self::works_in_place).
    #[inline]
    pub(crate) fn apply_in_place(&self, row: &mut [f64], _scratch: &mut [f64]) -> Result<(), Refused> {
        match self {
            Self::Binarize(binarize) => return binarize.apply(row),
            Self::Bins(bins) => return bins.apply(row),
            Self::Clip(clip) => clip.apply(row),
            #[cfg(feature = "onnx")]
            Self::EnsembleOutput(output) => output.apply(row),
            Self::ExponentialShares => exponential_shares::exponential_shares(row),
            Self::FirstOfLargest => first_of_largest::first_of_largest(row),
            Self::Function(function) => function.apply(row),
            Self::Impute(impute) => impute.apply(row),
            Self::Inverse(inverse) => inverse.apply(row),
            Self::LastOfLargest => last_of_largest::last_of_largest(row),
            Self::LightGbm(light_gbm) => light_gbm.apply(row),
            Self::Link(link) => link.apply(row),
            Self::Normalize(normalize) => normalize.apply(row),
            Self::Power(power) => return power.apply(row),
            Self::Quantiles(quantiles) => return quantiles.apply(row),
            Self::Shares => shares::shares(row),
            Self::Single => single::single(row),
            #[cfg(feature = "boosters")]
            Self::Blank(blank) => blank.apply(row),
            #[cfg(feature = "boosters")]
            Self::XgBoost(xg_boost) => xg_boost.apply_in_place(row),
            _ => {}
        }
        Ok(())
    }

    /// Which columns in front of it may be NaN, if behind it only those may
    /// that `behind` says.
    pub(crate) fn tolerates_missing(&self, width: usize, behind: &[bool]) -> Vec<bool> {
        match self {
            Self::Impute(impute) if impute.fills_nan() => vec![true; width],
            Self::Function(function) if function.fills_nan() => vec![true; width],
            Self::Clip(_)
            | Self::Copy
            | Self::Function(_)
            | Self::Power(_)
            | Self::Quantiles(_)
            | Self::Single => behind.to_vec(),
            // Where a number stands for missing values, scikit-learn's imputer takes no NaN.
            Self::Above(_)
            | Self::Distances(_)
            | Self::ExponentialShares
            | Self::FirstOfLargest
            | Self::TwoShares(_)
            | Self::WeightedMedian(_)
            | Self::Inverse(_)
            | Self::LastOfLargest
            | Self::LightGbm(_)
            | Self::OneVsOne(_)
            | Self::Present
            | Self::Shares
            | Self::Impute(_)
            | Self::Link(_)
            | Self::Normalize(_)
            | Self::Binarize(_)
            | Self::Bins(_)
            | Self::Polynomial(_) => vec![false; width],
            #[cfg(feature = "onnx")]
            Self::EnsembleOutput(_) | Self::Fold(_) => vec![false; width],
            #[cfg(feature = "onnx")]
            Self::Calculation(calculation) => calculation.tolerates_missing(width, behind),
            Self::Learned(learned) => vec![learned.fills_nan(); width],
            Self::NeighborsImpute(impute) => vec![impute.fills_nan(); width],
            Self::Splines(splines) => vec![splines.takes_missing; width],
            Self::LookUp(look_up) => look_up.tolerates_missing(width, behind),
            Self::OneHot(one_hot) => one_hot.tolerates_missing(width),
            Self::OneHotSums(sums) => sums.tolerates_missing(width),
            #[cfg(feature = "boosters")]
            Self::TargetStatistics(statistics) => statistics.tolerates_missing(width),
            Self::Trees(forest) => vec![forest.takes_missing(); width],
            #[cfg(feature = "boosters")]
            Self::SingleLinear(linear) => vec![linear.takes_missing; width],
            #[cfg(feature = "boosters")]
            Self::Blank(blank) => vec![blank.takes_missing; width],
            #[cfg(feature = "boosters")]
            Self::XgBoost(_) => vec![false; width],
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

    /// Which columns in front of it may be infinite, if behind it only those may
    /// that `behind` says.
    pub(crate) fn tolerates_infinite(&self, width: usize, behind: &[bool]) -> Vec<bool> {
        match self {
            Self::Trees(forest) => vec![forest.takes_infinite(); width],
            #[cfg(feature = "boosters")]
            Self::SingleLinear(linear) => vec![linear.takes_infinite; width],
            #[cfg(feature = "boosters")]
            Self::Blank(_) => behind.to_vec(),
            // Numbers are compared, and codes of texts are never infinite.
            #[cfg(feature = "boosters")]
            Self::TargetStatistics(_) => vec![true; width],
            Self::Copy => behind.to_vec(),
            // A scaler looks at what it scales.
            Self::Affine(affine) if affine.is_choice() => self.tolerates_missing(width, behind),
            Self::LookUp(look_up) => look_up.tolerates_infinite(width, behind),
            _ => vec![false; width],
        }
    }

    /// Which of its inputs each output is, unchanged, rounded or filled in; `None` for
    /// what is computed.
    pub(super) fn origins(&self, width: usize) -> Vec<Option<usize>> {
        match self {
            Self::Copy | Self::Impute(_) | Self::NeighborsImpute(_) | Self::Present | Self::Single => {
                (0..width).map(Some).collect()
            }
            #[cfg(feature = "onnx")]
            Self::Calculation(calculation) => calculation.origins(),
            Self::Learned(learned) if learned.keeps_columns() => (0..width).map(Some).collect(),
            Self::LookUp(look_up) => look_up.origins(),
            Self::Affine(affine) => match affine.picked() {
                Some(columns) => columns.iter().copied().map(Some).collect(),
                None => vec![None; affine.n_outputs()],
            },
            _ => vec![None; self.width_after(width)],
        }
    }
}
