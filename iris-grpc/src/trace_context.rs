//! What a call's metadata says for its record: trace context, and who asks.

use std::net::IpAddr;

use bytes::Bytes;
use http::header::{FORWARDED, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue};
use iris_serving::{ClientDetails, peer};
use iris_telemetry::{Client, ContextHeaders, Endpoint, HttpVersion, Origin, Tick};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
const CLOUD_TRACE: HeaderName = HeaderName::from_static("x-cloud-trace-context");
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The metadata that says which trace a call belongs to; kept, because tonic
/// takes the request's head apart.
#[derive(Debug, Clone, Default)]
pub(crate) struct TraceContext {
    traceparent: Option<HeaderValue>,
    tracestate: Option<Bytes>,
    cloud_trace: Option<HeaderValue>,
    address: Option<IpAddr>,
    user_agent: Option<HeaderValue>,
}

impl TraceContext {
    pub(crate) fn of(headers: &HeaderMap, details: &ClientDetails) -> Self {
        // Two parents are none.
        let mut parents = headers.get_all(TRACEPARENT).iter();
        let traceparent = parents.next().filter(|_| parents.next().is_none());
        let states: Vec<&[u8]> = headers.get_all(TRACESTATE).iter().map(HeaderValue::as_bytes).collect();
        Self {
            traceparent: traceparent.cloned(),
            tracestate: (!states.is_empty()).then(|| states.join(&b',').into()),
            cloud_trace: headers.get(CLOUD_TRACE).cloned(),
            address: peer().filter(|_| details.are_recorded()).map(|peer| {
                let lines = |name| headers.get_all(name).iter().map(HeaderValue::as_bytes);
                details.client(peer, lines(FORWARDED), lines(X_FORWARDED_FOR))
            }),
            user_agent: headers.get(USER_AGENT).filter(|_| details.are_recorded()).cloned(),
        }
    }

    /// The origin of the call whose metadata this is.
    pub(crate) fn origin(&self, endpoint: &'static Endpoint, started: Option<Tick>) -> Origin<'_> {
        let headers = ContextHeaders {
            traceparent: self.traceparent.as_ref().map(HeaderValue::as_bytes),
            tracestate: self.tracestate.as_deref(),
            cloud_trace: self.cloud_trace.as_ref().map(HeaderValue::as_bytes),
        };
        let user_agent = self.user_agent.as_ref().map(HeaderValue::as_bytes);
        let client = Client { address: self.address, user_agent };
        Origin::new(endpoint)
            .headers(headers)
            .client(client)
            .started(started)
            .http_version(HttpVersion::Http2)
    }
}
