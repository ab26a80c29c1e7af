//! The answer for one row.

use crate::Label;

/// The class that a model gives one row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prediction<'a> {
    pub(crate) class_index: usize,
    pub(crate) label: Label<'a>,
    pub(crate) probability: Option<f64>,
}

impl<'a> Prediction<'a> {
    /// Zero-based index of the class: the column of `predict_proba`.
    #[must_use]
    pub fn class_index(&self) -> usize {
        self.class_index
    }

    /// The class as the model was trained on it.
    #[must_use]
    pub fn label(&self) -> Label<'a> {
        self.label
    }

    /// The largest class probability, in [0, 1]; `None` from a model that
    /// gives only scores.
    #[must_use]
    pub fn probability(&self) -> Option<f64> {
        self.probability
    }
}
