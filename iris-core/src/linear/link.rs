//! From scores to probabilities.

mod columns;

use crate::math::{exp_nonpositive, logistic};

/// How a linear model's scores become probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// `e^s_k / Σ e^s_j`: multinomial logistic regression, linear discriminant analysis.
    Softmax,
    /// `σ(s_k)`: binary logistic regression, whose two scores mirror each other.
    Logistic,
    /// `σ(s_k) / Σ σ(s_j)`: one-vs-rest.
    NormalizedLogistic,
    /// The same as scikit-learn's own estimators compute it: where every
    /// `σ(s_k)` rounds to zero, the uniform distribution.
    OneVsRest,
    /// The same as `OneVsRestClassifier` has it: where every `σ(s_k)` rounds to
    /// zero, all zeros.
    OneVsRestOrZero,
    /// `(clip(s_k, -1, 1) + 1) / 2`, normalised: SGD with the modified Huber loss
    /// (Zadrozny & Elkan, Transforming classifier scores into multiclass
    /// probability estimates, 2002).
    ModifiedHuber,
    /// The same as `OneVsRestClassifier` has it: where every class clips to
    /// zero, all zeros.
    ModifiedHuberOrZero,
    /// Scores only: ridge, linear SVC, perceptron, SGD with the hinge loss.
    Identity,
}

impl Link {
    /// Whether scores become probabilities at all.
    #[must_use]
    pub fn has_probabilities(self) -> bool {
        self != Self::Identity
    }

    /// Replaces one row's finite scores by probabilities; `Identity` leaves them.
    #[inline(always)]
    pub(crate) fn apply(self, scores: &mut [f64]) {
        match self {
            Self::Softmax => softmax(scores),
            Self::Logistic => logistics(scores),
            Self::NormalizedLogistic => normalized_logistic(scores),
            Self::OneVsRest => one_vs_rest(scores, fill_uniform),
            Self::OneVsRestOrZero => one_vs_rest(scores, |_| {}),
            Self::ModifiedHuber => modified_huber(scores, fill_uniform),
            Self::ModifiedHuberOrZero => modified_huber(scores, |_| {}),
            Self::Identity => {}
        }
    }
}

#[inline(always)]
pub(crate) fn largest(scores: &[f64]) -> f64 {
    scores.iter().fold(f64::NEG_INFINITY, |largest, score| if *score > largest { *score } else { largest })
}

/// Subtracting the largest score first keeps every exponential in [0, 1] and
/// the sum in [1, n], so nothing overflows and nothing divides by zero.
#[inline(always)]
pub(crate) fn softmax(scores: &mut [f64]) {
    let largest = largest(scores);
    for score in scores.iter_mut() {
        *score = exp_nonpositive(*score - largest);
    }
    let factor = 1.0 / scores.iter().sum::<f64>();
    scale(scores, factor);
}

/// The softmax of as many scores as the compiler knows, to the same bits; also
/// gives the largest probability, which is the factor, since e^0 is exactly 1.
///
/// By value: through a slice the compiler keeps the scores in memory.
#[inline(always)]
pub(crate) fn softmax_of<const C: usize>(scores: [f64; C], largest: f64) -> ([f64; C], f64) {
    let exponentials = scores.map(|score| exp_nonpositive(score - largest));
    let factor = 1.0 / exponentials.iter().sum::<f64>();
    (exponentials.map(|value| value * factor), factor)
}

/// With every score so low that all logistics underflow, σ(s) → e^s, and the
/// normalised values tend to the softmax, which stays defined.
#[inline(always)]
fn normalized_logistic(scores: &mut [f64]) {
    if largest(scores) < -700.0 {
        return softmax(scores);
    }
    logistics(scores);
    let factor = 1.0 / scores.iter().sum::<f64>();
    scale(scores, factor);
}

/// scikit-learn takes 1 / (1 + e^-s) literally, which is zero once e^-s is too
/// large for a number, and coarse a little before.
#[inline(always)]
fn one_vs_rest(scores: &mut [f64], zero_sum: impl Fn(&mut [f64])) {
    if largest(scores) < -650.0 {
        for score in scores.iter_mut() {
            *score = 1.0 / (1.0 + (-*score).exp());
        }
    } else {
        logistics(scores);
    }
    let total: f64 = scores.iter().sum();
    if total > 0.0 {
        // The reciprocal of so small a number may be too large for one.
        for score in scores {
            *score /= total;
        }
    } else {
        zero_sum(scores);
    }
}

