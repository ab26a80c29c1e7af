//! Why a request gets no answer, in this crate's one form.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use iris_core::{Error, ErrorClass};
use iris_serving::{self as serving, RefusalStatus};
use tonic::Status;

use crate::status::{Kind, number};

/// What is wrong, and a sentence that says it.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) kind: Kind,
    message: Cow<'static, str>,
    /// How long to wait before another try.
    pushback: Option<Duration>,
}

impl Refusal {
    #[cold]
    pub(crate) fn new(kind: Kind, message: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, message: message.into(), pushback: None }
    }

    #[cold]
    pub(crate) fn of(class: ErrorClass, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Class(class), message)
    }

    /// The same with the time after which to try again, for clients that do so by themselves.
    pub(crate) fn with_pushback(self, pushback: Duration) -> Self {
        Self { pushback: Some(pushback), ..self }
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

/// Milliseconds, as gRPC's clients read them before they try again.
const PUSHBACK: &str = "grpc-retry-pushback-ms";

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
        let mut status = Self::new(refusal.kind.code(), refusal.message);
        if let Some(pushback) = refusal.pushback {
            let millis = u64::try_from(pushback.as_millis()).unwrap_or(u64::MAX);
            status.metadata_mut().insert(PUSHBACK, millis.into());
        }
        status
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
