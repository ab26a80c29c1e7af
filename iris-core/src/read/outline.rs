//! What stands in a file, as a tree of estimators that people can read.

mod columns;
mod defaults;
#[cfg(feature = "pickle")]
mod pickled;
#[cfg(feature = "pickle")]
mod values;

use serde::Serialize;

#[cfg(feature = "pickle")]
pub(super) use pickled::{of, versions};

/// An estimator of a file, or something else that stands in its place, with
/// those that stand within it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Outline {
    /// What it is called where it stands: the name of a step or a branch, the key of a dict.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The columns that it is given, of a branch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub columns: Option<String>,
    /// Its class, such as `sklearn.linear_model._logistic.LogisticRegression`, or its operator.
    pub class: String,
    /// The parameters that are not as scikit-learn has them by default, each as Python writes it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<(String, String)>,
    /// How many of these there are, one like the other, as the trees of a forest.
    #[serde(skip_serializing_if = "is_one")]
    pub count: usize,
    /// Whether there is a builder for its class.
    pub is_read: bool,
    /// The estimators within it, in the order in which a row meets them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub within: Vec<Self>,
}

impl Outline {
    pub(super) fn new(class: String, is_read: bool) -> Self {
        Self {
            name: None,
            columns: None,
            class,
            parameters: Vec::new(),
            count: 1,
            is_read,
            within: Vec::new(),
        }
    }

    /// The last part of the class.
    #[must_use]
    pub fn short_class(&self) -> &str {
        self.class.rsplit('.').next().unwrap_or(&self.class)
    }

    /// In a line, as scikit-learn writes an estimator: `LogisticRegression(C=0.5)`.
    #[must_use]
    pub fn line(&self) -> String {
        let parameters: Vec<String> =
            self.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let times = if self.count > 1 { format!("{} × ", self.count) } else { String::new() };
        // What is told by a word, such as 'passthrough', is not called.
        if !self.class.contains('.') && self.parameters.is_empty() {
            return format!("{times}{}", self.class);
        }
        format!("{times}{}({})", self.short_class(), parameters.join(", "))
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_one(count: &usize) -> bool {
    *count == 1
}
