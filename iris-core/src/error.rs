//! The one error type of the crate.

use std::borrow::Cow;
use std::fmt;

/// Why a call or a model was refused.
///
/// The message names what is wrong, where, and what would be right. Programs
/// branch on [`kind`](Error::kind), [`row`](Error::row) and
/// [`feature`](Error::feature) instead of on the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Error(Box<Inner>);

/// The result of every fallible call in this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of mistake an [`Error`] reports.
///
/// Exhaustive on purpose: an adapter maps every kind to its own transport's
/// statuses, and a new kind must not compile until it has been mapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// A row, or a batch, has another number of columns than the model has features.
    InputLength,
    /// A feature is NaN or infinite and the model declares no missing values.
    InputNotFinite,
    /// The features are finite, but so large that the model's scores are not.
    ScoreOverflow,
    /// A buffer of the caller's has another length than the answer.
    OutputLength,
    /// Probabilities were asked of a model that only gives scores.
    NoProbabilities,
    /// The file is not a model: cut short, inconsistent, or out of bounds.
    MalformedModel,
    /// The file is a model, but uses something that this crate does not read.
    UnsupportedModel,
    /// The model does not reproduce the golden vectors that it carries.
    GoldenMismatch,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Inner {
    kind: ErrorKind,
    message: Cow<'static, str>,
    row: Option<usize>,
    feature: Option<usize>,
}

impl Error {
    /// What kind of mistake it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The zero-based row of the batch at fault, where one is.
    #[must_use]
    pub fn row(&self) -> Option<usize> {
        self.0.row
    }

    /// The zero-based feature at fault, where one is.
    #[must_use]
    pub fn feature(&self) -> Option<usize> {
        self.0.feature
    }

    #[cold]
    pub(crate) fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner { kind, message: message.into(), row: None, feature: None }))
    }

    #[cold]
    pub(crate) fn malformed(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::MalformedModel, message)
    }

    #[cold]
    pub(crate) fn unsupported(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::UnsupportedModel, message)
    }

    /// The same error about this row of a batch, for a caller that goes through it row by row.
    #[must_use]
    pub fn at_row(mut self, row: usize) -> Self {
        self.0.row = Some(row);
        self
    }

    pub(crate) fn at_feature(mut self, feature: usize) -> Self {
        self.0.feature = Some(feature);
        self
    }

    /// Puts the place in front of the message, from the inside out.
    pub(crate) fn within(mut self, place: impl fmt::Display) -> Self {
        self.0.message = format!("{place}: {}", self.0.message).into();
        self
    }
}

impl fmt::Display for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.row {
            Some(row) => write!(f, "row {row}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_and_accessors_name_the_place() {
        let error = Error::new(ErrorKind::InputNotFinite, "petal_width is NaN").at_feature(3).at_row(7);
        assert_eq!(error.to_string(), "row 7: petal_width is NaN");
        assert_eq!(
            (error.kind(), error.row(), error.feature()),
            (ErrorKind::InputNotFinite, Some(7), Some(3))
        );
    }

    #[test]
    fn places_nest_from_the_inside_out() {
        let error =
            Error::malformed("2 values are missing").within("tensor 'coef'").within("node 3 (MatMul)");
        assert_eq!(error.to_string(), "node 3 (MatMul): tensor 'coef': 2 values are missing");
    }

    #[test]
    fn an_error_is_one_pointer_wide() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }
}
