//! From the core's errors to HTTP statuses.

use http::StatusCode;
use iris_core::serving::{Refusal, RefusalKind, RefusalStatus};
use iris_core::spans::Fault;
use iris_core::{Error, ErrorKind};

use crate::Failure;

/// The status of every kind of error; no wildcard, so that a new kind does not
/// compile until it has one.
pub(crate) fn status(kind: ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::InputLength | ErrorKind::InputNotFinite | ErrorKind::ScoreOverflow => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        ErrorKind::NoProbabilities => StatusCode::BAD_REQUEST,
        // Buffers are ours, and models are read before a port is bound.
        ErrorKind::OutputLength
        | ErrorKind::MalformedModel
        | ErrorKind::UnsupportedModel
        | ErrorKind::GoldenMismatch => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The `type` of the entry in FastAPI's list of errors.
pub(crate) fn detail_type(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::InputLength => "wrong_length",
        ErrorKind::InputNotFinite => "finite_number",
        ErrorKind::ScoreOverflow => "score_overflow",
        ErrorKind::NoProbabilities => "no_probabilities",
        ErrorKind::OutputLength
        | ErrorKind::MalformedModel
        | ErrorKind::UnsupportedModel
        | ErrorKind::GoldenMismatch => "internal",
    }
}

/// A refusal in the words of the inference protocols.
impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let status = match refusal.kind() {
            RefusalKind::InvalidInput => StatusCode::BAD_REQUEST,
            RefusalKind::NotFound => StatusCode::NOT_FOUND,
            RefusalKind::Unimplemented => StatusCode::NOT_IMPLEMENTED,
            RefusalKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::new(status, refusal.to_string())
    }
}

/// A row that the model refuses.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Refusal::from(error).into()
    }
}

impl RefusalStatus for Failure {
    const SUCCESS: u16 = StatusCode::OK.as_u16();

    fn status(&self) -> (u16, Fault) {
        (Self::status(self).as_u16(), self.fault())
    }
}
