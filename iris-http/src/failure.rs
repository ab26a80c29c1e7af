//! A request that gets no answer, and how that is said.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::Full;
use iris_core::{Error, ErrorClass};
use iris_serving::{Refusal, RefusalStatus};
use serde::Serialize;

use crate::json::{JSON, to_json};
use crate::media_type::Accept;
use crate::reason::{Detail, Reason};
use crate::status::{self, Form};

/// Why a request was refused.
///
/// Written in one of three forms, by the [`Style`] of the request.
#[derive(Debug, Clone)]
pub struct Failure {
    class: ErrorClass,
    reason: Reason,
    /// What the client may do instead, for programs.
    header: Option<(HeaderName, HeaderValue)>,
    /// Where HTTP knows a status for this alone.
    status: Option<StatusCode>,
}

/// The form in which a failure is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// FastAPI's: `{"detail": …}`.
    Detail,
    /// A problem document (RFC 9457).
    Problem,
    /// The inference protocols': `{"error": "…"}`.
    Error,
}

impl Style {
    /// The form that a client expects who asked for this path with these headers.
    #[must_use]
    pub fn of(path: &str, headers: &HeaderMap) -> Self {
        if path.starts_with("/v2") || path.starts_with("/v1/") {
            Self::Error
        } else if accepts_problem(headers) {
            Self::Problem
        } else {
            Self::Detail
        }
    }
}

const PROBLEM: &str = "application/problem+json";

impl Failure {
    /// A failure that one sentence explains.
    #[must_use]
    pub fn new(class: ErrorClass, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { class, reason: Reason::Sentence(reason.into()), header: None, status: None }
    }

    /// A request that says something wrong, in one sentence: 400.
    #[cold]
    pub(crate) fn wrong(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorClass::InvalidInput, reason)
    }

    /// A body that does not say what it should: 422 with every mistake at once.
    #[must_use]
    pub fn invalid(details: Vec<Detail>) -> Self {
        Self { class: ErrorClass::InvalidInput, reason: Reason::List(details), header: None, status: None }
    }

    /// 413 for a body of more than `limit` bytes.
    #[cold]
    pub(crate) fn too_large(limit: usize, when: &str) -> Self {
        let reason = format!("the body is larger than the {limit} bytes accepted here{when}");
        Self::new(ErrorClass::TooLarge, reason)
    }

    /// 405, naming the methods that the route does answer.
    #[must_use]
    pub fn method_not_allowed(allow: &'static str) -> Self {
        Self::new(ErrorClass::MethodNotAllowed, format!("Method Not Allowed; use {allow}"))
            .with_header(ALLOW, HeaderValue::from_static(allow))
    }

    /// The same with this header in its answer.
    pub(crate) fn with_header(self, name: HeaderName, value: HeaderValue) -> Self {
        Self { header: Some((name, value)), ..self }
    }

    /// That header.
    #[cfg(feature = "server")]
    pub(crate) fn header(&self) -> Option<&(HeaderName, HeaderValue)> {
        self.header.as_ref()
    }

    /// The same with a status that says more than that of its class.
    #[cfg(feature = "server")]
    pub(crate) fn with_status(self, status: StatusCode) -> Self {
        Self { status: Some(status), ..self }
    }

    /// The same for a route that knows no list of mistakes, and so no 422.
    pub(crate) fn in_a_sentence(self) -> Self {
        Self { reason: Reason::Sentence(self.to_string().into()), ..self }
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        let form = match self.reason {
            Reason::Sentence(_) => Form::Sentence,
            Reason::List(_) => Form::List,
        };
        self.status.unwrap_or_else(|| status::of(self.class, form))
    }

    /// What metrics count it as.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        self.class
    }

    /// The answer, in this form; its [`ErrorClass`] is among its extensions.
    #[must_use]
    pub fn into_response(self, style: Style) -> Response<Full<Bytes>> {
        let body = self.body(style);
        let mut response = Response::new(Full::new(Bytes::from(body)));
        *response.status_mut() = self.status();
        response.extensions_mut().insert(self.class);
        response.extensions_mut().insert(self.reason);
        let headers = response.headers_mut();
        let problem = HeaderValue::from_static(PROBLEM);
        headers.insert(CONTENT_TYPE, if style == Style::Problem { problem } else { JSON });
        headers.extend(self.header);
        response
    }

    /// The body in this form.
    pub(crate) fn body(&self, style: Style) -> Vec<u8> {
        match style {
            Style::Detail => self.detail(),
            Style::Problem => self.problem(),
            Style::Error => to_json(&serde_json::json!({ "error": self.to_string() })),
        }
    }

    fn detail(&self) -> Vec<u8> {
        #[derive(Serialize)]
        #[serde(untagged)]
        enum Content<'a> {
            Text(&'a str),
            List(&'a [Detail]),
        }
        #[derive(Serialize)]
        struct Body<'a> {
            detail: Content<'a>,
        }
        let detail = match &self.reason {
            Reason::Sentence(text) => Content::Text(text),
            Reason::List(list) => Content::List(list),
        };
        to_json(&Body { detail })
    }

    fn problem(&self) -> Vec<u8> {
        #[derive(Serialize)]
        struct Body<'a> {
            r#type: &'static str,
            title: &'a str,
            status: u16,
            detail: String,
            #[serde(skip_serializing_if = "<[_]>::is_empty")]
            errors: &'a [Detail],
        }
        let errors = match &self.reason {
            Reason::Sentence(_) => &[][..],
            Reason::List(list) => list,
        };
        let status = self.status();
        to_json(&Body {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: self.to_string(),
            errors,
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason.fmt(f)
    }
}

/// A refusal in the words of the inference protocols.
impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let failure = Self::new(refusal.class(), refusal.to_string());
        if refusal.class() == ErrorClass::Unavailable {
            return failure.with_header(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        failure
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

    fn status(&self) -> (u16, ErrorClass) {
        (Self::status(self).as_u16(), self.class())
    }
}

/// A problem document is for who names it. JSON at its side is how the answer
/// would be written, were there one, and no wish for another form of failure.
fn accepts_problem(headers: &HeaderMap) -> bool {
    let accept = Accept::of(headers);
    accept.names(PROBLEM) && accept.choose(&[PROBLEM, "application/json"]) == Some(PROBLEM)
}
