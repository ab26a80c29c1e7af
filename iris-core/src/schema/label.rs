//! Class labels: those of a model, and one of them.

use std::collections::HashSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::mem::discriminant;

use crate::error::{Error, ErrorKind, Result};

/// The class labels in the order of the columns of `predict_proba`, all of the
/// type that the model was trained on.
///
/// Labels are equal if they are of one type and the same, floats bit for bit.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(untagged))]
#[non_exhaustive]
pub enum Labels {
    /// Trained on strings.
    Strings(Vec<String>),
    /// Trained on integers.
    Integers(Vec<i64>),
    /// Trained on booleans.
    Booleans(Vec<bool>),
    /// Trained on floats, such as 0.0 and 1.0; finite, and no negative zero, in a model that loaded.
    Floats(Vec<f64>),
}

/// The label of one class, as the model was trained on it.
///
/// It is shown as JSON writes it: `true`, and `1.0` for a float. Labels are
/// equal if they are of one type and the same, floats bit for bit.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(untagged))]
#[non_exhaustive]
pub enum Label<'a> {
    /// A string label.
    String(&'a str),
    /// An integer label.
    Integer(i64),
    /// A boolean label.
    Boolean(bool),
    /// A float label.
    Float(f64),
}

impl Labels {
    /// Number of classes.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Strings(labels) => labels.len(),
            Self::Integers(labels) => labels.len(),
            Self::Booleans(labels) => labels.len(),
            Self::Floats(labels) => labels.len(),
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
            Self::Booleans(labels) => labels.get(class_index).copied().map(Label::Boolean),
            Self::Floats(labels) => labels.get(class_index).copied().map(Label::Float),
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
        if let Some(label) = self.iter().find(|label| !label.is_name()) {
            let message = format!("{label} is no label that a class could be called by");
            return Err(Error::new(ErrorKind::UnsupportedModel, message));
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
            _ => None,
        }
    }

    /// The label's integer, if it is one.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match *self {
            Self::Integer(label) => Some(label),
            _ => None,
        }
    }

    /// The label's truth value, if it is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match *self {
            Self::Boolean(label) => Some(label),
            _ => None,
        }
    }

    /// The label's float, if it is one.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        match *self {
            Self::Float(label) => Some(label),
            _ => None,
        }
    }

    /// Whether it survives every way of writing it: not so -0.0, infinities and NaN.
    fn is_name(self) -> bool {
        match self {
            Self::Float(label) => label.is_finite() && label.to_bits() != (-0.0f64).to_bits(),
            Self::String(_) | Self::Integer(_) | Self::Boolean(_) => true,
        }
    }
}

impl PartialEq for Labels {
    fn eq(&self, other: &Self) -> bool {
        discriminant(self) == discriminant(other) && self.iter().eq(other.iter())
    }
}

impl Eq for Labels {}

impl PartialEq for Label<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::String(ours), Self::String(theirs)) => ours == theirs,
            (Self::Integer(ours), Self::Integer(theirs)) => ours == theirs,
            (Self::Boolean(ours), Self::Boolean(theirs)) => ours == theirs,
            (Self::Float(ours), Self::Float(theirs)) => ours.to_bits() == theirs.to_bits(),
            _ => false,
        }
    }
}

impl Eq for Label<'_> {}

impl Hash for Label<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        discriminant(self).hash(state);
        match self {
            Self::String(label) => label.hash(state),
            Self::Integer(label) => label.hash(state),
            Self::Boolean(label) => label.hash(state),
            Self::Float(label) => label.to_bits().hash(state),
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

impl From<bool> for Label<'_> {
    fn from(label: bool) -> Self {
        Self::Boolean(label)
    }
}

impl From<f64> for Label<'_> {
    fn from(label: f64) -> Self {
        Self::Float(label)
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

impl PartialEq<bool> for Label<'_> {
    fn eq(&self, other: &bool) -> bool {
        self.as_bool() == Some(*other)
    }
}

impl PartialEq<f64> for Label<'_> {
    fn eq(&self, other: &f64) -> bool {
        self.as_f64() == Some(*other)
    }
}

impl fmt::Display for Label<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::String(label) => f.pad(label),
            Self::Integer(label) => label.fmt(f),
            Self::Boolean(label) => fmt::Display::fmt(label, f),
            // 1 would be an integer's.
            Self::Float(label) => fmt::Debug::fmt(label, f),
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
        let (yes, half) = (Label::from(true), Label::from(0.5));
        assert!(yes == true && yes != false && yes != 1 && yes != "true" && yes != 1.0);
        assert!(half == 0.5 && half != 0 && half != "0.5");
        assert_eq!(
            (yes.as_bool(), yes.as_f64(), half.as_f64(), half.as_i64()),
            (Some(true), None, Some(0.5), None)
        );
    }

    #[test]
    fn labels_of_two_types_differ() {
        let one = [Label::Integer(1), Label::Float(1.0), Label::Boolean(true), Label::String("1")];
        assert_eq!(HashSet::from(one).len(), 4);
        assert_ne!(Labels::Integers(vec![]), Labels::Floats(vec![]));
        assert_ne!(Labels::Floats(vec![0.0]), Labels::Floats(vec![-0.0]));
        assert_eq!(Labels::Floats(vec![f64::NAN]), Labels::Floats(vec![f64::NAN]));
    }

    #[test]
    fn they_are_shown_as_json_writes_them() {
        let shown = [Label::Float(1.0), Label::Float(-2.5), Label::Float(1e300), Label::Boolean(false)];
        assert_eq!(shown.map(|label| label.to_string()), ["1.0", "-2.5", "1e300", "false"]);
    }

    #[test]
    fn a_class_is_called_by_a_finite_number() {
        Labels::Floats(vec![0.0, 1.0]).check(2).unwrap();
        Labels::Booleans(vec![false, true]).check(2).unwrap();
        for label in [-0.0, f64::NAN, f64::INFINITY] {
            Labels::Floats(vec![label, 1.0]).check(2).unwrap_err();
        }
        Labels::Floats(vec![1.0, 1.0]).check(2).unwrap_err();
        Labels::Booleans(vec![true, true]).check(2).unwrap_err();
    }
}
