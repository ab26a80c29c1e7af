//! Columns of which products are nearly the additive chi-squared kernel (Vedaldi & Zisserman, 2012).

use crate::refused::Refused;

/// How far apart the kernel's spectrum is sampled, and how often.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ChiSquare {
    interval: f64,
    /// For each sample but the first what its part of the spectrum is divided by.
    divisors: Vec<f64>,
}

impl ChiSquare {
    /// `n_steps` is not 0.
    pub(crate) fn new(interval: f64, n_steps: usize) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^53 steps")]
        let divisor = |step: usize| (std::f64::consts::PI * step as f64 * interval).cosh();
        Self { interval, divisors: (1..n_steps).map(divisor).collect() }
    }

    pub(super) fn n_outputs(&self, width: usize) -> usize {
        width * (1 + 2 * self.divisors.len())
    }

    /// First the roots of all columns, then for each sample the cosines of all and the sines of all.
    pub(super) fn apply(&self, row: &[f64], out: &mut [f64]) -> Result<(), Refused> {
        let width = row.len();
        out.fill(0.0);
        for (column, x) in row.iter().enumerate() {
            if x.is_nan() || *x < 0.0 {
                return Err(Refused { column });
            }
            if *x == 0.0 {
                continue;
            }
            out[column] = (x * self.interval).sqrt();
            let (logarithm, twice) = (self.interval * x.ln(), 2.0 * x * self.interval);
            for (index, divisor) in self.divisors.iter().enumerate() {
                #[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^53 steps")]
                let angle = (index + 1) as f64 * logarithm;
                let factor = (twice / divisor).sqrt();
                let start = (1 + 2 * index) * width + column;
                out[start] = factor * angle.cos();
                out[start + width] = factor * angle.sin();
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_nearly_the_kernel() {
        let features = ChiSquare::new(0.2, 12);
        let of = |row: &[f64; 2]| {
            let mut out = vec![f64::NAN; features.n_outputs(2)];
            features.apply(row, &mut out).map(|()| out)
        };
        let (x, y) = ([0.2, 0.5], [0.3, 0.4]);
        let product: f64 = of(&x).unwrap().iter().zip(&of(&y).unwrap()).map(|(a, b)| a * b).sum();
        let kernel: f64 = x.iter().zip(&y).map(|(x, y)| 2.0 * x * y / (x + y)).sum();
        assert!((product - kernel).abs() < 0.01 * kernel, "{product} {kernel}");
        assert_eq!(of(&[0.0, 0.0]), Ok(vec![0.0; 46]));
        assert_eq!(of(&[1.0, -0.5]), Err(Refused { column: 1 }));
    }
}
