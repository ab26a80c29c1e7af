//! Shares of topics in a document, by variational Bayes (Hoffman, Blei & Bach, 2010).

use crate::refused::Refused;

/// What latent Dirichlet allocation knows of words, and when it has looked long enough.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Topics {
    pub(crate) n_outputs: usize,
    /// Word by word, for each topic e to the power of the expected logarithm of the word's share in it.
    pub(crate) weights: Vec<f64>,
    /// Added to what each topic has of a document.
    pub(crate) prior: f64,
    pub(crate) n_rounds: usize,
    /// A round in which topics change less than this on average is the last one.
    pub(crate) tolerance: f64,
}

impl Topics {
    /// What topics had a round before, and e to the power of their expected logarithms.
    pub(super) fn scratch_len(&self) -> usize {
        2 * self.n_outputs
    }

    /// A document is how often it has each word, none less often than never.
    pub(super) fn apply(&self, row: &[f64], out: &mut [f64], scratch: &mut [f64]) -> Result<(), Refused> {
        if let Some(column) = row.iter().position(|count| count.is_nan() || *count < 0.0) {
            return Err(Refused { column });
        }
        let (before, expected) = scratch[..self.scratch_len()].split_at_mut(self.n_outputs);
        out.fill(1.0);
        exponentials(out, expected);
        for _ in 0..self.n_rounds {
            before.copy_from_slice(out);
            self.told_by_words(row, expected, out);
            out.iter_mut()
                .zip(&*expected)
                .for_each(|(topic, expected)| *topic = expected * *topic + self.prior);
            exponentials(out, expected);
            let change: f64 = before.iter().zip(&*out).map(|(before, now)| (before - now).abs()).sum();
            #[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^53 topics")]
            if change / (self.n_outputs as f64) < self.tolerance {
                break;
            }
        }
        let sum: f64 = out.iter().sum();
        for topic in out.iter_mut() {
            *topic /= sum;
        }
        Ok(())
    }

    /// For each topic the sum of its weights of the document's words, each as often as it is there by how likely
    /// it is.
    fn told_by_words(&self, row: &[f64], expected: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        let words = row.iter().zip(self.weights.chunks_exact(self.n_outputs));
        for (count, weights) in words.filter(|(count, _)| **count != 0.0) {
            let likely: f64 = expected.iter().zip(weights).map(|(expected, weight)| expected * weight).sum();
            let factor = count / (likely + f64::EPSILON);
            out.iter_mut().zip(weights).for_each(|(topic, weight)| *topic += factor * weight);
        }
    }
}

/// e to the power of what the logarithm of each share is expected to be under a Dirichlet distribution.
fn exponentials(concentrations: &[f64], out: &mut [f64]) {
    let of_all = digamma(concentrations.iter().sum());
    out.iter_mut().zip(concentrations).for_each(|(out, each)| *out = (digamma(*each) - of_all).exp());
}

/// As scikit-learn's topics have it, by algorithm AS 103 (Bernardo, 1976): right to about 3e-9, so that a better one
/// would look on for another number of rounds.
fn digamma(mut x: f64) -> f64 {
    const EULER: f64 = 0.577_215_664_901_532_9;
    if x <= 1e-6 {
        return -EULER - 1.0 / x;
    }
    let mut below = 0.0;
    while x < 6.0 {
        below -= 1.0 / x;
        x += 1.0;
    }
    let inverse = 1.0 / x;
    let square = inverse * inverse;
    let series = square * (1.0 / 12.0 - square * (1.0 / 120.0 - square * (1.0 / 252.0)));
    below + (x.ln() - 0.5 * inverse) - series
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digamma_where_it_is_known() {
        for (x, expected) in
            [(1.0, -0.577_215_664_901_532_9), (0.5, -1.963_510_026_021_423_5), (10.0, 2.251_752_589_066_721)]
        {
            assert!((digamma(x) - expected).abs() < 3e-9, "{x}: {}", digamma(x));
        }
        assert_eq!(digamma(1e-6), -0.577_215_664_901_532_9 - 1e6);
    }

    #[test]
    fn words_of_one_topic_lead_to_it_and_no_words_to_all() {
        let weights = vec![0.9, 0.01, 0.01, 0.9];
        let topics = Topics { n_outputs: 2, weights, prior: 0.5, n_rounds: 100, tolerance: 1e-3 };
        let of = |row: &[f64]| {
            let mut out = [f64::NAN; 2];
            topics.apply(row, &mut out, &mut [f64::NAN; 5]).map(|()| out).map_err(|refused| refused.column)
        };
        let [first, second] = of(&[20.0, 0.0]).unwrap();
        assert!(first > 0.97 && (first + second - 1.0).abs() < 1e-15);
        assert_eq!(of(&[0.0, 0.0]), Ok([0.5, 0.5]));
        assert_eq!(of(&[1.0, -1.0]), Err(1));
        assert_eq!(of(&[f64::NAN, 1.0]), Err(0));
    }
}
