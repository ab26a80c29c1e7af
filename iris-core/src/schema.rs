//! What a model expects and answers: columns, task, classes.

mod categories;
mod cell;
#[cfg(feature = "boosters")]
mod city_hash;
mod distribution;
mod feature;
mod features;
mod label;

pub use categories::Categories;
pub use cell::Cell;
pub use distribution::Distribution;
pub use feature::{ColumnKind, Feature, Statistics};
pub(crate) use features::{Features, check_names};
pub use label::{Label, Labels};

/// What goes into a model and what comes out.
///
/// With the feature `serde` it serialises as an object of `name`, `version`,
/// `description`, `features`, `task`, `dtype` and, if there are any, `answer_distribution` and `notes`.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Schema {
    pub(crate) name: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) features: Features,
    pub(crate) task: Task,
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(crate) answers_column: bool,
    /// Whether answers are sums over trees. The model says so when it is put together.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(crate) is_of_trees: bool,
    /// How many outputs have contributions, or why none has. The model says so likewise.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(crate) contributions: Result<usize, String>,
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub(crate) answer_distribution: Option<Distribution>,
    pub(crate) dtype: Dtype,
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Vec::is_empty"))]
    pub(crate) notes: Vec<String>,
}

/// What a model is for.
///
/// Exhaustive on purpose: whoever answers requests has to say what each task's
/// answers look like.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(tag = "kind", rename_all = "snake_case"))]
pub enum Task {
    /// One of several classes.
    Classify {
        /// The class labels in the order of the columns of `predict_proba`; at least two.
        labels: Labels,
        /// Whether there are probabilities, or scores only.
        has_probabilities: bool,
    },
    /// One number a target.
    Regress {
        /// How many targets; at least one.
        n_targets: usize,
    },
}

/// The number type that the model file declares for its input.
///
/// The arithmetic is `f64` either way; `F32` says that the file's own
/// coefficients carry seven digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum Dtype {
    /// IEEE 754 binary32.
    #[cfg_attr(feature = "serde", serde(rename = "FP32"))]
    F32,
    /// IEEE 754 binary64.
    #[cfg_attr(feature = "serde", serde(rename = "FP64"))]
    F64,
}

impl Schema {
    /// The model's own name, if its file carries one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The model's version, if its file carries one.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// One sentence about the model, if its file carries one.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// The input columns, in the order of a row.
    #[must_use]
    pub fn features(&self) -> &[Feature] {
        self.features.columns()
    }

    /// The names of the columns for a message: the first eight, then `…`.
    #[must_use]
    pub fn feature_list(&self) -> String {
        let features = self.features();
        let mut names: Vec<&str> = features.iter().take(8).map(Feature::name).collect();
        if names.len() < features.len() {
            names.push("…");
        }
        names.join(", ")
    }

    /// The column of this name.
    #[must_use]
    pub fn feature_index(&self, name: &str) -> Option<usize> {
        self.features.index(name)
    }

    /// Whether some column holds texts, so that rows are made with [`encode`](Self::encode), or
    /// with [`encode_with`](Self::encode_with).
    #[must_use]
    pub fn has_categories(&self) -> bool {
        self.features.has_categories()
    }

    /// Length of a row.
    #[must_use]
    pub fn n_features(&self) -> usize {
        self.features.columns().len()
    }

    /// What the model is for.
    #[must_use]
    pub fn task(&self) -> &Task {
        &self.task
    }

    /// The class labels, in the order of the columns of `predict_proba`; none of a regressor.
    #[must_use]
    pub fn labels(&self) -> &Labels {
        static NONE: Labels = Labels::Integers(Vec::new());
        match &self.task {
            Task::Classify { labels, .. } => labels,
            Task::Regress { .. } => &NONE,
        }
    }

    /// Number of classes; at least two of a classifier, 0 of a regressor.
    #[must_use]
    pub fn n_classes(&self) -> usize {
        self.labels().len()
    }

    /// Number of targets; at least one of a regressor, 0 of a classifier.
    #[must_use]
    pub fn n_targets(&self) -> usize {
        match self.task {
            Task::Classify { .. } => 0,
            Task::Regress { n_targets } => n_targets,
        }
    }

    /// Whether a regressor of one target was fitted on a column of them, so that
    /// scikit-learn answers a table, a row for each, and no list. A file may not tell.
    #[must_use]
    pub fn answers_column(&self) -> bool {
        self.answers_column
    }

    /// How the model's own answers were spread over the training data, if its package says so: classes
    /// by their indices, or the values of a single target.
    #[must_use]
    pub fn answer_distribution(&self) -> Option<&Distribution> {
        self.answer_distribution.as_ref()
    }

    /// The number type that the model file declares.
    #[must_use]
    pub fn dtype(&self) -> Dtype {
        self.dtype
    }

    /// What the file did not tell, and how it was read then: a sentence each.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Whether the model gives probabilities. A ridge classifier or a linear
    /// SVC gives scores only, a regressor numbers.
    #[must_use]
    pub fn has_probabilities(&self) -> bool {
        matches!(self.task, Task::Classify { has_probabilities: true, .. })
    }

    /// How many outputs there are contributions of, at least one: a classifier's columns of
    /// `decision_function` or, where trees add up probabilities, its classes; a regressor's targets.
    ///
    /// # Errors
    ///
    /// Why there are none: part of a sentence about the model, such as `its file does not tell …`.
    pub fn contributions(&self) -> Result<usize, &str> {
        self.contributions.as_ref().copied().map_err(String::as_str)
    }

    /// How exact the model's answers are, beside those of the library that trained it: a sentence.
    #[must_use]
    pub fn contract(&self) -> &'static str {
        if self.is_of_trees {
            return match self.task {
                Task::Classify { .. } => {
                    "the same class on every row; sums over trees to the last bit, added up in the library's own \
                     order; probabilities within a few units in the last place"
                }
                Task::Regress { .. } => {
                    "sums over trees to the last bit, added up in the library's own order; what an exponential \
                     makes of them within a few units in the last place"
                }
            };
        }
        match (self.dtype, &self.task) {
            (Dtype::F64, Task::Classify { .. }) => {
                "the same class on every row; scores and probabilities within 1e-12, relative to the largest"
            }
            (Dtype::F64, Task::Regress { .. }) => "numbers within 1e-12, relative to the largest",
            (Dtype::F32, _) => {
                "computed in double precision with weights that the file has in single, so to seven digits"
            }
        }
    }

    /// Whether NaN stands for a missing value that the model fills in, in some column at least.
    #[must_use]
    pub fn accepts_missing(&self) -> bool {
        self.features().iter().any(Feature::accepts_missing)
    }
}

impl Dtype {
    /// The name that ONNX and the Open Inference Protocol use: `FP32` or `FP64`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "FP32",
            Self::F64 => "FP64",
        }
    }
}
