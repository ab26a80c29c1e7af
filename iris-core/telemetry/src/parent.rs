//! The span that a request's own is a child of.

use std::borrow::Cow;

use crate::context::RemoteParent;
use crate::origin::Origin;
use crate::settings::Propagators;
use crate::tracestate::tracestate;

/// A span of which a request's is a child.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Parent<'a> {
    pub(crate) span: RemoteParent,
    /// Whether it is a span of another process.
    pub(crate) is_remote: bool,
    /// To be handed on; empty if there is none.
    pub(crate) tracestate: Cow<'a, str>,
}

impl<'a> Parent<'a> {
    /// The parent that the origin names: a span that was given outright, or the
    /// one that the headers say, so far as `propagators` reads them.
    pub(crate) fn of(origin: &Origin<'a>, propagators: Propagators) -> Option<Self> {
        #[cfg(feature = "opentelemetry")]
        if let Some(parent) = origin.context.and_then(parent_in) {
            return Some(parent);
        }
        let Propagators { tracecontext, cloud_trace } = propagators;
        let headers = &origin.headers;
        let w3c = headers.traceparent.filter(|_| tracecontext).and_then(RemoteParent::from_traceparent);
        if let Some(span) = w3c {
            let state = headers.tracestate.and_then(tracestate).unwrap_or_default();
            return Some(Self { span, is_remote: true, tracestate: Cow::Borrowed(state) });
        }
        let cloud = headers.cloud_trace.filter(|_| cloud_trace).and_then(RemoteParent::from_cloud_trace);
        // Only the W3C's headers have a state.
        cloud.map(|span| Self { span, is_remote: true, tracestate: Cow::Borrowed("") })
    }
}

/// The span in a context, as the parent of a request.
#[cfg(feature = "opentelemetry")]
fn parent_in(context: &opentelemetry::Context) -> Option<Parent<'static>> {
    use opentelemetry::trace::TraceContextExt;

    use crate::context::{SpanId, TraceId};

    let span = context.span();
    let span = span.span_context();
    span.is_valid().then(|| Parent {
        span: RemoteParent {
            trace_id: TraceId(u128::from_be_bytes(span.trace_id().to_bytes())),
            span_id: SpanId(u64::from_be_bytes(span.span_id().to_bytes())),
            sampled: Some(span.is_sampled()),
        },
        is_remote: span.is_remote(),
        tracestate: Cow::Owned(span.trace_state().header()),
    })
}
