//! What a request asks of a model.

use iris_core::Texts;

/// What a request asks.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Asked {
    /// Row-major, `n_features` numbers a row, one row at least.
    pub rows: Vec<f64>,
    /// What rows refer to in columns of free text.
    pub texts: Texts,
    /// What is wanted of each row.
    pub want: Want,
}

/// What is wanted beside the class or the value, which is always there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Want {
    /// Every class's probability.
    pub probabilities: bool,
    /// The scores of `decision_function`.
    pub scores: bool,
    /// What each feature contributes; [`Model::check_want`](crate::Model::check_want) says whether a request may have that.
    pub contributions: bool,
}
