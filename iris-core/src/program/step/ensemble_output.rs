//! From the sums over trees to what `ai.onnx.ml`'s operators for ensembles answer.
//!
//! The specification leaves open what two classes with one weight a leaf mean, and in which type
//! to compute; this is how onnxruntime has it.

use crate::trees::Precision;

/// What an operator makes of the sums of a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct EnsembleOutput {
    /// The type of sums and base values.
    pub(crate) precision: Precision,
    /// Added to the sums; as many as there are, one for two classes, or none.
    pub(crate) base: Vec<f64>,
    pub(crate) kind: EnsembleKind,
    pub(crate) part: EnsemblePart,
}

/// What the sums are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EnsembleKind {
    /// A number a target, or a score for each of more than two classes.
    Several,
    /// Two classes, and which of them leaves have weights for.
    Two { has_first: bool, has_second: bool, all_positive: bool },
}

/// Which of the operator's outputs is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EnsemblePart {
    /// Numbers of which the largest is that of the class.
    Votes,
    /// The numbers themselves.
    Scores { transform: PostTransform, rounded: bool },
}

/// `post_transform`, computed in single precision whatever the type of the sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PostTransform {
    None,
    Logistic,
    Softmax,
    /// As `Softmax`, but zeros stay near zero.
    SoftmaxZero,
    Probit,
}

impl EnsembleOutput {
    /// Over the sums.
    pub(crate) fn apply(&self, row: &mut [f64]) {
        match self.kind {
            EnsembleKind::Several => self.several(row),
            EnsembleKind::Two { has_first, has_second, all_positive } => {
                self.two(row, has_first, has_second, all_positive);
            }
        }
    }

    fn several(&self, row: &mut [f64]) {
        for (sum, base) in row.iter_mut().zip(&self.base) {
            *sum = self.add(*sum, *base);
        }
        if let EnsemblePart::Scores { transform, rounded } = self.part {
            transform.apply(row);
            if rounded {
                for score in row {
                    *score = single(*score);
                }
            }
        }
    }

    /// A class that no leaf has a weight for keeps a score of 0, unless a base value gives it one.
    fn two(&self, row: &mut [f64], has_first: bool, has_second: bool, all_positive: bool) {
        let [mut first, mut second] = [row[0], row[1]];
        let mut is_pair = has_second;
        match *self.base.as_slice() {
            [_, of_second] if has_second => {
                second = self.add(of_second, first);
                first = -second;
            }
            [of_first, _] => {
                first = self.add(first, of_first);
                is_pair = true;
            }
            [of_first] => first = self.add(first, of_first),
            _ => {}
        }
        let decides = if has_second { second } else { first };
        let first = if has_first { first } else { 0.0 };
        let is_share = all_positive && has_first != has_second;
        match self.part {
            EnsemblePart::Votes => {
                let is_second = decides > if is_share { 0.5 } else { 0.0 };
                row.copy_from_slice(&[f64::from(!is_second), f64::from(is_second)]);
            }
            EnsemblePart::Scores { transform, rounded } => {
                let mut pair = [first, second];
                match transform {
                    _ if is_pair => transform.apply(&mut pair),
                    PostTransform::Logistic => pair = [logistic(-first), logistic(first)],
                    _ if is_share => pair = [self.add(1.0, -first), first],
                    _ => pair = [-first, first],
                }
                row.copy_from_slice(&if rounded { pair.map(single) } else { pair });
            }
        }
    }

    fn add(&self, a: f64, b: f64) -> f64 {
        match self.precision {
            Precision::Single => single(a + b),
            Precision::Double => a + b,
        }
    }
}

impl PostTransform {
    /// Of several scores, or of one target's.
    fn apply(self, scores: &mut [f64]) {
        match self {
            Self::None => {}
            Self::Probit => scores.iter_mut().for_each(|score| *score = probit(*score)),
            // One target is left as it is.
            _ if scores.len() == 1 => {}
            Self::Logistic => scores.iter_mut().for_each(|score| *score = logistic(*score)),
            Self::Softmax => softmax(scores, |_| true),
            Self::SoftmaxZero => softmax(scores, |score| score.abs() > 1e-7),
        }
    }
}

