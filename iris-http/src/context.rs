//! Trace context in a request's headers.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, Version};
use iris_telemetry::{ContextHeaders, Endpoint, HttpVersion, Origin, Tick};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
const CLOUD_TRACE: HeaderName = HeaderName::from_static("x-cloud-trace-context");

/// The headers that say which trace a request belongs to.
#[derive(Debug)]
pub(crate) struct RequestContext<'a> {
    headers: ContextHeaders<'a>,
    tracestate: Option<Cow<'a, [u8]>>,
}

impl<'a> RequestContext<'a> {
    pub(crate) fn of(headers: &'a HeaderMap) -> Self {
        let mut states = headers.get_all(TRACESTATE).iter();
        let tracestate = states.next().map(|first| {
            let rest: Vec<&[u8]> = states.map(http::HeaderValue::as_bytes).collect();
            if rest.is_empty() {
                return Cow::Borrowed(first.as_bytes());
            }
            Cow::Owned([&[first.as_bytes()], rest.as_slice()].concat().join(&b','))
        });
        // Two parents are none.
        let mut parents = headers.get_all(TRACEPARENT).iter();
        let traceparent = parents.next().filter(|_| parents.next().is_none());
        let headers = ContextHeaders {
            traceparent: traceparent.map(http::HeaderValue::as_bytes),
            tracestate: None,
            cloud_trace: headers.get(CLOUD_TRACE).map(http::HeaderValue::as_bytes),
        };
        Self { headers, tracestate }
    }

    /// The origin of the request whose headers these are.
    pub(crate) fn origin(
        &self,
        endpoint: &'static Endpoint,
        version: Version,
        started: Option<Tick>,
    ) -> Origin<'_> {
        let headers = ContextHeaders { tracestate: self.tracestate.as_deref(), ..self.headers };
        let origin = Origin::new(endpoint).headers(headers).started(started);
        origin.http_version(match version {
            Version::HTTP_10 => HttpVersion::Http10,
            Version::HTTP_2 => HttpVersion::Http2,
            Version::HTTP_3 => HttpVersion::Http3,
            _ => HttpVersion::Http11,
        })
    }
}
