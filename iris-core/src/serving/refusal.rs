//! Why a request is refused, in words that every transport can say.

use std::borrow::Cow;

use crate::spans::Fault;
use crate::{Error, ErrorKind};

/// A request that gets no answer: the kind, which a transport turns into its
/// status, and a sentence that says what is wrong, where, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    kind: RefusalKind,
    message: Cow<'static, str>,
}

/// What kind of refusal it is. Exhaustive on purpose: a transport has a status for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefusalKind {
    /// The request says something that the model or the protocol does not take.
    InvalidInput,
    /// There is no such model or version.
    NotFound,
    /// Understood, but not done here.
    Unimplemented,
    /// A mistake of ours.
    Internal,
}

impl Refusal {
    /// A request that says something wrong.
    #[cold]
    #[must_use]
    pub fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: RefusalKind::InvalidInput, message: message.into() }
    }

    /// A request for something that is not there.
    #[cold]
    #[must_use]
    pub fn not_found(message: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: RefusalKind::NotFound, message: message.into() }
    }

    /// A request for something that is not done here, with the reason.
    #[cold]
    #[must_use]
    pub fn unimplemented(message: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: RefusalKind::Unimplemented, message: message.into() }
    }

    /// A refusal of an input tensor, by its name.
    #[cold]
    pub(super) fn input(name: &str, message: impl std::fmt::Display) -> Self {
        Self::invalid(format!("input '{name}': {message}"))
    }

    /// The kind.
    #[must_use]
    pub fn kind(&self) -> RefusalKind {
        self.kind
    }
}

impl From<Error> for Refusal {
    #[cold]
    fn from(error: Error) -> Self {
        let kind = match error.kind() {
            ErrorKind::InputLength
            | ErrorKind::InputNotFinite
            | ErrorKind::ScoreOverflow
            | ErrorKind::NoProbabilities => RefusalKind::InvalidInput,
            // Buffers are ours, and models are read before anything is served.
            ErrorKind::OutputLength
            | ErrorKind::MalformedModel
            | ErrorKind::UnsupportedModel
            | ErrorKind::GoldenMismatch => RefusalKind::Internal,
        };
        Self { kind, message: error.to_string().into() }
    }
}

impl RefusalKind {
    /// What metrics count it as.
    #[must_use]
    pub fn fault(self) -> Fault {
        match self {
            Self::InvalidInput | Self::Unimplemented => Fault::InvalidInput,
            Self::NotFound => Fault::NotFound,
            Self::Internal => Fault::Internal,
        }
    }
}
