//! Class labels: those of a model, and one of them.

use std::collections::HashSet;
use std::fmt;

use crate::error::{Error, Result};

/// The class labels in the order of the columns of `predict_proba`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(untagged))]
#[non_exhaustive]
pub enum Labels {
    /// Trained on strings.
    Strings(Vec<String>),
    /// Trained on integers.
    Integers(Vec<i64>),
}

/// The label of one class, as the model was trained on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(untagged))]
#[non_exhaustive]
pub enum Label<'a> {
    /// A string label.
    String(&'a str),
    /// An integer label.
    Integer(i64),
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

    /// Checks that there is one label a score, each another, and two at least.
    pub(crate) fn check(&self, n_scores: usize) -> Result<()> {
        if n_scores < 2 {
            return Err(Error::malformed(format!(
                "a classifier needs two classes, the graph has {n_scores}"
            )));
        }
        if self.len() != n_scores {
            return Err(Error::malformed(format!("{} class labels for {n_scores} scores", self.len())));
        }
        let mut seen = HashSet::new();
        match self.iter().find(|label| !seen.insert(*label)) {
            None => Ok(()),
            Some(label) => Err(Error::malformed(format!("class label '{label}' appears twice"))),
        }
    }

    /// Every label, in the order of the classes.
    pub fn iter(&self) -> impl Iterator<Item = Label<'_>> {
        (0..self.len()).filter_map(|class_index| self.get(class_index))
    }
}

impl<'a> Label<'a> {
    /// The label's text, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&'a str> {
        match *self {
            Self::String(label) => Some(label),
            Self::Integer(_) => None,
        }
    }

    /// The label's number, if it is one.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match *self {
            Self::String(_) => None,
            Self::Integer(label) => Some(label),
        }
    }
}

impl<'a> From<&'a str> for Label<'a> {
    fn from(label: &'a str) -> Self {
        Self::String(label)
    }
}

impl From<i64> for Label<'_> {
    fn from(label: i64) -> Self {
        Self::Integer(label)
    }
}

impl PartialEq<str> for Label<'_> {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == Some(other)
    }
}

impl PartialEq<&str> for Label<'_> {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == Some(*other)
    }
}

impl PartialEq<i64> for Label<'_> {
    fn eq(&self, other: &i64) -> bool {
        self.as_i64() == Some(*other)
    }
}

impl fmt::Display for Label<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::String(label) => f.pad(label),
            Self::Integer(label) => label.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_compared_with_what_people_write() {
        let (setosa, seven) = (Label::String("setosa"), Label::Integer(7));
        assert!(setosa == "setosa" && setosa != "virginica" && setosa != 7);
        assert!(seven == 7 && seven != 8 && seven != "7");
        assert_eq!((setosa.as_str(), setosa.as_i64()), (Some("setosa"), None));
        assert_eq!(Label::from(7), seven);
    }
}
