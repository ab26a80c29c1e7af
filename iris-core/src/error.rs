//! The one error type of the crate.

mod class;
mod kind;

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

pub use class::ErrorClass;
pub use kind::ErrorKind;

/// Why a call or a model was refused.
///
/// The message names what is wrong, where, and what would be right. Programs
/// branch on [`kind`](Error::kind) or its [`class`](ErrorKind::class), on
/// [`row`](Error::row), [`feature`](Error::feature) and
/// [`operator`](Error::operator) instead of on the text. What caused it, such
/// as the system's error of a file that cannot be opened, is its
/// [`source`](StdError::source).
#[derive(Clone)]
pub struct Error(Box<Inner>);

/// The result of every fallible call in this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    message: Cow<'static, str>,
    row: Option<usize>,
    feature: Option<usize>,
    operator: Option<Box<str>>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
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

    /// The operator or class of a model file at which reading stopped, such as
    /// `ai.onnx.ml.SVMClassifier` or `sklearn.ensemble._forest.RandomForestClassifier`,
    /// where one is.
    #[must_use]
    pub fn operator(&self) -> Option<&str> {
        self.0.operator.as_deref()
    }

    /// Whether the rows of a call are at fault: see [`ErrorKind::is_input`].
    #[must_use]
    pub fn is_input(&self) -> bool {
        self.kind().is_input()
    }

    /// Whether the model's file is at fault: see [`ErrorKind::is_model`].
    #[must_use]
    pub fn is_model(&self) -> bool {
        self.kind().is_model()
    }

    /// An error with this message, for callers that extend what the crate reads or checks.
    #[cold]
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        let message = message.into();
        Self(Box::new(Inner { kind, message, row: None, feature: None, operator: None, source: None }))
    }

    /// The same error about this row of a batch, for a caller that goes through it row by row.
    #[must_use]
    pub fn at_row(mut self, row: usize) -> Self {
        self.0.row = Some(row);
        self
    }

    #[cold]
    pub(crate) fn malformed(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::MalformedModel, message)
    }

    #[cfg(any(feature = "boosters", feature = "onnx", feature = "pickle"))]
    #[cold]
    pub(crate) fn unsupported(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::UnsupportedModel, message)
    }

    pub(crate) fn at_feature(mut self, feature: usize) -> Self {
        self.0.feature = Some(feature);
        self
    }

    /// Names the operator at fault; one that is known from further inside stays.
    #[cfg(any(feature = "onnx", feature = "pickle"))]
    pub(crate) fn at_operator(mut self, operator: impl Into<Box<str>>) -> Self {
        self.0.operator.get_or_insert_with(|| operator.into());
        self
    }

    /// Keeps what caused it.
    pub(crate) fn caused_by(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.0.source = Some(Arc::new(source));
        self
    }

    /// Puts the place in front of the message, from the inside out.
    pub(crate) fn within(mut self, place: impl fmt::Display) -> Self {
        self.0.message = format!("{place}: {}", self.0.message).into();
        self
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.row {
            Some(row) => write!(f, "row {row}: {}", self.0.message),
            None => f.write_str(&self.0.message),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, message, row, feature, operator, source } = &*self.0;
        f.debug_struct("Error")
            .field("kind", kind)
            .field("message", message)
            .field("row", row)
            .field("feature", feature)
            .field("operator", operator)
            .field("source", source)
            .finish()
    }
}

/// Equal where they say the same; what caused them is not compared.
impl PartialEq for Error {
    fn eq(&self, other: &Self) -> bool {
        let says = |Inner { kind, message, row, feature, operator, .. }: &Inner| {
            (*kind, message.clone(), *row, *feature, operator.clone())
        };
        says(&self.0) == says(&other.0)
    }
}

impl Eq for Error {}

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
        assert!(error.is_input() && !error.is_model());
    }

    #[test]
    fn places_nest_from_the_inside_out() {
        let error =
            Error::malformed("2 values are missing").within("tensor 'coef'").within("node 3 (MatMul)");
        assert_eq!(error.to_string(), "node 3 (MatMul): tensor 'coef': 2 values are missing");
    }

    #[test]
    fn what_caused_it_is_kept_and_not_compared() {
        let plain = Error::malformed("cut short");
        assert!(plain.source().is_none());
        let caused = plain.clone().caused_by(std::io::Error::other("disk"));
        assert_eq!(caused.source().map(ToString::to_string).as_deref(), Some("disk"));
        assert_eq!(caused, plain);
        assert_ne!(caused.clone().at_row(1), plain);
    }

    #[test]
    fn an_error_is_one_pointer_wide() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }
}
