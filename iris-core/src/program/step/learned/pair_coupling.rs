//! Probabilities of classes, of those of each pair (Wu, Lin & Weng, Probability estimates for
//! multi-class classification by pairwise coupling, 2004, the second method), as libsvm has them.

/// Platt's slope and offset of each pair's decision value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PairCoupling {
    n_classes: usize,
    slopes: Vec<f64>,
    offsets: Vec<f64>,
}

/// No pair is more certain than this leaves room for.
const LEAST: f64 = 1e-7;

/// Rounds after which it is near enough, whatever it is, unless there are more classes.
const MAX_ROUNDS: usize = 100;

impl PairCoupling {
    /// `None` if these are not as many as there are pairs.
    pub(crate) fn new(n_classes: usize, slopes: Vec<f64>, offsets: Vec<f64>) -> Option<Self> {
        let n_pairs = super::super::OneVsOne::n_pairs(n_classes)?;
        let are_pairs = n_classes > 1 && slopes.len() == n_pairs && offsets.len() == n_pairs;
        are_pairs.then_some(Self { n_classes, slopes, offsets })
    }

    pub(super) fn n_classes(&self) -> usize {
        self.n_classes
    }

    /// The pairs' probabilities, the form that is minimal at the answer, and its slope.
    pub(super) fn scratch_len(&self) -> usize {
        2 * self.n_classes * self.n_classes + self.n_classes
    }

    pub(super) fn apply(&self, decisions: &[f64], shares: &mut [f64], scratch: &mut [f64]) {
        let n = self.n_classes;
        let (pairs, rest) = scratch.split_at_mut(n * n);
        let (form, rest) = rest.split_at_mut(n * n);
        let slope = &mut rest[..n];
        let each = decisions.iter().zip(self.slopes.iter().zip(&self.offsets));
        let places = (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j)));
        for ((i, j), (decision, (a, b))) in places.zip(each) {
            let probability = falling(decision * a + b).clamp(LEAST, 1.0 - LEAST);
            pairs[i * n + j] = probability;
            pairs[j * n + i] = 1.0 - probability;
        }
        for t in 0..n {
            let others = (0..n).filter(|j| *j != t);
            form[t * n + t] = others.clone().map(|j| pairs[j * n + t] * pairs[j * n + t]).sum();
            for j in others {
                form[t * n + j] = -pairs[j * n + t] * pairs[t * n + j];
            }
        }
        minimum(form, slope, shares);
    }
}

/// 1 / (1 + e^x), without overflow.
fn falling(x: f64) -> f64 {
    if x >= 0.0 {
        let e = (-x).exp();
        e / (1.0 + e)
    } else {
        1.0 / (1.0 + x.exp())
    }
}

/// Shares that add up to 1 at which the form is least, nearly.
fn minimum(form: &[f64], slope: &mut [f64], shares: &mut [f64]) {
    let n = shares.len();
    #[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^53 classes")]
    let n_classes = n as f64;
    let near = 0.005 / n_classes;
    shares.fill(1.0 / n_classes);
    for _ in 0..MAX_ROUNDS.max(n) {
        let mut value = 0.0;
        for (t, row) in form.chunks_exact(n).enumerate() {
            slope[t] = row.iter().zip(&*shares).fold(0.0, |sum, (q, p)| sum + q * p);
            value += shares[t] * slope[t];
        }
        let farthest = slope.iter().fold(0.0f64, |most, slope| most.max((slope - value).abs()));
        if farthest < near {
            break;
        }
        for (t, row) in form.chunks_exact(n).enumerate() {
            let step = (-slope[t] + value) / row[t];
            shares[t] += step;
            value = (value + step * (step * row[t] + 2.0 * slope[t])) / (1.0 + step) / (1.0 + step);
            for ((slope, share), q) in slope.iter_mut().zip(&mut *shares).zip(row) {
                *slope = (*slope + step * q) / (1.0 + step);
                *share /= 1.0 + step;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up_and_follow_the_pairs() {
        let coupling = PairCoupling::new(3, vec![-1.0; 3], vec![0.0; 3]).unwrap();
        let mut shares = [f64::NAN; 3];
        let mut scratch = vec![f64::NAN; coupling.scratch_len()];
        // The second beats both others, and the first the third.
        coupling.apply(&[-2.0, 1.0, 3.0], &mut shares, &mut scratch);
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-14, "{shares:?}");
        assert!(shares[1] > shares[0] && shares[0] > shares[2], "{shares:?}");
        coupling.apply(&[0.0; 3], &mut shares, &mut scratch);
        assert!(shares.iter().all(|share| (share - 1.0 / 3.0).abs() < 1e-15), "{shares:?}");
        assert!(PairCoupling::new(3, vec![0.0; 3], vec![0.0; 2]).is_none());
    }
}