/// Every class may clip to zero, which `zero_sum` is for.
#[inline(always)]
fn modified_huber(scores: &mut [f64], zero_sum: impl Fn(&mut [f64])) {
    for score in scores.iter_mut() {
        *score = f64::midpoint(score.clamp(-1.0, 1.0), 1.0);
    }
    let total: f64 = scores.iter().sum();
    if total > 0.0 {
        scale(scores, 1.0 / total);
    } else {
        zero_sum(scores);
    }
}

#[inline(always)]
fn fill_uniform(scores: &mut [f64]) {
    #[expect(clippy::cast_precision_loss, reason = "a model has far fewer than 2^53 classes")]
    let uniform = 1.0 / scores.len() as f64;
    scores.fill(uniform);
}

#[inline(always)]
fn logistics(scores: &mut [f64]) {
    for score in scores {
        *score = logistic(*score);
    }
}

#[inline(always)]
fn scale(values: &mut [f64], factor: f64) {
    for value in values {
        *value *= factor;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LINKS: [Link; 7] = [
        Link::Softmax,
        Link::Logistic,
        Link::NormalizedLogistic,
        Link::OneVsRest,
        Link::OneVsRestOrZero,
        Link::ModifiedHuber,
        Link::ModifiedHuberOrZero,
    ];

    fn apply(link: Link, scores: &[f64]) -> Vec<f64> {
        let mut values = scores.to_vec();
        link.apply(&mut values);
        values
    }

    #[test]
    fn extreme_scores_do_not_overflow() {
        for magnitude in [1e308, f64::MAX, 1e155, 745.0, 710.0] {
            for scores in [[magnitude, -magnitude, 0.0], [-magnitude, -magnitude, -magnitude], [magnitude; 3]]
            {
                for link in [Link::Softmax, Link::NormalizedLogistic, Link::OneVsRest, Link::ModifiedHuber] {
                    let sum: f64 = apply(link, &scores).iter().sum();
                    assert!((sum - 1.0).abs() < 1e-15, "{link:?} {scores:?}: sum {sum}");
                }
            }
            assert_eq!(apply(Link::Logistic, &[-magnitude, magnitude])[1], 1.0);
        }
    }

    #[test]
    fn one_vs_rest_keeps_the_order_of_hopeless_scores() {
        let p = apply(Link::NormalizedLogistic, &[-1000.0, -1001.0]);
        assert!((p[0] / p[1] - 1f64.exp()).abs() < 1e-12, "{p:?}");
    }

    #[test]
    fn one_vs_rest_is_uniform_where_every_class_underflows() {
        assert_eq!(apply(Link::OneVsRest, &[-1000.0, -1001.0]), [0.5; 2]);
        assert_eq!(apply(Link::OneVsRest, &[-1000.0, -709.0, -2000.0]), [0.0, 1.0, 0.0]);
        let p = apply(Link::OneVsRest, &[-700.0, -701.0]);
        assert!((p[0] / p[1] - 1f64.exp()).abs() < 1e-12, "{p:?}");
    }

    #[test]
    fn modified_huber_clips_and_falls_back_to_uniform() {
        assert_eq!(apply(Link::ModifiedHuber, &[-0.5, 0.5]), [0.25, 0.75]);
        assert_eq!(apply(Link::ModifiedHuber, &[-3.0, 5.0]), [0.0, 1.0]);
        assert_eq!(apply(Link::ModifiedHuber, &[-2.0, -3.0, -4.0, -1.0]), [0.25; 4]);
    }

    #[test]
    fn no_class_may_be_probable() {
        assert_eq!(apply(Link::OneVsRestOrZero, &[-1000.0, -1001.0]), [0.0; 2]);
        assert_eq!(apply(Link::ModifiedHuberOrZero, &[-2.0, -3.0, -1.0]), [0.0; 3]);
        let scores = [-700.0, -1.0, 3.0];
        assert_eq!(apply(Link::OneVsRestOrZero, &scores), apply(Link::OneVsRest, &scores));
        assert_eq!(apply(Link::ModifiedHuberOrZero, &scores), apply(Link::ModifiedHuber, &scores));
    }

    proptest! {
        #[test]
        fn probabilities_lie_in_the_unit_interval(scores in prop::collection::vec(-1e308..1e308f64, 2..9)) {
            for link in LINKS {
                let p = apply(link, &scores);
                prop_assert!(p.iter().all(|p| (0.0..=1.0).contains(p)), "{link:?} {p:?}");
            }
        }
    }
}
