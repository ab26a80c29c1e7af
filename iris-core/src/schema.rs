//! What a model expects and answers: feature names, units, classes.

use crate::spans;

/// What goes into a model and what comes out.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    pub(crate) name: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) features: Features,
    pub(crate) labels: Labels,
    pub(crate) dtype: Dtype,
    pub(crate) has_probabilities: bool,
    pub(crate) accepts_missing: bool,
}

/// The input columns, and where each name is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Features {
    columns: Vec<Feature>,
    /// Indices of the columns in the order of their names.
    by_name: Vec<usize>,
}

/// One input column.
#[derive(Debug, Clone, PartialEq)]
pub struct Feature {
    pub(crate) name: String,
    pub(crate) unit: Option<String>,
    pub(crate) statistics: Option<Statistics>,
}

/// How one feature was distributed over the training data, in the feature's own unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Statistics {
    /// Smallest value seen.
    pub min: f64,
    /// Largest value seen.
    pub max: f64,
    /// Arithmetic mean.
    pub mean: f64,
    /// Population standard deviation (divided by n).
    pub std: f64,
}

/// The class labels in the order of the columns of `predict_proba`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Labels {
    /// Trained on strings.
    Strings(Vec<String>),
    /// Trained on integers.
    Integers(Vec<i64>),
}

/// The label of one class, as the model was trained on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Label<'a> {
    /// A string label.
    String(&'a str),
    /// An integer label.
    Integer(i64),
}

/// The number type that the model file declares for its input.
///
/// The arithmetic is `f64` either way; `F32` says that the file's own
/// coefficients carry seven digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dtype {
    /// IEEE 754 binary32.
    F32,
    /// IEEE 754 binary64.
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
        &self.features.columns
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
        let Features { columns, by_name } = &self.features;
        let found = by_name.binary_search_by(|index| columns[*index].name.as_str().cmp(name)).ok()?;
        Some(by_name[found])
    }

    /// Whether the columns are the four that have span attributes of their own.
    pub(crate) fn has_iris_features(&self) -> bool {
        self.features().iter().map(Feature::name).eq(spans::ATTRIBUTES.map(|(name, _)| name))
    }

    /// Length of a row.
    #[must_use]
    pub fn n_features(&self) -> usize {
        self.features.columns.len()
    }

    /// The class labels, in the order of the columns of `predict_proba`.
    #[must_use]
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// Number of classes; at least two.
    #[must_use]
    pub fn n_classes(&self) -> usize {
        self.labels.len()
    }

    /// The number type that the model file declares.
    #[must_use]
    pub fn dtype(&self) -> Dtype {
        self.dtype
    }

    /// Whether the model gives probabilities. A ridge classifier or a linear
    /// SVC gives scores only.
    #[must_use]
    pub fn has_probabilities(&self) -> bool {
        self.has_probabilities
    }

    /// Whether NaN stands for a missing value that the model fills in.
    #[must_use]
    pub fn accepts_missing(&self) -> bool {
        self.accepts_missing
    }
}

impl Features {
    pub(crate) fn new(columns: Vec<Feature>) -> Self {
        let mut by_name: Vec<usize> = (0..columns.len()).collect();
        by_name.sort_unstable_by(|a, b| columns[*a].name.cmp(&columns[*b].name));
        Self { columns, by_name }
    }
}

impl Feature {
    /// The column's name, such as `sepal_length`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The unit that the model was trained in, such as `cm`.
    #[must_use]
    pub fn unit(&self) -> Option<&str> {
        self.unit.as_deref()
    }

    /// The distribution over the training data, if the file carries it.
    #[must_use]
    pub fn statistics(&self) -> Option<&Statistics> {
        self.statistics.as_ref()
    }
}

impl Labels {
    /// Number of classes.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Strings(labels) => labels.len(),
            Self::Integers(labels) => labels.len(),
        }
    }

    /// Whether there is no class at all; never so in a model that loaded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The label of a class, or `None` past the last one.
    #[must_use]
    pub fn get(&self, class_index: usize) -> Option<Label<'_>> {
        match self {
            Self::Strings(labels) => labels.get(class_index).map(|label| Label::String(label)),
            Self::Integers(labels) => labels.get(class_index).copied().map(Label::Integer),
        }
    }

    /// Every label, in the order of the classes.
    pub fn iter(&self) -> impl Iterator<Item = Label<'_>> {
        (0..self.len()).filter_map(|class_index| self.get(class_index))
    }
}

impl std::fmt::Display for Label<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::String(label) => f.pad(label),
            Self::Integer(label) => label.fmt(f),
        }
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
