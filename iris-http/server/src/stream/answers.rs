//! What is to be said about a message.

use std::fmt::Write as _;

use iris_core::ErrorClass;
use iris_http::predict::predict;
use iris_http::{Failure, HttpService};
use iris_telemetry::{ContextHeaders, Endpoint, Origin};

use super::message::{Headers, Incoming, Outgoing};

/// How often a message is tried on which we fail, before it is held to be the message's fault.
const TRIES: i64 = 5;

/// Answers messages, and knows where each answer goes.
pub(super) struct Answers {
    pub(super) service: HttpService,
    pub(super) consumer: String,
    pub(super) to: String,
    pub(super) dead_letter: Option<String>,
}

/// What becomes of a message.
pub(super) enum Verdict {
    Answered(Outgoing),
    /// It can never be answered.
    Refused(Refused),
    /// It cannot be answered now.
    Later(String),
}

/// Why a message has no answer, and what is published of it, if anything is.
pub(super) struct Refused {
    pub(super) reason: String,
    pub(super) set_aside: Option<Outgoing>,
}

impl Answers {
    /// The answer to a message, in the spans of a request whose parent is the publisher's.
    pub(super) fn of(&self, message: &impl Incoming) -> Verdict {
        let context = ContextHeaders {
            traceparent: message.header("traceparent"),
            tracestate: message.header("tracestate"),
            cloud_trace: None,
        };
        let origin = Origin::new(Endpoint::CALL).headers(context);
        match predict(&self.service, &origin, message.body()).result {
            Ok(body) => {
                let mut headers = self.headers(message);
                headers.push(("Content-Type", "application/json".to_owned()));
                Verdict::Answered(Outgoing { to: self.to.clone(), headers, body })
            }
            Err(failure) => {
                let reason = failure.to_string();
                if is_final(&failure, message.n_tries()) {
                    Verdict::Refused(self.refused(message, failure.class(), reason))
                } else {
                    Verdict::Later(reason)
                }
            }
        }
    }

    /// What is said of a message that can never be answered.
    pub(super) fn refused(&self, message: &impl Incoming, class: ErrorClass, reason: String) -> Refused {
        let set_aside = self.dead_letter.as_ref().map(|to| {
            let mut headers = self.headers(message);
            headers.push(("Iris-Error", class.as_str().to_owned()));
            headers.push(("Iris-Reason", in_a_header(&reason)));
            Outgoing { to: to.clone(), headers, body: message.body().to_vec() }
        });
        Refused { reason, set_aside }
    }

    /// What tells it from other answers, and the publisher's trace.
    fn headers(&self, message: &impl Incoming) -> Headers {
        let mut headers = message.marks(&self.consumer);
        for name in ["traceparent", "tracestate"] {
            // What is no text is no trace either.
            let value = message.header(name).and_then(|value| str::from_utf8(value).ok());
            headers.extend(value.map(|value| (name, value.to_owned())));
        }
        headers
    }
}

/// Whether no later try would end otherwise.
fn is_final(failure: &Failure, n_tries: i64) -> bool {
    match failure.class() {
        ErrorClass::InvalidInput
        | ErrorClass::TooLarge
        | ErrorClass::UnsupportedMediaType
        | ErrorClass::Unauthenticated
        | ErrorClass::PermissionDenied
        | ErrorClass::NotFound
        | ErrorClass::MethodNotAllowed
        | ErrorClass::Unimplemented => true,
        // Of a message that alone makes us fail there is no end otherwise.
        ErrorClass::Internal | ErrorClass::InvalidModel => n_tries >= TRIES,
        ErrorClass::Timeout
        | ErrorClass::Aborted
        | ErrorClass::RateLimited
        | ErrorClass::Unavailable
        | ErrorClass::Overloaded => false,
    }
}

/// A text in one line of ASCII, as a header can hold it.
fn in_a_header(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            ' '..='~' => line.push(c),
            // Writing to memory cannot fail.
            _ => drop(write!(line, "{}", c.escape_default())),
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_on_which_we_fail_is_tried_some_times() {
        let of = |class| Failure::new(class, "no");
        assert!(is_final(&of(ErrorClass::InvalidInput), 1));
        assert!(!is_final(&of(ErrorClass::Internal), 1) && is_final(&of(ErrorClass::Internal), TRIES));
        assert!(!is_final(&of(ErrorClass::Overloaded), 1000));
    }

    #[test]
    fn a_reason_is_one_line_of_ascii() {
        assert_eq!(in_a_header("no\r\nBlume: \u{dc}"), "no\\r\\nBlume: \\u{dc}");
    }
}
