//! What became of one request.

/// How a request ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum End {
    /// Answered as it should be.
    Answered,
    /// Refused because there is too much to do: 429 or 503, `UNAVAILABLE` or `RESOURCE_EXHAUSTED`.
    Shed,
    /// Any other status, of HTTP or of gRPC.
    Status(u16),
    /// No connection was to be had.
    Connect,
    /// The connection ended before the answer did.
    Broken,
    /// The client gave up.
    Deadline,
    /// The client gave up before there was a connection to send on.
    Unsent,
}

impl End {
    /// From an HTTP status.
    pub(crate) fn of_http(status: u16) -> Self {
        match status {
            200..=299 => Self::Answered,
            429 | 503 => Self::Shed,
            other => Self::Status(other),
        }
    }

    /// From a gRPC code.
    pub(crate) fn of_grpc(code: u16) -> Self {
        match code {
            0 => Self::Answered,
            8 | 14 => Self::Shed,
            other => Self::Status(other),
        }
    }

    /// The name under which it is counted.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Answered => "answered".into(),
            Self::Shed => "shed".into(),
            Self::Status(code) => format!("status {code}"),
            Self::Connect => "connect".into(),
            Self::Broken => "broken".into(),
            Self::Deadline => "deadline".into(),
            Self::Unsent => "unsent".into(),
        }
    }
}