/// 1 / (1 + e^-|x|), or what is left of 1 for a negative one.
#[expect(clippy::cast_possible_truncation, reason = "it is computed in single precision")]
fn logistic(score: f64) -> f64 {
    let score = score as f32;
    let value = 1.0 / (1.0 + libm::expf(-score.abs()));
    f64::from(if score < 0.0 { 1.0 - value } else { value })
}

/// The exponentials of those that `counts` says, by their sum.
#[expect(clippy::cast_possible_truncation, reason = "it is computed in single precision")]
fn softmax(scores: &mut [f64], counts: impl Fn(f32) -> bool) {
    let largest = scores.iter().fold(-f32::MAX, |largest, score| largest.max(*score as f32));
    let mut sum = 0f32;
    for score in scores.iter_mut() {
        let single = *score as f32;
        let value = if counts(single) {
            let value = libm::expf(single - largest);
            sum += value;
            value
        } else {
            single * libm::expf(-largest)
        };
        *score = f64::from(value);
    }
    for score in scores {
        *score = f64::from(*score as f32 / sum);
    }
}

/// √2 · erf⁻¹(2x - 1), with Winitzki's approximation of the inverse error function.
#[expect(clippy::cast_possible_truncation, reason = "it is computed in single precision")]
fn probit(score: f64) -> f64 {
    let x = 2.0 * (score as f32) - 1.0;
    let sign = if x < 0.0 { -1f32 } else { 1.0 };
    let log = libm::logf((1.0 - x) * (1.0 + x));
    let v = 2.0 / (std::f32::consts::PI * 0.147) + 0.5 * log;
    let inverse = sign * (-v + (v * v - 1.0 / 0.147 * log).sqrt()).sqrt();
    f64::from(std::f32::consts::SQRT_2 * inverse)
}

#[expect(clippy::cast_possible_truncation, reason = "rounding is what is meant")]
fn single(value: f64) -> f64 {
    f64::from(value as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(base: &[f64], kind: EnsembleKind, part: EnsemblePart, sums: &[f64]) -> Vec<f64> {
        let output = EnsembleOutput { precision: Precision::Double, base: base.to_vec(), kind, part };
        let mut row = sums.to_vec();
        output.apply(&mut row);
        row
    }

    fn scores(transform: PostTransform) -> EnsemblePart {
        EnsemblePart::Scores { transform, rounded: false }
    }

    #[test]
    fn one_weight_a_leaf_means_a_probability_or_a_margin() {
        let two = |all_positive| EnsembleKind::Two { has_first: true, has_second: false, all_positive };
        assert_eq!(apply(&[], two(true), scores(PostTransform::None), &[0.25, 0.0]), [0.75, 0.25]);
        assert_eq!(apply(&[], two(true), EnsemblePart::Votes, &[0.5, 0.0]), [1.0, 0.0]);
        assert_eq!(apply(&[0.25], two(true), EnsemblePart::Votes, &[0.5, 0.0]), [0.0, 1.0]);
        assert_eq!(apply(&[], two(false), scores(PostTransform::None), &[0.25, 0.0]), [-0.25, 0.25]);
        assert_eq!(apply(&[], two(false), EnsemblePart::Votes, &[0.25, 0.0]), [0.0, 1.0]);
        assert_eq!(apply(&[], two(false), scores(PostTransform::Logistic), &[0.0, 0.0]), [0.5, 0.5]);
    }

    #[test]
    fn several_are_transformed_and_one_target_by_probit_alone() {
        let several = |transform, sums: &[f64]| apply(&[], EnsembleKind::Several, scores(transform), sums);
        assert_eq!(several(PostTransform::Logistic, &[3.0]), [3.0]);
        assert_eq!(several(PostTransform::Softmax, &[1.0, 1.0]), [0.5, 0.5]);
        assert_eq!(several(PostTransform::SoftmaxZero, &[2.0, 0.0]), [1.0, 0.0]);
        assert!((several(PostTransform::Probit, &[0.975])[0] - 1.96).abs() < 0.01);
        assert_eq!(
            apply(&[1.0, 2.0, 3.0], EnsembleKind::Several, EnsemblePart::Votes, &[0.0; 3]),
            [1.0, 2.0, 3.0]
        );
    }
}
