//! Why a request is refused, in words that every transport can say.

use std::borrow::Cow;

use iris_core::{Error, ErrorClass};

use crate::panics;

/// A request that gets no answer: the class, which a transport turns into its
/// status, and a sentence that says what is wrong, where, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    class: ErrorClass,
    message: Cow<'static, str>,
}

/// Why nothing new is begun.
pub(crate) const STOPPING: &str = "the server is stopping";

impl Refusal {
    /// A request that says something wrong.
    #[cold]
    #[must_use]
    pub fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self { class: ErrorClass::InvalidInput, message: message.into() }
    }

    /// A request for more than is done at once.
    #[cold]
    #[must_use]
    pub fn too_large(message: impl Into<Cow<'static, str>>) -> Self {
        Self { class: ErrorClass::TooLarge, message: message.into() }
    }

    /// A request for something that is not there.
    #[cold]
    #[must_use]
    pub fn not_found(message: impl Into<Cow<'static, str>>) -> Self {
        Self { class: ErrorClass::NotFound, message: message.into() }
    }

    /// A request for something that is not done here, with the reason.
    #[cold]
    #[must_use]
    pub fn unimplemented(message: impl Into<Cow<'static, str>>) -> Self {
        Self { class: ErrorClass::Unimplemented, message: message.into() }
    }

    /// A request that may come again, when less is going on.
    #[cold]
    #[must_use]
    pub fn unavailable(message: impl Into<Cow<'static, str>>) -> Self {
        Self { class: ErrorClass::Unavailable, message: message.into() }
    }

    /// A request by nobody who is known.
    #[cold]
    pub(crate) fn unauthenticated(message: impl Into<Cow<'static, str>>) -> Self {
        Self { class: ErrorClass::Unauthenticated, message: message.into() }
    }

    /// A request by somebody who may not make it.
    #[cold]
    pub(crate) fn permission_denied(message: impl Into<Cow<'static, str>>) -> Self {
        Self { class: ErrorClass::PermissionDenied, message: message.into() }
    }

    /// A request by somebody who makes too many.
    #[cold]
    pub(crate) fn rate_limited(message: impl Into<Cow<'static, str>>) -> Self {
        Self { class: ErrorClass::RateLimited, message: message.into() }
    }

    /// A request that ended in a panic.
    #[cold]
    #[must_use]
    pub fn panicked() -> Self {
        Self { class: ErrorClass::Internal, message: panics::MESSAGE.into() }
    }

    /// A refusal of an input tensor, by its name.
    #[cold]
    #[must_use]
    pub fn input(name: &str, message: impl std::fmt::Display) -> Self {
        Self::invalid(format!("input '{name}': {message}"))
    }

    /// An input tensor of a datatype that the protocol has not.
    #[cold]
    pub(crate) fn unknown_datatype(name: &str, datatype: &str) -> Self {
        Self::input(name, format_args!("datatype '{datatype}' is unknown; FP64 is one"))
    }

    /// An input tensor of strings.
    #[cold]
    pub(crate) fn strings(name: &str) -> Self {
        Self::input(name, "datatype BYTES; features are numbers")
    }

    /// An input tensor without elements in either of the `places` that a transport has for them.
    #[cold]
    #[must_use]
    pub fn no_elements(name: &str, places: [&str; 2]) -> Self {
        let [one, other] = places;
        Self::input(name, format_args!("no elements: neither {one} nor {other}"))
    }

    /// An input tensor with elements in both.
    #[cold]
    #[must_use]
    pub fn elements_twice(name: &str, places: [&str; 2]) -> Self {
        let [one, other] = places;
        Self::input(name, format_args!("both {one} and {other}; expected one of them"))
    }

    /// A refusal of an output that is asked for, by its name.
    #[cold]
    fn output(name: &str, message: impl std::fmt::Display) -> Self {
        Self::invalid(format!("output '{name}': {message}"))
    }

    /// An input tensor whose elements lie in memory shared with the client.
    #[cold]
    pub(crate) fn shared_input(name: &str) -> Self {
        Self::input(name, "shared memory is not supported; send the elements")
    }

    /// An output that is to be put into memory shared with the client.
    #[cold]
    pub(crate) fn shared_output(name: &str) -> Self {
        Self::output(name, "shared memory is not supported; the elements are in the answer")
    }

    /// An output that Triton's extension for classification is asked of.
    #[cold]
    pub(crate) fn classification(name: &str) -> Self {
        Self::output(name, "classification is not supported; ask for predict_proba")
    }

    /// A model that is to be `loaded` or `unloaded` while the server runs.
    #[cfg(any(test, feature = "loading"))]
    #[cold]
    pub(crate) fn fixed_models(model: &str, what: &str) -> Self {
        Self::unimplemented(format!(
            "model '{model}' cannot be {what}: models are fixed when the server starts; start it with --models and --allow-loading"
        ))
    }

    /// A request that came too late.
    #[cold]
    #[must_use]
    pub fn stopping() -> Self {
        Self::unavailable(STOPPING)
    }

    /// Statistics that nobody keeps.
    #[cold]
    #[must_use]
    pub fn nothing_is_recorded() -> Self {
        Self::unimplemented("nothing is recorded: telemetry is switched off")
    }

    /// What it means to the client, and what metrics count it as.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        self.class
    }
}

impl From<Error> for Refusal {
    #[cold]
    fn from(error: Error) -> Self {
        Self { class: error.kind().class(), message: error.to_string().into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use iris_core::ErrorKind;

    #[test]
    fn an_error_keeps_its_class_and_its_words() {
        for (kind, class) in [
            (ErrorKind::InputNotFinite, ErrorClass::InvalidInput),
            (ErrorKind::NoProbabilities, ErrorClass::InvalidInput),
            (ErrorKind::OutputLength, ErrorClass::Internal),
            (ErrorKind::GoldenMismatch, ErrorClass::InvalidModel),
        ] {
            let refusal = Refusal::from(Error::new(kind, "why").at_row(3));
            assert_eq!((refusal.class(), refusal.to_string().as_str()), (class, "row 3: why"));
        }
    }

    #[test]
    fn what_is_not_done_here_or_no_more_is_named() {
        for (refusal, class, named) in [
            (Refusal::shared_input("x"), ErrorClass::InvalidInput, "input 'x': shared memory"),
            (Refusal::shared_output("y"), ErrorClass::InvalidInput, "output 'y': shared memory"),
            (Refusal::classification("y"), ErrorClass::InvalidInput, "output 'y': classification"),
            (
                Refusal::fixed_models("m", "unloaded"),
                ErrorClass::Unimplemented,
                "model 'm' cannot be unloaded",
            ),
            (Refusal::stopping(), ErrorClass::Unavailable, "the server is stopping"),
        ] {
            assert_eq!(refusal.class(), class);
            assert!(refusal.to_string().starts_with(named), "{refusal}");
        }
    }
}
