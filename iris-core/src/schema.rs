//! What a model expects and answers: columns, task, classes.

mod categories;
mod cell;
#[cfg(feature = "boosters")]
mod city_hash;
mod distribution;
mod label;

use std::collections::HashSet;

use crate::error::{Error, Result};
pub use categories::Categories;
pub use cell::Cell;
pub use distribution::Distribution;
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
    pub(crate) contributions: std::result::Result<usize, String>,
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

/// The input columns, and where each name is.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(transparent))]
pub(crate) struct Features {
    columns: Vec<Feature>,
    #[cfg_attr(feature = "serde", serde(skip))]
    /// Indices of the columns in the order of their names; none where these are
    /// `x0`, `x1`, …, which say themselves where they are.
    by_name: Vec<usize>,
    #[cfg_attr(feature = "serde", serde(skip))]
    has_categories: bool,
}

/// One input column.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Feature {
    pub(crate) name: String,
    pub(crate) kind: ColumnKind,
    pub(crate) unit: Option<String>,
    pub(crate) statistics: Option<Statistics>,
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub(crate) distribution: Option<Distribution>,
    pub(crate) accepts_missing: bool,
}

/// What a column holds, as rows are written by people and programs.
///
/// In a row each column is one `f64`, whatever it holds:
/// [`Feature::encode`] makes it of what a caller has.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum ColumnKind {
    /// A number, finite or, where the column accepts it, missing. Truth values are 0 and 1.
    Number,
    /// A text out of those that the model was fitted on.
    Category(Categories),
    /// Any text, which the model takes apart itself. In a row stands its number among the
    /// [`Texts`](crate::Texts) that come along.
    Text,
    /// Nothing that the model looks at, as of columns that a `ColumnTransformer` drops.
    Ignored,
}

