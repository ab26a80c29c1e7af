//! What is to be said about a message.

use std::fmt::Write as _;

use async_nats::HeaderMap;
use async_nats::jetstream::Message;
use iris_core::ErrorClass;
use iris_http::predict::predict;
use iris_http::{Failure, HttpService};
use iris_telemetry::{ContextHeaders, Endpoint, Origin};

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

/// A message to be published.
pub(super) struct Outgoing {
    pub(super) subject: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Answers {
    /// The answer to a message, in the spans of a request whose parent is the publisher's.
    pub(super) fn of(&self, message: &Message) -> Verdict {
        let header = |name: &str| Some(message.headers.as_ref()?.get(name)?.as_str().as_bytes());
        let context = ContextHeaders {
            traceparent: header("traceparent"),
            tracestate: header("tracestate"),
            cloud_trace: None,
        };
        let origin = Origin::new(Endpoint::CALL).headers(context);
        match predict(&self.service, &origin, &message.payload).result {
            Ok(body) => {
                let mut headers = self.headers(message);
                headers.insert("Content-Type", "application/json");
                Verdict::Answered(Outgoing { subject: self.to.clone(), headers, body })
            }
            Err(failure) => {
                let n_tries = message.info().map_or(1, |info| info.delivered);
                let reason = failure.to_string();
                if is_final(&failure, n_tries) {
                    Verdict::Refused(self.refused(message, failure.class(), reason))
                } else {
                    Verdict::Later(reason)
                }
            }
        }
    }

    /// What is said of a message that can never be answered.
    pub(super) fn refused(&self, message: &Message, class: ErrorClass, reason: String) -> Refused {
        let set_aside = self.dead_letter.as_ref().map(|subject| {
            let mut headers = self.headers(message);
            headers.insert("Iris-Error", class.as_str());
            headers.insert("Iris-Reason", &*in_a_header(&reason));
            Outgoing { subject: subject.clone(), headers, body: message.payload.to_vec() }
        });
        Refused { reason, set_aside }
    }

    /// An id by which the broker knows an answer that it has already, the message's number, and the publisher's trace.
    /// The id has the message's time too: in a stream that is deleted and made anew, numbers begin again.
    fn headers(&self, message: &Message) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if let Ok(info) = message.info() {
            let (stream, sequence) = (info.stream, info.stream_sequence);
            let published = info.published.unix_timestamp_nanos();
            headers.insert("Nats-Msg-Id", format!("{stream}.{}.{sequence}.{published}", self.consumer));
            headers.insert("Iris-Sequence", sequence.to_string());
        }
        for name in ["traceparent", "tracestate"] {
            if let Some(value) = message.headers.as_ref().and_then(|headers| headers.get(name)) {
                headers.insert(name, value.clone());
            }
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
