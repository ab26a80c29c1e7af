//! From refusals to gRPC codes, and from those to what metrics count.

use std::borrow::Cow;
use std::fmt;

use iris_core::Error;
use iris_core::serving::{Refusal, RefusalStatus};
use iris_core::spans::Fault;
use tonic::{Code, Status};

/// Why a request gets no answer.
#[derive(Debug)]
pub(crate) struct Refused {
    code: Code,
    fault: Fault,
    message: Cow<'static, str>,
}

impl Refused {
    #[cold]
    pub(crate) fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self { code: Code::InvalidArgument, fault: Fault::InvalidInput, message: message.into() }
    }

    /// Right for another model than this one.
    #[cold]
    pub(crate) fn precondition(message: impl Into<Cow<'static, str>>) -> Self {
        Self { code: Code::FailedPrecondition, fault: Fault::InvalidInput, message: message.into() }
    }

    /// Bytes that are not the message they should be.
    #[cold]
    pub(crate) fn undecodable(error: &prost::DecodeError) -> Self {
        Self::invalid(format!("the message cannot be decoded: {error}"))
    }
}

/// A row that the model refuses.
impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Refusal::from(error).into()
    }
}

impl RefusalStatus for Refused {
    const SUCCESS: u16 = 0;

    fn status(&self) -> (u16, Fault) {
        (number(self.code), self.fault)
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        let fault = refusal.class();
        Self { code: code_of(fault), fault, message: refusal.to_string().into() }
    }
}

impl From<Refused> for Status {
    fn from(refused: Refused) -> Self {
        Self::new(refused.code, refused.message)
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// The code of every class of error; no wildcard, so that a new class does not
/// compile until it has one.
fn code_of(class: Fault) -> Code {
    match class {
        Fault::InvalidInput | Fault::UnsupportedMediaType => Code::InvalidArgument,
        Fault::TooLarge => Code::ResourceExhausted,
        Fault::Timeout => Code::DeadlineExceeded,
        Fault::Aborted => Code::Cancelled,
        Fault::NotFound => Code::NotFound,
        Fault::MethodNotAllowed | Fault::Unimplemented => Code::Unimplemented,
        Fault::Unavailable => Code::Unavailable,
        Fault::Internal => Code::Internal,
    }
}

/// What metrics count a status as that tonic gave, before any of our code saw
/// the message: whatever it is, the client's bytes were the reason.
pub(crate) fn fault_of(code: Code) -> Option<Fault> {
    match code {
        Code::Ok => None,
        Code::Cancelled => Some(Fault::Aborted),
        Code::DeadlineExceeded => Some(Fault::Timeout),
        Code::ResourceExhausted => Some(Fault::TooLarge),
        Code::NotFound => Some(Fault::NotFound),
        Code::Unavailable => Some(Fault::Unavailable),
        Code::Unimplemented => Some(Fault::Unimplemented),
        _ => Some(Fault::InvalidInput),
    }
}

/// tonic calls a message over the limit `OUT_OF_RANGE`; every other gRPC server,
/// and so every client, `RESOURCE_EXHAUSTED`. None of ours is out of range.
pub(crate) fn code_for_clients(code: Code) -> Code {
    if code == Code::OutOfRange { Code::ResourceExhausted } else { code }
}

/// The number of a code.
pub(crate) fn number(code: Code) -> u16 {
    u16::try_from(i32::from(code)).unwrap_or_default()
}
