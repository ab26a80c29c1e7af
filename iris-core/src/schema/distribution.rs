//! How the values of a feature were spread over the training data.

#[cfg(any(test, feature = "onnx", feature = "skops"))]
use crate::error::{Error, Result};

/// How the values of one feature were spread over the training data: the share of each of a few
/// bins, a little less than equal ones as a rule.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Distribution {
    edges: Vec<f64>,
    shares: Vec<f64>,
    missing: f64,
}

/// Bins that a feature may have.
#[cfg(any(test, feature = "onnx", feature = "skops"))]
const MOST: usize = 64;

impl Distribution {
    /// `shares` is one longer than `edges`, which ascend; with `missing` they come to 1.
    #[cfg(any(test, feature = "onnx", feature = "skops"))]
    pub(crate) fn new(edges: Vec<f64>, shares: Vec<f64>, missing: f64) -> Result<Self> {
        let ascends = edges.iter().all(|edge| edge.is_finite()) && edges.is_sorted_by(|a, b| a < b);
        let is_share = |share: &f64| (0.0..=1.0).contains(share);
        let total = shares.iter().sum::<f64>() + missing;
        let is_whole = shares.iter().all(is_share) && is_share(&missing) && (total - 1.0).abs() < 1e-3;
        if edges.len() >= MOST || shares.len() != edges.len() + 1 || !ascends || !is_whole {
            return Err(Error::malformed(
                "training_statistics: expected for each feature edges that ascend, fewer than 64, one share more, \
                 and what is missing, which come to 1",
            ));
        }
        Ok(Self { edges, shares, missing })
    }

    /// Where bins end, in the feature's own unit; the last one has no end.
    #[must_use]
    pub fn edges(&self) -> &[f64] {
        &self.edges
    }

    /// The share of each bin, in [0, 1].
    #[must_use]
    pub fn shares(&self) -> &[f64] {
        &self.shares
    }

    /// The share of what was missing, in [0, 1].
    #[must_use]
    pub fn missing(&self) -> f64 {
        self.missing
    }

    /// The bin of a value, which ends at it or above; `None` of a missing one.
    #[must_use]
    pub fn bin(&self, value: f64) -> Option<usize> {
        (!value.is_nan()).then(|| self.edges.partition_point(|edge| value > *edge))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_on_an_edge_is_below_it() {
        let spread = Distribution::new(vec![1.0, 2.0], vec![0.25, 0.5, 0.0], 0.25).unwrap();
        let bins = [f64::NEG_INFINITY, 1.0, 1.5, 2.0, 2.5, f64::INFINITY].map(|value| spread.bin(value));
        assert_eq!(bins, [0, 0, 1, 1, 2, 2].map(Some));
        assert_eq!(spread.bin(f64::NAN), None);
    }

    #[test]
    fn what_is_none_is_refused() {
        for (edges, shares, missing) in [
            (vec![1.0, 1.0], vec![0.5, 0.25, 0.25], 0.0),
            (vec![f64::NAN], vec![0.5, 0.5], 0.0),
            (vec![1.0], vec![1.0], 0.0),
            (vec![1.0], vec![0.5, 0.4], 0.0),
            (vec![1.0], vec![1.5, -0.5], 0.0),
            (vec![1.0], vec![0.5, 0.5], f64::NAN),
            (vec![], vec![0.5], f64::INFINITY),
            ((0..64).map(f64::from).collect(), vec![1.0 / 65.0; 65], 0.0),
        ] {
            assert!(Distribution::new(edges.clone(), shares, missing).is_err(), "{edges:?}");
        }
        assert!(Distribution::new(vec![], vec![0.5], 0.5).is_ok());
    }
}
