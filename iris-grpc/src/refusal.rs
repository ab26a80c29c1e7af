//! Why a request gets no answer, in this crate's one form.

use std::borrow::Cow;
use std::fmt;

use iris_core::{Error, ErrorClass};
use iris_serving::{self as serving, RefusalStatus};
use tonic::Status;

use crate::status::{Kind, number};

/// What is wrong, and a sentence that says it.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) kind: Kind,
    message: Cow<'static, str>,
}

impl Refusal {
    #[cold]
    pub(crate) fn new(kind: Kind, message: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, message: message.into() }
    }

    #[cold]
    pub(crate) fn of(class: ErrorClass, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Class(class), message)
    }

    /// A request that says something wrong.
    #[cold]
    pub(crate) fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self::of(ErrorClass::InvalidInput, message)
    }

    /// Bytes that are not the message they should be.
    #[cold]
    pub(crate) fn undecodable(error: &prost::DecodeError) -> Self {
        Self::invalid(format!("the message cannot be decoded: {error}"))
    }
}

/// A row that the model refuses.
impl From<Error> for Refusal {
    #[cold]
    fn from(error: Error) -> Self {
        serving::Refusal::from(error).into()
    }
}

impl From<serving::Refusal> for Refusal {
    #[cold]
    fn from(refusal: serving::Refusal) -> Self {
        Self::of(refusal.class(), refusal.to_string())
    }
}

impl RefusalStatus for Refusal {
    const SUCCESS: u16 = 0;

    fn status(&self) -> (u16, ErrorClass) {
        (number(self.kind.code()), self.kind.class())
    }
}

/// As the client is told.
impl From<Refusal> for Status {
    #[cold]
    fn from(refusal: Refusal) -> Self {
        Self::new(refusal.kind.code(), refusal.message)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
