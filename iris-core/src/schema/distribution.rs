//! How the values of a feature were spread over the training data.

#[cfg(any(test, feature = "onnx", feature = "skops"))]
use crate::error::{Error, Result};

/// How values were spread over the training data, of one feature or of the answers: the share of each of a
/// few bins. Numbers are binned by where they lie, a little less than equally as a rule; texts and
/// classes each have a bin, with one more for all others.
///
/// Of a column of free text, what is binned is how many characters it has.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Distribution {
    #[cfg_attr(feature = "serde", serde(flatten))]
    bins: Bins,
    shares: Vec<f64>,
    missing: f64,
}

#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[cfg_attr(
    not(any(test, feature = "onnx", feature = "skops")),
    expect(dead_code, reason = "the formats that say how values were spread are not read")
)]
enum Bins {
    Edges(Vec<f64>),
    Texts(Vec<Known>),
}

/// A text that has a bin, and what stands for it in a row.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(transparent))]
struct Known {
    text: String,
    #[cfg_attr(feature = "serde", serde(skip))]
    code: f64,
}

/// Bins that there may be.
#[cfg(any(test, feature = "onnx", feature = "skops"))]
pub(crate) const MOST: usize = 64;

impl Distribution {
    /// `shares` is one longer than `edges`, which ascend; with `missing` they come to 1.
    #[cfg(any(test, feature = "onnx", feature = "skops"))]
    pub(crate) fn new(edges: Vec<f64>, shares: Vec<f64>, missing: f64) -> Result<Self> {
        let ascends = edges.iter().all(|edge| edge.is_finite()) && edges.is_sorted_by(|a, b| a < b);
        if edges.len() >= MOST || shares.len() != edges.len() + 1 || !ascends || !is_whole(&shares, missing) {
            return Err(Error::malformed(
                "training_statistics: expected for each feature edges that ascend, fewer than 64, one share more, \
                 and what is missing, which come to 1",
            ));
        }
        Ok(Self { bins: Bins::Edges(edges), shares, missing })
    }

    /// `shares` is one longer than `texts`, which have these codes, each another; with `missing` they come to 1.
    #[cfg(any(test, feature = "onnx", feature = "skops"))]
    pub(crate) fn of_texts(texts: Vec<(String, f64)>, mut shares: Vec<f64>, missing: f64) -> Result<Self> {
        if texts.len() >= MOST || shares.len() != texts.len() + 1 || !is_whole(&shares, missing) {
            return Err(Error::malformed(
                "training_statistics: expected for each feature fewer than 64 texts, a share of each and one of \
                 all others, and what is missing, which come to 1",
            ));
        }
        let others = shares.pop();
        let mut known: Vec<(Known, f64)> =
            texts.into_iter().map(|(text, code)| Known { text, code }).zip(shares).collect();
        known.sort_by(|(a, _), (b, _)| a.code.total_cmp(&b.code));
        if let Some(pair) = known.windows(2).find(|pair| pair[0].0.code.total_cmp(&pair[1].0.code).is_eq()) {
            let text = &pair[0].0.text;
            return Err(Error::malformed(format!(
                "training_statistics: the text '{text}' stands there twice"
            )));
        }
        let (known, mut shares): (Vec<Known>, Vec<f64>) = known.into_iter().unzip();
        shares.extend(others);
        Ok(Self { bins: Bins::Texts(known), shares, missing })
    }

    /// Where bins of numbers end, in the feature's own unit; the last one has no end. None where texts have bins.
    #[must_use]
    pub fn edges(&self) -> &[f64] {
        match &self.bins {
            Bins::Edges(edges) => edges,
            Bins::Texts(_) => &[],
        }
    }

    /// The texts that have bins, in the order of these; behind them is the one of all others. None
    /// where numbers are binned.
    #[must_use]
    pub fn texts(&self) -> impl ExactSizeIterator<Item = &str> {
        let known: &[Known] = match &self.bins {
            Bins::Edges(_) => &[],
            Bins::Texts(known) => known,
        };
        known.iter().map(|known| known.text.as_str())
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

    /// The bin of a number, which ends at it or above, of the code of a text or of the index of a class;
    /// `None` of what is missing.
    #[must_use]
    pub fn bin(&self, value: f64) -> Option<usize> {
        (!value.is_nan()).then(|| match &self.bins {
            Bins::Edges(edges) => edges.partition_point(|edge| value > *edge),
            Bins::Texts(known) => {
                let index = known.binary_search_by(|known| known.code.total_cmp(&value));
                index.unwrap_or(known.len())
            }
        })
    }
}

/// Whether these are shares that come to 1.
#[cfg(any(test, feature = "onnx", feature = "skops"))]
fn is_whole(shares: &[f64], missing: f64) -> bool {
    let is_share = |share: &f64| (0.0..=1.0).contains(share);
    let total = shares.iter().sum::<f64>() + missing;
    shares.iter().all(is_share) && is_share(&missing) && (total - 1.0).abs() < 1e-3
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
    fn a_text_has_the_bin_of_its_code_and_others_the_last() {
        let texts =
            |codes: &[(&str, f64)]| codes.iter().map(|(text, code)| ((*text).to_owned(), *code)).collect();
        let spread =
            Distribution::of_texts(texts(&[("c", 7.0), ("a", 0.0)]), vec![0.5, 0.25, 0.125], 0.125).unwrap();
        assert!(spread.texts().eq(["a", "c"]) && spread.edges().is_empty());
        assert_eq!(spread.shares(), [0.25, 0.5, 0.125]);
        assert_eq!([0.0, 7.0, 1.0, -1.0, 1e9].map(|code| spread.bin(code)), [0, 1, 2, 2, 2].map(Some));
        assert_eq!(spread.bin(f64::NAN), None);
        for (codes, shares) in [
            (&[("a", 0.0)][..], vec![1.0]),
            (&[("a", 0.0), ("b", 0.0)], vec![0.5, 0.5, 0.0]),
            (&[("a", 0.0)], vec![0.5, 0.25]),
        ] {
            assert!(Distribution::of_texts(texts(codes), shares, 0.0).is_err(), "{codes:?}");
        }
        let many: Vec<(String, f64)> = (0..64_u8).map(|n| (n.to_string(), f64::from(n))).collect();
        assert!(Distribution::of_texts(many, vec![1.0 / 65.0; 65], 0.0).is_err());
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
