//! Trace context in a call's metadata.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use iris_telemetry::{ContextHeaders, Endpoint, HttpVersion, Origin, Tick};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
const CLOUD_TRACE: HeaderName = HeaderName::from_static("x-cloud-trace-context");

/// The metadata that says which trace a call belongs to; kept, because tonic
/// takes the request's head apart.
#[derive(Debug, Clone, Default)]
pub(crate) struct TraceContext {
    traceparent: Option<HeaderValue>,
    tracestate: Option<Bytes>,
    cloud_trace: Option<HeaderValue>,
}

impl TraceContext {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        // Two parents are none.
        let mut parents = headers.get_all(TRACEPARENT).iter();
        let traceparent = parents.next().filter(|_| parents.next().is_none());
        let states: Vec<&[u8]> = headers.get_all(TRACESTATE).iter().map(HeaderValue::as_bytes).collect();
        Self {
            traceparent: traceparent.cloned(),
            tracestate: (!states.is_empty()).then(|| states.join(&b',').into()),
            cloud_trace: headers.get(CLOUD_TRACE).cloned(),
        }
    }

    /// The origin of the call whose metadata this is.
    pub(crate) fn origin(&self, endpoint: &'static Endpoint, started: Option<Tick>) -> Origin<'_> {
        let headers = ContextHeaders {
            traceparent: self.traceparent.as_ref().map(HeaderValue::as_bytes),
            tracestate: self.tracestate.as_deref(),
            cloud_trace: self.cloud_trace.as_ref().map(HeaderValue::as_bytes),
        };
        Origin::new(endpoint).headers(headers).started(started).http_version(HttpVersion::Http2)
    }
}
