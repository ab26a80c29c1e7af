//! A model as any of XGBoost's formats has it.

use std::collections::BTreeSet;

use crate::trees::Tree;

/// XGBoost's `Learner`: what was trained, and what is known of the columns.
#[derive(Debug)]
pub(super) struct Learner {
    /// The release that wrote it, major and minor; (0, 90) where a file is too old to say.
    pub(super) version: (u32, u32),
    pub(super) base_score: BaseScore,
    pub(super) n_features: usize,
    /// 0 or 1 unless there are more than two classes.
    pub(super) n_classes: usize,
    pub(super) n_targets: usize,
    pub(super) objective: String,
    pub(super) boosting: Boosting,
    /// What the wrapper wrote down, such as `best_iteration`.
    pub(super) attributes: Vec<(String, String)>,
    /// Empty where the file has none.
    pub(super) feature_names: Vec<String>,
    /// The categories of each column, where the file has them; else empty.
    pub(super) categories: Vec<Option<Names>>,
}

/// What every row begins with.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum BaseScore {
    /// As users give it: of the type of the answer. One, or one an output.
    Answer(Vec<f32>),
    /// As it is added.
    Margin(f32),
}

/// What was boosted.
#[derive(Debug)]
pub(super) enum Boosting {
    Trees(Ensemble),
    /// A weight an output for each feature, then the intercepts.
    Linear(Vec<f32>),
}

/// Trees in their order.
#[derive(Debug, Default)]
pub(super) struct Ensemble {
    /// Those with leaves of one number have no output yet.
    pub(super) trees: Vec<Tree>,
    /// The output of each tree, unless its leaves have a number for every output.
    pub(super) groups: Vec<usize>,
    /// The weight of each, of `dart`.
    pub(super) weights: Option<Vec<f32>>,
    /// Trees of an output in a round, where the file says.
    pub(super) n_parallel: Option<usize>,
    /// Where each round begins, and the last ends, where the file says.
    pub(super) rounds: Vec<usize>,
    /// Whether leaves have a number for every output.
    pub(super) has_vectors: bool,
    /// The columns that are asked about as categories.
    pub(super) categorical: BTreeSet<usize>,
}

/// What the categories of a column are called; their codes are the places.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Names {
    Texts(Vec<String>),
    Numbers(Vec<f64>),
}

impl Learner {
    /// Margins of a row.
    pub(super) fn n_outputs(&self) -> usize {
        if self.n_classes > 1 { self.n_classes } else { self.n_targets }
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}
