//! Parts of a kernel that is put together: each is computed behind those that it is made of.

use super::panel::{LANES, Lanes, products, squares};
use crate::math::exp_nonpositive;

/// A kernel, or what is made of the one or two computed last.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum KernelPart {
    Constant(f64),
    /// e^(-d²/2) of differences times `factors`.
    Rbf {
        factors: Vec<f64>,
    },
    /// Matérn's, with half of 1, 3 and 5 for its ν.
    Matern1 {
        factors: Vec<f64>,
    },
    Matern3 {
        factors: Vec<f64>,
    },
    Matern5 {
        factors: Vec<f64>,
    },
    RationalQuadratic {
        alpha: f64,
        length: f64,
    },
    Periodic {
        length: f64,
        period: f64,
    },
    /// x·y and something more.
    Product {
        offset: f64,
    },
    Plus,
    Times,
    Power(f64),
}

impl KernelPart {
    /// Kernels that wait for the one that is made of them.
    pub(crate) const MAX_DEPTH: usize = 16;

    /// How many wait at most; `None` if these make no one kernel.
    pub(crate) fn depth(parts: &[Self]) -> Option<usize> {
        let (mut waiting, mut most) = (0usize, 0);
        for part in parts {
            waiting = match part {
                Self::Plus | Self::Times => waiting.checked_sub(1).filter(|left| *left > 0)?,
                Self::Power(_) => (waiting > 0).then_some(waiting)?,
                _ => waiting + 1,
            };
            most = most.max(waiting);
        }
        (waiting == 1).then_some(most)
    }

    /// The kernel that parts make, no [deeper](Self::depth) than is allowed.
    #[inline(always)]
    pub(super) fn of_panel(parts: &[Self], row: &[f64], panel: &[Lanes]) -> Lanes {
        let mut stack: [Lanes; Self::MAX_DEPTH] = [[0.0; LANES]; Self::MAX_DEPTH];
        let mut n = 0;
        for part in parts {
            match part {
                Self::Plus | Self::Times => {
                    n -= 1;
                    let other = stack[n];
                    let plus = matches!(part, Self::Plus);
                    stack[n - 1]
                        .iter_mut()
                        .zip(other)
                        .for_each(|(a, b)| *a = if plus { *a + b } else { *a * b });
                }
                Self::Power(exponent) => {
                    stack[n - 1].iter_mut().for_each(|kernel| *kernel = kernel.powf(*exponent));
                }
                other => {
                    stack[n] = other.plain(row, panel);
                    n += 1;
                }
            }
        }
        stack[0]
    }

    #[inline(always)]
    fn plain(&self, row: &[f64], panel: &[Lanes]) -> Lanes {
        match self {
            Self::Constant(value) => [*value; LANES],
            Self::Rbf { factors } => stretched(row, panel, factors).map(|sum| exp_nonpositive(-0.5 * sum)),
            Self::Matern1 { factors } => {
                stretched(row, panel, factors).map(|sum| exp_nonpositive(-sum.sqrt()))
            }
            Self::Matern3 { factors } => stretched(row, panel, factors).map(|sum| {
                let far = sum.sqrt() * 3f64.sqrt();
                (1.0 + far) * exp_nonpositive(-far)
            }),
            Self::Matern5 { factors } => stretched(row, panel, factors).map(|sum| {
                let far = sum.sqrt() * 5f64.sqrt();
                (1.0 + far + far * far / 3.0) * exp_nonpositive(-far)
            }),
            Self::RationalQuadratic { alpha, length } => {
                squares(row, panel).map(|sum| (1.0 + sum / (2.0 * alpha * length * length)).powf(-alpha))
            }
            Self::Periodic { length, period } => squares(row, panel).map(|sum| {
                let sine = (std::f64::consts::PI / period * sum.sqrt()).sin() / length;
                exp_nonpositive(-2.0 * sine * sine)
            }),
            Self::Product { offset } => products(row, panel).map(|sum| sum + offset),
            Self::Plus | Self::Times | Self::Power(_) => [0.0; LANES],
        }
    }
}

#[inline(always)]
fn stretched(row: &[f64], panel: &[Lanes], factors: &[f64]) -> Lanes {
    let mut sums = [0.0; LANES];
    for ((x, points), factor) in row.iter().zip(panel).zip(factors) {
        for lane in 0..LANES {
            let difference = (x - points[lane]) * factor;
            sums[lane] += difference * difference;
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_put_together_behind_each_other() {
        use KernelPart as Part;
        // (2 · e^(-d²/2) + x·y + 1)², of a row and a point at a distance of 5.
        let parts = [
            Part::Constant(2.0),
            Part::Rbf { factors: vec![0.1, 0.1] },
            Part::Times,
            Part::Product { offset: 1.0 },
            Part::Plus,
            Part::Power(2.0),
        ];
        assert_eq!(Part::depth(&parts), Some(2));
        let kernels = Part::of_panel(&parts, &[1.0, 1.0], &[[4.0; LANES], [5.0; LANES]]);
        let expected = (2.0 * (-0.125f64).exp() + 9.0 + 1.0).powi(2);
        assert!(kernels.iter().all(|kernel| (kernel - expected).abs() < 1e-13), "{kernels:?}");
        for bad in [&parts[2..], &parts[..2], &[Part::Power(1.0)], &[]] {
            assert_eq!(Part::depth(bad), None, "{bad:?}");
        }
    }
}
