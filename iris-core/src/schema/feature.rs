//! One input column: what it is called, and what it holds.

use super::{Categories, Distribution};

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
