//! Kernels: how alike a row is to a point.

use super::panel::{Lanes, absolutes, cosines, products, shares, squares};
use super::part::KernelPart;
use crate::math::exp_nonpositive;

/// A kernel by its formula.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kernel {
    /// x·y
    Linear,
    /// (gamma x·y + coef0)^degree
    Polynomial { gamma: f64, coef0: f64, degree: f64 },
    /// e^(-gamma |x-y|²)
    Rbf { gamma: f64 },
    /// tanh(gamma x·y + coef0)
    Sigmoid { gamma: f64, coef0: f64 },
    /// e^(-gamma Σ|x-y|)
    Laplacian { gamma: f64 },
    /// x·y by both lengths; 0 where one has none.
    Cosine,
    /// -Σ(x-y)²/(x+y), without what is 0/0
    AdditiveChi2,
    /// e^(-gamma Σ(x-y)²/(x+y))
    Chi2 { gamma: f64 },
    /// One that is put together of others.
    Composed(Vec<KernelPart>),
}

impl Kernel {
    /// Of a row and each point of a panel, which has a number of each for every column.
    #[inline(always)]
    pub(super) fn of_panel(&self, row: &[f64], panel: &[Lanes]) -> Lanes {
        match self {
            Self::Linear => products(row, panel),
            Self::Polynomial { gamma, coef0, degree } => {
                let sums = products(row, panel);
                #[expect(clippy::cast_possible_truncation, reason = "it is compared with what it was")]
                let whole = *degree as i32;
                if f64::from(whole) == *degree {
                    sums.map(|sum| (gamma * sum + coef0).powi(whole))
                } else {
                    sums.map(|sum| (gamma * sum + coef0).powf(*degree))
                }
            }
            Self::Rbf { gamma } => squares(row, panel).map(|sum| exp_nonpositive(-gamma * sum)),
            Self::Sigmoid { gamma, coef0 } => products(row, panel).map(|sum| (gamma * sum + coef0).tanh()),
            Self::Laplacian { gamma } => absolutes(row, panel).map(|sum| exp_nonpositive(-gamma * sum)),
            Self::Cosine => cosines(row, panel),
            Self::AdditiveChi2 => shares(row, panel).map(|sum| -sum),
            Self::Chi2 { gamma } => shares(row, panel).map(|sum| exp_nonpositive(-gamma * sum)),
            Self::Composed(parts) => KernelPart::of_panel(parts, row, panel),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::panel::LANES;
    use super::*;

    #[test]
    fn each_kernel_by_its_formula() {
        let row = [0.5, -1.0];
        let panel = [[1.0; LANES], [2.0; LANES]];
        let (product, square, absolute) = (-1.5f64, 9.25f64, 3.5f64);
        for (kernel, expected) in [
            (Kernel::Linear, product),
            (Kernel::Polynomial { gamma: 2.0, coef0: 1.0, degree: 3.0 }, -8.0),
            (Kernel::Polynomial { gamma: -2.0, coef0: 1.0, degree: 0.5 }, 2.0),
            (Kernel::Rbf { gamma: 0.1 }, (-0.1 * square).exp()),
            (Kernel::Sigmoid { gamma: 0.3, coef0: 0.1 }, (0.3 * product + 0.1).tanh()),
            (Kernel::Laplacian { gamma: 0.2 }, (-0.2 * absolute).exp()),
        ] {
            let kernels = kernel.of_panel(&row, &panel);
            assert!(kernels.iter().all(|value| (value - expected).abs() < 1e-15), "{kernel:?}: {kernels:?}");
        }
    }

    #[test]
    fn kernels_of_histograms_and_of_directions() {
        let row = [0.5, 0.0, 2.0];
        let panel = [[1.0; LANES], [0.0; LANES], [0.0; LANES]];
        let share: f64 = 0.25 / 1.5 + 2.0;
        for (kernel, expected) in [
            (Kernel::AdditiveChi2, -share),
            (Kernel::Chi2 { gamma: 0.3 }, (-0.3 * share).exp()),
            (Kernel::Cosine, 0.5 / 4.25f64.sqrt()),
        ] {
            let kernels = kernel.of_panel(&row, &panel);
            assert!(kernels.iter().all(|value| (value - expected).abs() < 1e-15), "{kernel:?}: {kernels:?}");
        }
        assert_eq!(Kernel::Cosine.of_panel(&[0.0; 3], &panel), [0.0; LANES]);
    }
}
