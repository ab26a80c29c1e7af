//! Each step as operators, or a refusal by its name.

use super::document::{Document, int, integer};
use super::proto::DataType;
use super::{trees, unsaid};
use crate::affine::Affine;
use crate::error::Result;
use crate::linear::Link;
use crate::program::{Above, Clip, Impute, Step};
#[cfg(feature = "boosters")]
use crate::program::{Conversion, LightGbm, XgBoost};

/// What the step makes of a value of so many columns.
pub(super) fn write(document: &mut Document, step: &Step, row: String, width: usize) -> Result<String> {
    Ok(match step {
        Step::Copy | Step::Present => row,
        Step::Affine(affine) => write_affine(document, affine, row),
        Step::Above(above) => write_above(document, *above, &row),
        Step::Clip(clip) => write_clip(document, *clip, &row),
        Step::Impute(impute) => write_impute(document, impute, &row),
        Step::Link(link) => write_link(document, *link, row, width),
        Step::Trees(forest) => trees::write(document, forest, &row)?,
        Step::ExponentialShares => softmax(document, &row),
        Step::FirstOfLargest => write_largest(document, &row, width, false),
        Step::LastOfLargest => write_largest(document, &row, width, true),
        Step::Shares => shares(document, &row, None),
        Step::Single => {
            let single = document.cast(&row, DataType::Float);
            document.cast(&single, DataType::Double)
        }
        Step::TwoShares(shares) => {
            let factor = document.number(shares.factor);
            let scaled = document.op("Mul", &[&row, &factor]);
            let second = sigmoid(document, &scaled);
            with_complement(document, &second)
        }
        #[cfg(feature = "boosters")]
        Step::LightGbm(light_gbm) => write_light_gbm(document, *light_gbm, row),
        #[cfg(feature = "boosters")]
        Step::XgBoost(xg_boost) => match xg_boost {
            XgBoost::Sigmoid | XgBoost::OldSigmoid => sigmoid(document, &row),
            XgBoost::Exponential => document.op("Exp", &[&row]),
            XgBoost::Softmax | XgBoost::SinglySoftmax => softmax(document, &row),
            XgBoost::Hinge => {
                let zero = document.number(0.0);
                let is_above = document.op("Greater", &[&row, &zero]);
                document.cast(&is_above, DataType::Double)
            }
            XgBoost::WithComplement if width == 1 => with_complement(document, &row),
            XgBoost::WithComplement => return Err(unsaid("several probabilities, each with its complement")),
        },
        other => return Err(unsaid(name(other))),
    })
}

/// What a step that is not written is called.
fn name(step: &Step) -> &'static str {
    match step {
        Step::Binarize(_) => "the step Binarizer",
        Step::Bins(_) => "the step KBinsDiscretizer",
        Step::Distances(_) => "distances to points",
        Step::Function(_) => "a function of every value",
        Step::Inverse(_) => "a target that was transformed",
        Step::Learned(_) => "an estimator that is neither linear nor of trees",
        Step::LookUp(_) => "a table of values",
        Step::NeighborsImpute(_) => "the step KNNImputer",
        Step::Normalize(_) => "the step Normalizer",
        Step::OneHot(_) => "the step OneHotEncoder",
        Step::OneVsOne(_) => "votes of pairs of classes",
        Step::Polynomial(_) => "the step PolynomialFeatures",
        Step::Power(_) => "the step PowerTransformer",
        Step::Quantiles(_) => "the step QuantileTransformer",
        Step::Splines(_) => "the step SplineTransformer",
        Step::WeightedMedian(_) => "a weighted median",
        #[cfg(feature = "boosters")]
        Step::Blank(_) => "features that a booster leaves out",
        #[cfg(feature = "boosters")]
        Step::SingleLinear(_) => "a booster's linear model",
        #[cfg(feature = "boosters")]
        Step::TargetStatistics(_) => "CatBoost's statistics of categories",
        Step::EnsembleOutput(_) | Step::Fold(_) => "what an ONNX file says already, which is there",
        _ => "a step",
    }
}

fn write_affine(document: &mut Document, affine: &Affine, row: String) -> String {
    let offset = affine.offset();
    let product = if let Some((columns, factors)) = affine.picked_factors() {
        let mut row = row;
        if !columns.iter().copied().eq(0..affine.n_inputs()) {
            row = document.columns(&row, columns.iter().copied());
        }
        if factors.iter().any(|factor| *factor != 1.0) {
            let factors = document.row(factors);
            row = document.op("Mul", &[&row, &factors]);
        }
        row
    } else {
        let weights = affine.weights_of(0..affine.n_inputs());
        let weights = document.matrix(affine.n_outputs(), weights);
        document.op("MatMul", &[&row, &weights])
    };
    if offset.iter().all(|offset| *offset == 0.0) {
        return product;
    }
    let offset = document.row(offset);
    document.op("Add", &[&product, &offset])
}

fn write_above(document: &mut Document, above: Above, row: &str) -> String {
    let threshold = document.number(above.threshold);
    let asked = if above.or_equal { "GreaterOrEqual" } else { "Greater" };
    let is_above = document.op(asked, &[row, &threshold]);
    let is_above = document.cast(&is_above, DataType::Double);
    with_complement(document, &is_above)
}

