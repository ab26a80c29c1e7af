//! From LightGBM's raw scores to what it answers: `ConvertOutput` of its objectives.

/// What LightGBM does with the sums of its trees.
///
/// In double precision and in LightGBM's own order, with the exponential of the
/// system's mathematical library, as it has it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct LightGbm {
    /// The iterations that random forests take the mean of, else 1.
    pub(crate) n_averaged: f64,
    pub(crate) conversion: Conversion,
}

/// What an objective makes of scores.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Conversion {
    /// The scores themselves.
    Raw,
    /// 1 / (1 + exp(-factor x)), of each by itself.
    Sigmoid(f64),
    Softmax,
    Exponential,
    /// log(1 + exp(x))
    LogOnePlusExponential,
    /// The square, with the sign of what was squared.
    SignedSquare,
}

impl LightGbm {
    /// Whether it changes nothing.
    pub(crate) fn is_identity(&self) -> bool {
        *self == Self { n_averaged: 1.0, conversion: Conversion::Raw }
    }

    pub(super) fn apply(&self, row: &mut [f64]) {
        if self.n_averaged != 1.0 {
            for score in row.iter_mut() {
                *score /= self.n_averaged;
            }
        }
        let of_each = |row: &mut [f64], make: &dyn Fn(f64) -> f64| {
            row.iter_mut().for_each(|score| *score = make(*score));
        };
        match self.conversion {
            Conversion::Raw => {}
            Conversion::Sigmoid(factor) => of_each(row, &|score| 1.0 / (1.0 + (-factor * score).exp())),
            Conversion::Softmax => softmax(row),
            Conversion::Exponential => of_each(row, &f64::exp),
            Conversion::LogOnePlusExponential => of_each(row, &|score| score.exp().ln_1p()),
            Conversion::SignedSquare => of_each(row, &|score| sign(score) * score * score),
        }
    }
}

fn softmax(row: &mut [f64]) {
    let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut sum = 0.0;
    for score in row.iter_mut() {
        *score = (*score - largest).exp();
        sum += *score;
    }
    row.iter_mut().for_each(|score| *score /= sum);
}

fn sign(score: f64) -> f64 {
    f64::from(i8::from(score > 0.0) - i8::from(score < 0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<const N: usize>(n_averaged: f64, conversion: Conversion, mut row: [f64; N]) -> [f64; N] {
        LightGbm { n_averaged, conversion }.apply(&mut row);
        row
    }

    #[test]
    fn scores_are_averaged_before_they_are_converted() {
        assert_eq!(of(4.0, Conversion::Raw, [2.0, -1.0]), [0.5, -0.25]);
        assert_eq!(of(2.0, Conversion::SignedSquare, [-4.0, 0.0, 6.0]), [-4.0, 0.0, 9.0]);
        assert_eq!(of(2.0, Conversion::Exponential, [2.0]), [1f64.exp()]);
    }

    #[test]
    fn each_conversion_is_what_its_formula_says() {
        assert_eq!(of(1.0, Conversion::Sigmoid(0.5), [0.0, 1e4, -1e4]), [0.5, 1.0, 0.0]);
        assert_eq!(of(1.0, Conversion::Sigmoid(2.0), [1.0]), [1.0 / (1.0 + (-2f64).exp())]);
        assert_eq!(of(1.0, Conversion::Softmax, [3.0, 3.0]), [0.5, 0.5]);
        assert_eq!(of(1.0, Conversion::Softmax, [800.0, -800.0]), [1.0, 0.0]);
        assert_eq!(of(1.0, Conversion::LogOnePlusExponential, [0.0]), [2f64.ln()]);
    }

    #[test]
    fn only_raw_scores_of_one_iteration_are_left_alone() {
        assert!(LightGbm { n_averaged: 1.0, conversion: Conversion::Raw }.is_identity());
        assert!(!LightGbm { n_averaged: 2.0, conversion: Conversion::Raw }.is_identity());
        assert!(!LightGbm { n_averaged: 1.0, conversion: Conversion::Softmax }.is_identity());
    }
}
