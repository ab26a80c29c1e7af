//! From classes of errors to HTTP statuses.

use http::StatusCode;
use iris_core::{ErrorClass, ErrorKind};

/// How a route says what is wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// By FastAPI's list of every mistake in a body.
    List,
    /// By a sentence: all that the inference protocols and CSV know, and what
    /// there is to say of a request that never came as far as its fields.
    Sentence,
}

/// The status of every class of error; no wildcard, so that a new class does
/// not compile until it has one.
pub(crate) fn of(class: ErrorClass, form: Form) -> StatusCode {
    match class {
        ErrorClass::InvalidInput => match form {
            Form::List => StatusCode::UNPROCESSABLE_ENTITY,
            Form::Sentence => StatusCode::BAD_REQUEST,
        },
        ErrorClass::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorClass::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ErrorClass::Timeout => StatusCode::REQUEST_TIMEOUT,
        ErrorClass::Aborted => StatusCode::BAD_REQUEST,
        ErrorClass::Unauthenticated => StatusCode::UNAUTHORIZED,
        ErrorClass::PermissionDenied => StatusCode::FORBIDDEN,
        ErrorClass::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        ErrorClass::NotFound => StatusCode::NOT_FOUND,
        ErrorClass::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        ErrorClass::Unimplemented => StatusCode::NOT_IMPLEMENTED,
        ErrorClass::Unavailable | ErrorClass::Overloaded => StatusCode::SERVICE_UNAVAILABLE,
        ErrorClass::InvalidModel | ErrorClass::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The `type` of the entry in FastAPI's list of errors.
pub(crate) fn detail_type(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::InputLength => "wrong_length",
        ErrorKind::InputNotFinite => "finite_number",
        ErrorKind::ScoreOverflow => "score_overflow",
        ErrorKind::InputType => "wrong_type",
        ErrorKind::UnknownCategory => "unknown_category",
        ErrorKind::NoProbabilities => "no_probabilities",
        ErrorKind::NoScores => "no_scores",
        ErrorKind::NoContributions => "no_contributions",
        ErrorKind::WrongTask => "wrong_task",
        // Kinds that are still to come have the name of their class.
        other => other.class().as_str(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_invalid_input_depends_on_the_form() {
        for class in ErrorClass::ALL {
            let [list, sentence] = [Form::List, Form::Sentence].map(|form| of(class, form));
            assert_eq!(list != sentence, class == ErrorClass::InvalidInput, "{class:?}");
            assert!(list.is_client_error() || list.is_server_error(), "{class:?}");
        }
        assert_eq!(of(ErrorClass::InvalidInput, Form::List).as_u16(), 422);
        assert_eq!(of(ErrorClass::InvalidInput, Form::Sentence).as_u16(), 400);
        assert_eq!(of(ErrorClass::Aborted, Form::List).as_u16(), 400);
    }
}