/// In comparisons, of which NaN fails both and stays.
fn write_clip(document: &mut Document, clip: Clip, row: &str) -> String {
    let (low, high) = (document.number(clip.low), document.number(clip.high));
    let is_below = document.op("Less", &[row, &low]);
    let is_beyond = document.op("Greater", &[row, &high]);
    let held = document.op("Where", &[&is_below, &low, row]);
    document.op("Where", &[&is_beyond, &high, &held])
}

fn write_impute(document: &mut Document, impute: &Impute, row: &str) -> String {
    let fill = document.row(&impute.fill);
    let is_missing = if impute.fills_nan() {
        document.op("IsNaN", &[row])
    } else {
        let missing = document.number(impute.missing);
        document.op("Equal", &[row, &missing])
    };
    document.op("Where", &[&is_missing, &fill, row])
}

/// From scores to probabilities.
pub(super) fn write_link(document: &mut Document, link: Link, scores: String, n_classes: usize) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a model has far fewer than 2^53 classes")]
    let uniform = Some(1.0 / n_classes as f64);
    match link {
        Link::Identity => scores,
        Link::Softmax => softmax(document, &scores),
        Link::Logistic => sigmoid(document, &scores),
        Link::NormalizedLogistic | Link::OneVsRest | Link::OneVsRestOrZero => {
            let each = sigmoid(document, &scores);
            shares(document, &each, uniform.filter(|_| link != Link::OneVsRestOrZero))
        }
        Link::ModifiedHuber | Link::ModifiedHuberOrZero => {
            let clipped = write_clip(document, Clip { low: -1.0, high: 1.0 }, &scores);
            let (one, half) = (document.number(1.0), document.number(0.5));
            let above_zero = document.op("Add", &[&clipped, &one]);
            let each = document.op("Mul", &[&above_zero, &half]);
            shares(document, &each, uniform.filter(|_| link == Link::ModifiedHuber))
        }
    }
}

/// In its own terms: a runtime's own may not come to 0.
fn sigmoid(document: &mut Document, x: &str) -> String {
    let one = document.number(1.0);
    let opposite = document.op("Neg", &[x]);
    let exponential = document.op("Exp", &[&opposite]);
    let above_one = document.op("Add", &[&exponential, &one]);
    document.op("Div", &[&one, &above_one])
}

fn softmax(document: &mut Document, row: &str) -> String {
    document.op_with("Softmax", &[row], vec![int("axis", 1)])
}

/// Numbers by their sum; where that is zero they are all `otherwise`, or stay.
fn shares(document: &mut Document, row: &str, otherwise: Option<f64>) -> String {
    let total = document.sum(row);
    let (zero, one) = (document.number(0.0), document.number(1.0));
    let is_zero = document.op("Equal", &[&total, &zero]);
    let divisor = document.op("Where", &[&is_zero, &one, &total]);
    let shares = document.op("Div", &[row, &divisor]);
    let Some(otherwise) = otherwise else { return shares };
    let otherwise = document.number(otherwise);
    document.op("Where", &[&is_zero, &otherwise, &shares])
}

/// 1 for one of the largest, 0 for every other.
fn write_largest(document: &mut Document, row: &str, width: usize, is_last: bool) -> String {
    let attributes = vec![int("axis", 1), int("keepdims", 1), int("select_last_index", i64::from(is_last))];
    let largest = document.op_with("ArgMax", &[row], attributes);
    let all = document.integers((0..width).map(integer));
    let is_largest = document.op("Equal", &[&largest, &all]);
    document.cast(&is_largest, DataType::Double)
}

/// 1 − p beside p.
fn with_complement(document: &mut Document, p: &str) -> String {
    let one = document.number(1.0);
    let complement = document.op("Sub", &[&one, p]);
    document.op_with("Concat", &[&complement, p], vec![int("axis", 1)])
}

#[cfg(feature = "boosters")]
fn write_light_gbm(document: &mut Document, light_gbm: LightGbm, scores: String) -> String {
    let mut scores = scores;
    if light_gbm.n_averaged != 1.0 {
        let n_averaged = document.number(light_gbm.n_averaged);
        scores = document.op("Div", &[&scores, &n_averaged]);
    }
    match light_gbm.conversion {
        Conversion::Raw => scores,
        Conversion::Sigmoid(factor) => {
            let factor = document.number(factor);
            let scaled = document.op("Mul", &[&scores, &factor]);
            sigmoid(document, &scaled)
        }
        Conversion::Softmax => softmax(document, &scores),
        Conversion::Exponential => document.op("Exp", &[&scores]),
        Conversion::LogOnePlusExponential => {
            let one = document.number(1.0);
            let exponential = document.op("Exp", &[&scores]);
            let above_one = document.op("Add", &[&exponential, &one]);
            document.op("Log", &[&above_one])
        }
        Conversion::SignedSquare => {
            let sign = document.op("Sign", &[&scores]);
            let square = document.op("Mul", &[&scores, &scores]);
            document.op("Mul", &[&sign, &square])
        }
    }
}
