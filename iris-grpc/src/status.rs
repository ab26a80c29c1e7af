//! From what is wrong to gRPC codes, and from tonic's codes to what is wrong.
//!
//! No match has a wildcard, so that whatever is new does not compile until it has
//! its code.

use iris_core::ErrorClass;
use tonic::Code;

/// What is wrong: one of the classes that every transport knows, or something
/// that gRPC has a code of its own for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Class(ErrorClass),
    /// Right for another model than this one.
    OtherModel,
    /// A path that is no method's.
    UnknownMethod,
    /// Bytes that do not become a message, whatever it would have said.
    Broken,
}

impl Kind {
    /// The code that the client is told.
    pub(crate) fn code(self) -> Code {
        match self {
            Self::Class(class) => code_of(class),
            Self::OtherModel => Code::FailedPrecondition,
            Self::UnknownMethod => Code::Unimplemented,
            Self::Broken => Code::Internal,
        }
    }

    /// What metrics count it as.
    pub(crate) fn class(self) -> ErrorClass {
        match self {
            Self::Class(class) => class,
            Self::OtherModel | Self::Broken => ErrorClass::InvalidInput,
            Self::UnknownMethod => ErrorClass::NotFound,
        }
    }
}

/// The code of every class of mistakes, as every method answers it.
///
/// Where gRPC has a code of its own for something, as for a method that is not
/// there, that is answered instead.
#[must_use]
pub fn code_of(class: ErrorClass) -> Code {
    match class {
        ErrorClass::InvalidInput => Code::InvalidArgument,
        ErrorClass::TooLarge | ErrorClass::RateLimited => Code::ResourceExhausted,
        ErrorClass::Unauthenticated => Code::Unauthenticated,
        ErrorClass::PermissionDenied => Code::PermissionDenied,
        // What clients make of an HTTP answer that is no gRPC.
        ErrorClass::UnsupportedMediaType => Code::Unknown,
        ErrorClass::Timeout => Code::DeadlineExceeded,
        ErrorClass::Aborted => Code::Cancelled,
        ErrorClass::NotFound => Code::NotFound,
        ErrorClass::MethodNotAllowed | ErrorClass::Unimplemented => Code::Unimplemented,
        ErrorClass::Unavailable | ErrorClass::Overloaded => Code::Unavailable,
        ErrorClass::InvalidModel | ErrorClass::Internal => Code::Internal,
    }
}

/// The class of a status as tonic gave it, before any of our code saw the
/// message: where the code does not say, the client's bytes were the reason.
pub(crate) fn class_of(code: Code) -> Option<ErrorClass> {
    match code {
        Code::Ok => None,
        Code::Cancelled => Some(ErrorClass::Aborted),
        Code::DeadlineExceeded => Some(ErrorClass::Timeout),
        Code::ResourceExhausted | Code::OutOfRange => Some(ErrorClass::TooLarge),
        Code::NotFound => Some(ErrorClass::NotFound),
        Code::Unavailable => Some(ErrorClass::Unavailable),
        Code::Unimplemented => Some(ErrorClass::Unimplemented),
        Code::Unauthenticated => Some(ErrorClass::Unauthenticated),
        Code::PermissionDenied => Some(ErrorClass::PermissionDenied),
        Code::Unknown
        | Code::InvalidArgument
        | Code::AlreadyExists
        | Code::FailedPrecondition
        | Code::Aborted
        | Code::Internal
        | Code::DataLoss => Some(ErrorClass::InvalidInput),
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A body that ends in a refusal passes through tonic as a bare code.
    #[test]
    fn what_a_body_can_end_with_keeps_its_class() {
        for class in [
            ErrorClass::InvalidInput,
            ErrorClass::TooLarge,
            ErrorClass::Timeout,
            ErrorClass::Aborted,
            ErrorClass::Unavailable,
            ErrorClass::Unimplemented,
        ] {
            assert_eq!(class_of(code_of(class)), Some(class));
        }
    }

    #[test]
    fn every_class_has_a_code_and_none_is_a_success() {
        for class in ErrorClass::ALL {
            let code = Kind::Class(class).code();
            assert_ne!(code, Code::Ok, "{class:?}");
            assert_eq!(code_for_clients(code), code, "{class:?}");
            assert_eq!(Kind::Class(class).class(), class);
        }
    }
}
