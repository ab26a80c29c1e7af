//! Where a request came from.

use std::fmt;
use std::net::IpAddr;

use crate::clock::Tick;
use crate::context::ContextHeaders;

/// What was called: one constant for each route or method, so that labels made
/// of it are bounded.
#[derive(Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub(crate) protocol: Protocol,
    /// The HTTP method, or nothing.
    pub(crate) method: &'static str,
    /// The HTTP route, or the full gRPC method.
    pub(crate) route: &'static str,
}

/// How it was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// In this process.
    Call,
    Http,
    Grpc,
}

/// The version of HTTP that a request came by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum HttpVersion {
    Http10,
    Http11,
    Http2,
    Http3,
}

impl HttpVersion {
    /// As `network.protocol.version` has it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Http10 => "1.0",
            Self::Http11 => "1.1",
            Self::Http2 => "2",
            Self::Http3 => "3",
        }
    }
}

impl Endpoint {
    /// A call within the process.
    pub const CALL: &'static Self = &Self { protocol: Protocol::Call, method: "", route: "" };

    /// An HTTP route as it was registered, such as `/predict`; empty for a path
    /// that has none.
    #[must_use]
    pub const fn http(method: &'static str, route: &'static str) -> Self {
        Self { protocol: Protocol::Http, method, route }
    }

    /// The route, or the gRPC method.
    #[must_use]
    pub fn route(&self) -> &'static str {
        self.route
    }

    /// Whether it asks a model for something, so far as its name tells: what is sent
    /// to this server, and no probe, list or page.
    pub(crate) fn asks_a_model(&self) -> bool {
        match self.protocol {
            Protocol::Call => true,
            Protocol::Http => self.method == "POST",
            Protocol::Grpc => !self.route.starts_with("grpc."),
        }
    }

    /// A gRPC method with its package and service: `package.Service/Method`.
    #[must_use]
    pub const fn grpc(method: &'static str) -> Self {
        Self { protocol: Protocol::Grpc, method: "", route: method }
    }
}

/// Who asks, so far as it is known and to be recorded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Client<'a> {
    /// Where the client is: `client.address`.
    pub address: Option<IpAddr>,
    /// What it calls itself, as the header has it: `user_agent.original`.
    pub user_agent: Option<&'a [u8]>,
}

/// One request's origin.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    pub(crate) endpoint: &'static Endpoint,
    pub(crate) started: Option<Tick>,
    pub(crate) headers: ContextHeaders<'a>,
    pub(crate) client: Client<'a>,
    #[cfg(feature = "opentelemetry")]
    pub(crate) context: Option<&'a opentelemetry::Context>,
    pub(crate) path: Option<&'a str>,
    pub(crate) http_version: HttpVersion,
}

impl<'a> Origin<'a> {
    /// A request to `endpoint`.
    #[inline]
    #[must_use]
    pub const fn new(endpoint: &'static Endpoint) -> Self {
        let headers = ContextHeaders { traceparent: None, tracestate: None, cloud_trace: None };
        Self {
            endpoint,
            started: None,
            headers,
            client: Client { address: None, user_agent: None },
            #[cfg(feature = "opentelemetry")]
            context: None,
            path: None,
            http_version: HttpVersion::Http11,
        }
    }

    /// A call within the process.
    #[inline]
    #[must_use]
    pub const fn call() -> Self {
        Self::new(Endpoint::CALL)
    }

    /// The same, begun when its head was read rather than now; `None` where
    /// that was not measured.
    #[inline]
    #[must_use]
    pub fn started(self, at: Option<Tick>) -> Self {
        Self { started: at, ..self }
    }

    /// The same with the headers that carry trace context.
    #[inline]
    #[must_use]
    pub fn headers(self, headers: ContextHeaders<'a>) -> Self {
        Self { headers, ..self }
    }

    /// The same by this client.
    #[inline]
    #[must_use]
    pub fn client(self, client: Client<'a>) -> Self {
        Self { client, ..self }
    }

    /// The same as a child of the span in `context`, if there is one; whatever
    /// the headers say then counts for nothing.
    #[cfg(feature = "opentelemetry")]
    #[must_use]
    pub fn parent(self, context: &'a opentelemetry::Context) -> Self {
        Self { context: Some(context), ..self }
    }

    /// The same with the path, where it is not the route itself.
    #[must_use]
    pub fn path(self, path: &'a str) -> Self {
        Self { path: (path != self.endpoint.route).then_some(path), ..self }
    }

    /// The same over another version than HTTP/1.1.
    #[must_use]
    pub fn http_version(self, version: HttpVersion) -> Self {
        Self { http_version: version, ..self }
    }
}

/// The name of a gRPC status code.
pub(crate) fn grpc_code(code: u16) -> &'static str {
    const NAMES: [&str; 17] = [
        "OK",
        "CANCELLED",
        "UNKNOWN",
        "INVALID_ARGUMENT",
        "DEADLINE_EXCEEDED",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION",
        "ABORTED",
        "OUT_OF_RANGE",
        "UNIMPLEMENTED",
        "INTERNAL",
        "UNAVAILABLE",
        "DATA_LOSS",
        "UNAUTHENTICATED",
    ];
    NAMES.get(usize::from(code)).copied().unwrap_or("UNKNOWN")
}

/// Names an endpoint in a sentence.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.method, if self.method.is_empty() { "" } else { " " }, self.route)
    }
}
