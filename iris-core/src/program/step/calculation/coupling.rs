//! Probabilities of classes from those of their pairs, as libsvm couples them.
//!
//! The second method of Wu, Lin and Weng, "Probability estimates for multi-class
//! classification by pairwise coupling", 2004.

/// From the scores of pairs, in the order (0, 1), (0, 2), …, through the sigmoids of Platt.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Coupling {
    pub(crate) n_classes: usize,
    /// A slope and an offset for each pair.
    pub(crate) a: Box<[f64]>,
    pub(crate) b: Box<[f64]>,
}

/// No pair is quite decided.
const SMALLEST: f64 = 1e-7;

impl Coupling {
    /// Two matrices and a vector.
    pub(super) fn scratch_len(&self) -> usize {
        self.n_classes * (2 * self.n_classes + 1)
    }

    pub(super) fn apply(&self, scores: &[f64], p: &mut [f64], scratch: &mut [f64]) {
        let n = self.n_classes;
        let (pairs, rest) = scratch.split_at_mut(n * n);
        let (q, rest) = rest.split_at_mut(n * n);
        self.sigmoids(scores, pairs);
        for row in 0..n {
            q[row * n + row] =
                (0..n).filter(|i| *i != row).map(|i| pairs[i * n + row] * pairs[i * n + row]).sum();
            for column in (0..n).filter(|column| *column != row) {
                q[row * n + column] = -pairs[column * n + row] * pairs[row * n + column];
            }
        }
        solve(q, p, &mut rest[..n]);
    }

    /// How probable the first of each two is.
    fn sigmoids(&self, scores: &[f64], pairs: &mut [f64]) {
        let n = self.n_classes;
        let mut pair = 0;
        for first in 0..n {
            for second in first + 1..n {
                let x = scores[pair] * self.a[pair] + self.b[pair];
                let p = if x >= 0.0 { (-x).exp() / (1.0 + (-x).exp()) } else { 1.0 / (1.0 + x.exp()) };
                let p = p.clamp(SMALLEST, 1.0 - SMALLEST);
                pairs[first * n + second] = p;
                pairs[second * n + first] = 1.0 - p;
                pair += 1;
            }
        }
    }
}

/// The `p` that add up to 1 and make p·Q·p least, a coordinate after the other.
fn solve(q: &[f64], p: &mut [f64], qp: &mut [f64]) {
    let n = p.len();
    p.fill(1.0 / super::number(n));
    for _ in 0..n.max(100) {
        for (qp, row) in qp.iter_mut().zip(q.chunks_exact(n)) {
            *qp = row.iter().zip(&*p).map(|(q, p)| q * p).sum();
        }
        let mut pqp: f64 = p.iter().zip(&*qp).map(|(p, qp)| p * qp).sum();
        let error = qp.iter().map(|qp| (qp - pqp).abs()).fold(0.0, f64::max);
        if error < 0.005 / super::number(n) {
            break;
        }
        for t in 0..n {
            let change = (pqp - qp[t]) / q[t * n + t];
            p[t] += change;
            let whole = 1.0 + change;
            pqp = (pqp + change * (change * q[t * n + t] + 2.0 * qp[t])) / whole / whole;
            for j in 0..n {
                qp[j] = (qp[j] + change * q[t * n + j]) / whole;
                p[j] /= whole;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_classes_it_is_the_sigmoid_and_of_three_alike_a_third() {
        let coupling = Coupling { n_classes: 2, a: [-1.0].into(), b: [0.5].into() };
        let (mut p, mut scratch) = ([0.0; 2], vec![f64::NAN; coupling.scratch_len()]);
        coupling.apply(&[1.0], &mut p, &mut scratch);
        assert!((p[0] - 1.0 / (1.0 + (-0.5f64).exp())).abs() < 0.005, "{p:?}");
        assert!((p[0] + p[1] - 1.0).abs() < 1e-12);
        let coupling = Coupling { n_classes: 3, a: [-1.0; 3].into(), b: [0.0; 3].into() };
        let (mut p, mut scratch) = ([0.0; 3], vec![f64::NAN; coupling.scratch_len()]);
        coupling.apply(&[0.0; 3], &mut p, &mut scratch);
        assert!(p.iter().all(|p| (p - 1.0 / 3.0).abs() < 1e-12), "{p:?}");
    }
}
