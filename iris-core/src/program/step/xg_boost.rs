//! From XGBoost's margins to its answers, in single precision as XGBoost computes them.

mod exp;

use exp::exp;

/// What is made of margins. All numbers are of single precision, whatever their type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum XgBoost {
    /// The probability of the second of two classes, of each margin.
    Sigmoid,
    /// The same as before 1.3, where margins far below zero give 0.
    OldSigmoid,
    /// e^x of each.
    Exponential,
    /// The probability of each class.
    Softmax,
    /// The same as scipy computes it: its sum is in single precision, too.
    SinglySoftmax,
    /// 1 for a margin above 0, else 0.
    Hinge,
    /// Of the probability of the second of two classes that of the first as well.
    WithComplement,
}

impl XgBoost {
    /// Numbers that it makes of a row of `width`.
    pub(super) fn width_after(self, width: usize) -> usize {
        match self {
            Self::WithComplement => 2 * width,
            _ => width,
        }
    }

    /// Whether it can write its answer over its input.
    pub(super) fn works_in_place(self) -> bool {
        self != Self::WithComplement
    }

    /// Makes `to` of `from`.
    pub(super) fn apply(self, from: &[f64], to: &mut [f64]) {
        if self == Self::WithComplement {
            let complements = from.iter().map(|p| single(1.0 - p)).zip(from);
            for (to, (complement, p)) in to.chunks_exact_mut(2).zip(complements) {
                to.copy_from_slice(&[complement, *p]);
            }
            return;
        }
        to.copy_from_slice(from);
        self.apply_in_place(to);
    }

    /// The same over its input, for those that [can](Self::works_in_place).
    #[expect(clippy::cast_possible_truncation, reason = "margins are numbers of single precision")]
    pub(super) fn apply_in_place(self, row: &mut [f64]) {
        let each = |row: &mut [f64], f: fn(f32) -> f32| {
            for x in row {
                *x = f64::from(f(*x as f32));
            }
        };
        match self {
            // The 1e-16 that XGBoost adds to the divisor changes no number of its type.
            Self::Sigmoid => each(row, |x| 1.0 / (exp((-x).min(88.7)) + 1.0)),
            Self::OldSigmoid => each(row, |x| 1.0 / (exp(-x) + 1.0)),
            Self::Exponential => each(row, exp),
            Self::Hinge => each(row, |x| if x.is_nan() { x } else { f32::from(u8::from(x > 0.0)) }),
            Self::Softmax => softmax(row, |sum, x| sum + x),
            Self::SinglySoftmax => softmax(row, |sum, x| single(sum + x)),
            Self::WithComplement => {}
        }
    }
}

/// All but the sum is in single precision.
#[expect(clippy::cast_possible_truncation, reason = "margins are numbers of single precision")]
fn softmax(row: &mut [f64], add: fn(f64, f64) -> f64) {
    let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut sum = 0.0;
    for x in row.iter_mut() {
        *x = f64::from(exp((*x - largest) as f32));
        sum = add(sum, *x);
    }
    let sum = single(sum);
    for x in row {
        *x = single(*x / sum);
    }
}

/// Rounded. A sum, a quotient or a product of two numbers of single precision is what it would
/// have been if it had been computed in it.
#[expect(clippy::cast_possible_truncation, reason = "rounding is what is meant")]
fn single(x: f64) -> f64 {
    f64::from(x as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(step: XgBoost, row: &[f64]) -> Vec<f64> {
        let mut out = vec![f64::NAN; step.width_after(row.len())];
        step.apply(row, &mut out);
        out
    }

    #[test]
    fn probabilities_are_of_single_precision_and_of_two_classes() {
        let p = of(XgBoost::Sigmoid, &[0.3f32.into()]);
        assert_eq!(p, [f64::from(0.574_442_5f32)]);
        assert_eq!(of(XgBoost::WithComplement, &p), [f64::from(1.0 - 0.574_442_5f32), p[0]]);
        assert_eq!(of(XgBoost::Hinge, &[0.0, 0.1, -1.0]), [0.0, 1.0, 0.0]);
    }

    #[test]
    fn margins_far_from_zero_give_no_infinity() {
        assert_eq!(of(XgBoost::Sigmoid, &[100.0]), [1.0]);
        assert!(of(XgBoost::Sigmoid, &[-1000.0])[0] > 0.0);
        assert_eq!(of(XgBoost::OldSigmoid, &[-1000.0]), [0.0]);
        assert_eq!(of(XgBoost::Softmax, &[1000.0, 0.0]), [1.0, 0.0]);
    }

    #[test]
    fn a_softmax_adds_up_to_one_and_leaves_equal_ones_equal() {
        let p = of(XgBoost::Softmax, &[0.5, 0.5, -0.25]);
        assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-7 && p[0] == p[1]);
        assert_eq!(of(XgBoost::Exponential, &[0.0, 1.0]), [1.0, f64::from(std::f32::consts::E)]);
    }
}
