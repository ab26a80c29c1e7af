//! Why a request is refused, in words that every transport can say.

use std::borrow::Cow;

use iris_core::{Error, ErrorClass};

/// A request that gets no answer: its class, which a transport turns into its
/// status, and a sentence that says what is wrong, where, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    class: ErrorClass,
    message: Cow<'static, str>,
}

impl Refusal {
    /// A request that says something wrong.
    #[cold]
    #[must_use]
    pub fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self { class: ErrorClass::InvalidInput, message: message.into() }
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

    /// A refusal of an input tensor, by its name.
    #[cold]
    pub(super) fn input(name: &str, message: impl std::fmt::Display) -> Self {
        Self::invalid(format!("input '{name}': {message}"))
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
