//! A request that gets no answer, and how that is said.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use http::header::{ACCEPT, ALLOW, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use http_body_util::Full;
use iris_core::spans::Fault;
use serde::Serialize;

use crate::json::{JSON, to_json};

/// Why a request was refused.
///
/// Written in one of three forms, by the [`Style`] of the request.
#[derive(Debug, Clone)]
pub struct Failure {
    status: StatusCode,
    reason: Reason,
    allow: Option<&'static str>,
}

#[derive(Debug, Clone)]
enum Reason {
    Text(Cow<'static, str>),
    List(Vec<Detail>),
}

/// One entry of FastAPI's list of what is wrong with a body.
#[derive(Debug, Clone, Serialize)]
pub struct Detail {
    /// Where: `["body", "sepal_length"]`, `["body", 3, "sepal_length"]`.
    pub loc: Vec<Location>,
    /// What is wrong, and what would be right.
    pub msg: Cow<'static, str>,
    /// The kind of mistake, by pydantic's name where it has one.
    pub r#type: &'static str,
}

/// A step on the way to a value in the body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Location {
    /// A field's name.
    Name(Cow<'static, str>),
    /// An index, or the offset of a byte.
    Index(usize),
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

const PROBLEM: HeaderValue = HeaderValue::from_static("application/problem+json");

impl Failure {
    /// A failure that one sentence explains.
    #[must_use]
    pub fn new(status: StatusCode, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { status, reason: Reason::Text(reason.into()), allow: None }
    }

    /// A body that does not say what it should: 422 with every mistake at once.
    #[must_use]
    pub fn invalid(details: Vec<Detail>) -> Self {
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, reason: Reason::List(details), allow: None }
    }

    /// 405, naming the methods that the route does answer.
    #[must_use]
    pub fn method_not_allowed(allow: &'static str) -> Self {
        let reason = format!("Method Not Allowed; use {allow}");
        Self { allow: Some(allow), ..Self::new(StatusCode::METHOD_NOT_ALLOWED, reason) }
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// What metrics count it as.
    pub(crate) fn fault(&self) -> Fault {
        fault_of(self.status).unwrap_or(Fault::InvalidInput)
    }

    /// The same failure under another status.
    pub(crate) fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// The answer, in this form.
    #[must_use]
    pub fn into_response(self, style: Style) -> Response<Full<Bytes>> {
        let body = self.body(style);
        let mut response = Response::new(Full::new(Bytes::from(body)));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, if style == Style::Problem { PROBLEM } else { JSON });
        if let Some(allow) = self.allow {
            headers.insert(ALLOW, HeaderValue::from_static(allow));
        }
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
            Reason::Text(text) => Content::Text(text),
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
            Reason::Text(_) => &[][..],
            Reason::List(list) => list,
        };
        to_json(&Body {
            r#type: "about:blank",
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            detail: self.to_string(),
            errors,
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            Reason::Text(text) => f.write_str(text),
            Reason::List(list) => {
                for (index, detail) in list.iter().enumerate() {
                    f.write_str(if index == 0 { "" } else { "; " })?;
                    write!(f, "{detail}")?;
                }
                Ok(())
            }
        }
    }
}

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, location) in self.loc.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { "." })?;
            match location {
                Location::Name(name) => f.write_str(name)?,
                Location::Index(index) => write!(f, "{index}")?,
            }
        }
        write!(f, ": {}", self.msg)
    }
}

/// What metrics count an answer of this status as, if it is a refusal.
pub(crate) fn fault_of(status: StatusCode) -> Option<Fault> {
    match status {
        StatusCode::BAD_REQUEST => Some(Fault::Aborted),
        StatusCode::NOT_FOUND => Some(Fault::NotFound),
        StatusCode::METHOD_NOT_ALLOWED => Some(Fault::MethodNotAllowed),
        StatusCode::REQUEST_TIMEOUT => Some(Fault::Timeout),
        StatusCode::PAYLOAD_TOO_LARGE => Some(Fault::TooLarge),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Some(Fault::UnsupportedMediaType),
        StatusCode::SERVICE_UNAVAILABLE => Some(Fault::Unavailable),
        StatusCode::NOT_IMPLEMENTED => Some(Fault::InvalidInput),
        status if status.is_server_error() => Some(Fault::Internal),
        status if status.is_client_error() => Some(Fault::InvalidInput),
        _ => None,
    }
}

fn accepts_problem(headers: &HeaderMap) -> bool {
    let accepts = |value: &HeaderValue| {
        value.to_str().is_ok_and(|value| {
            value.split(',').any(|range| range.trim_start().starts_with("application/problem+json"))
        })
    };
    headers.get_all(ACCEPT).iter().any(accepts)
}
