//! The probability of a Gaussian process' second class, of its latent value and how certain that is
//! (Williams & Barber, Bayesian classification with Gaussian processes, 1998, appendix A).

/// How much a row's latent value would vary if nothing had been seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Laplace {
    pub(crate) variance: f64,
}

/// Error functions whose sum comes near to the logistic function: their widths, and what each counts.
const WIDTHS: [f64; 5] = [0.41, 0.4, 0.37, 0.44, 0.39];
const SHARES: [f64; 5] =
    [-1_854.821_415_1, 3_516.898_936_46, 221.293_467_12, 128.123_238_05, -2_010.494_226_54];

impl Laplace {
    /// The row has the latent value, and what is known of its variance.
    pub(super) fn apply(self, row: &[f64], out: &mut [f64]) {
        let (latent, variance) = (row[0], self.variance - row[1]);
        let alpha = 1.0 / (2.0 * variance);
        let mut sum = 0.0;
        for (width, share) in WIDTHS.iter().zip(SHARES) {
            let reach = width * latent * (alpha / (alpha + width * width)).sqrt();
            let integral = (std::f64::consts::PI / alpha).sqrt() * libm::erf(reach)
                / (2.0 * (variance * 2.0 * std::f64::consts::PI).sqrt());
            sum += share * integral;
        }
        out[0] = sum + 0.5 * SHARES.iter().sum::<f64>();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_far_above_zero_is_nearly_certain() {
        let of = |latent, known| {
            let mut out = [f64::NAN];
            Laplace { variance: 1.0 }.apply(&[latent, known], &mut out);
            out[0]
        };
        assert!((of(0.0, 0.5) - 0.5).abs() < 1e-3);
        assert!(of(8.0, 0.9) > 0.99 && of(-8.0, 0.9) < 0.01);
        assert!(of(2.0, 0.99) > of(2.0, 0.1), "what is less certain is nearer to one half");
    }
}
