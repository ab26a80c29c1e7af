//! From our ids to OpenTelemetry's contexts, and back.

use opentelemetry::trace::{SpanContext, TraceContextExt, TraceFlags, TraceState};
use opentelemetry::{Context, ContextGuard};

use crate::context::{SpanId, TraceId};
use crate::origin::Origin;
use crate::parent::Parent;
use crate::settings::Propagators;
use crate::view::View;

/// Makes the parent of a request that of spans begun meanwhile. A parent that
/// only headers name stands back behind a span that is current: whoever made
/// that has read them.
pub(crate) fn attach_parent(origin: &Origin<'_>, propagators: Propagators) -> Option<ContextGuard> {
    if let Some(context) = origin.context.filter(|context| context.span().span_context().is_valid()) {
        return Some(context.clone().attach());
    }
    let current = Context::current();
    if current.has_active_span() {
        return None;
    }
    let Parent { span, is_remote, tracestate } = Parent::of(origin, propagators)?;
    let flags = TraceFlags::default().with_sampled(span.sampled.unwrap_or(true));
    let span = new(span.trace_id, span.span_id, flags, is_remote, &tracestate);
    Some(current.with_remote_span_context(span).attach())
}

/// The current context with the span of a record in it.
pub(crate) fn context_of(view: &View<'_>) -> Context {
    Context::current().with_remote_span_context(span_context(view, view.record.span_id))
}

/// One of a record's spans.
pub(crate) fn span_context(view: &View<'_>, span: SpanId) -> SpanContext {
    let flags = TraceFlags::default().with_sampled(view.record.sampled);
    new(view.record.trace_id, span, flags, false, view.tracestate)
}

fn new(trace: TraceId, span: SpanId, flags: TraceFlags, is_remote: bool, tracestate: &str) -> SpanContext {
    // What the SDK does not take for a state is left out.
    let state = tracestate.parse::<TraceState>().unwrap_or_default();
    SpanContext::new(trace.0.into(), span.0.into(), flags, is_remote, state)
}