/// How one feature was distributed over the training data, in the feature's own unit.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
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
        let Features { columns, by_name, .. } = &self.features;
        if by_name.is_empty() {
            let index = number_in(name)?;
            return columns.get(index).filter(|column| column.name == name).map(|_| index);
        }
        let found = by_name.binary_search_by(|index| columns[*index].name.as_str().cmp(name)).ok()?;
        Some(by_name[found])
    }

    /// Whether some column holds texts, so that rows are made with [`encode`](Self::encode), or
    /// with [`encode_with`](Self::encode_with).
    #[must_use]
    pub fn has_categories(&self) -> bool {
        self.features.has_categories
    }

    /// Length of a row.
    #[must_use]
    pub fn n_features(&self) -> usize {
        self.features.columns.len()
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
    pub fn contributions(&self) -> std::result::Result<usize, &str> {
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

impl Features {
    pub(crate) fn new(columns: Vec<Feature>) -> Self {
        let is_numbered = |(index, column): (usize, &Feature)| number_in(&column.name) == Some(index);
        let n_sorted = if columns.iter().enumerate().all(is_numbered) { 0 } else { columns.len() };
        let mut by_name: Vec<usize> = (0..n_sorted).collect();
        by_name.sort_unstable_by(|a, b| columns[*a].name.cmp(&columns[*b].name));
        let has_categories = columns.iter().any(Feature::holds_texts);
        Self { columns, by_name, has_categories }
    }

    /// The columns, whose names stay.
    #[cfg(feature = "skops")]
    pub(crate) fn columns_mut(&mut self) -> &mut [Feature] {
        &mut self.columns
    }

    /// Gives these names to columns that have none but `x0`, `x1`, …, if there are as many.
    #[cfg(feature = "folders")]
    pub(crate) fn name_unnamed(&mut self, names: Vec<String>) -> Result<()> {
        let is_unnamed = |(index, column): (usize, &Feature)| column.name == format!("x{index}");
        if names.len() != self.columns.len() || !self.columns.iter().enumerate().all(is_unnamed) {
            return Ok(());
        }
        check_names(&names)?;
        let mut columns = std::mem::take(&mut self.columns);
        columns.iter_mut().zip(names).for_each(|(column, name)| column.name = name);
        *self = Self::new(columns);
        Ok(())
    }

    /// Notes which columns the model fills in; none where the list is empty.
    pub(crate) fn accept_missing(&mut self, accepted: &[bool]) {
        self.columns
            .iter_mut()
            .zip(accepted)
            .for_each(|(column, accepted)| column.accepts_missing = *accepted);
    }
}

/// Which column a name such as `x7` stands for, if it was given none other.
fn number_in(name: &str) -> Option<usize> {
    name.strip_prefix('x')?.parse().ok()
}

/// That no two features have the same name.
pub(crate) fn check_names<'n>(names: impl IntoIterator<Item = &'n String>) -> Result<()> {
    let mut seen = HashSet::new();
    match names.into_iter().find(|name| !seen.insert(name.as_str())) {
        Some(name) => Err(Error::malformed(format!("feature '{name}' is named twice"))),
        None => Ok(()),
    }
}

impl Feature {
    /// A column of which nobody has said yet what it holds.
    #[cfg(feature = "pickle")]
    pub(crate) fn undecided(name: String) -> Self {
        Self { kind: ColumnKind::Ignored, ..Self::number(name) }
    }

    /// A column of numbers of which nothing more is known.
    pub(crate) fn number(name: String) -> Self {
        Self {
            name,
            kind: ColumnKind::Number,
            unit: None,
            statistics: None,
            distribution: None,
            accepts_missing: false,
        }
    }

    /// The column's name, such as `sepal_length`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the column holds.
    #[must_use]
    pub fn kind(&self) -> &ColumnKind {
        &self.kind
    }

    /// The texts that the column may hold, if it holds texts.
    #[must_use]
    pub fn categories(&self) -> Option<&Categories> {
        match &self.kind {
            ColumnKind::Category(categories) => Some(categories),
            ColumnKind::Number | ColumnKind::Text | ColumnKind::Ignored => None,
        }
    }

    /// Whether the column holds texts: of a vocabulary, or any.
    #[must_use]
    pub fn holds_texts(&self) -> bool {
        matches!(self.kind, ColumnKind::Category(_) | ColumnKind::Text)
    }

    /// Whether NaN stands for a missing value that the model fills in.
    #[must_use]
    pub fn accepts_missing(&self) -> bool {
        self.accepts_missing
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

    /// How its values were spread over the training data, if the model's package says so.
    #[must_use]
    pub fn distribution(&self) -> Option<&Distribution> {
        self.distribution.as_ref()
    }
}

impl ColumnKind {
    /// The kind in a word, as it is serialised.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Category(_) => "category",
            Self::Text => "text",
            Self::Ignored => "ignored",
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_by_their_names_whether_these_are_numbers_or_not() {
        let index = |names: &[&str], name: &str| {
            let columns = names.iter().map(|name| Feature::number((*name).to_owned())).collect();
            let schema = Schema {
                name: None,
                version: None,
                description: None,
                features: Features::new(columns),
                task: Task::Regress { n_targets: 1 },
                answers_column: false,
                answer_distribution: None,
                is_of_trees: false,
                contributions: Ok(0),
                dtype: Dtype::F64,
                notes: Vec::new(),
            };
            schema.feature_index(name)
        };
        let numbered = ["x0", "x1", "x2"];
        assert_eq!(["x0", "x2"].map(|name| index(&numbered, name)), [Some(0), Some(2)]);
        assert!(["x3", "x01", "x+1", "x", "1", ""].iter().all(|name| index(&numbered, name).is_none()));
        for names in [["x1", "x0", "b"], ["x+0", "x01", "x2"]] {
            for (place, name) in names.iter().enumerate() {
                assert_eq!(index(&names, name), Some(place));
            }
            assert_eq!(index(&names, "a"), None);
        }
    }
}
