"""The span that is active in opentelemetry-python, of which a prediction is a child."""

from __future__ import annotations

import sys


def current() -> tuple[bytes, bytes] | None:
    """`traceparent` and `tracestate`, if the caller uses opentelemetry-python and is in a span."""
    trace = sys.modules.get("opentelemetry.trace")
    if trace is None:
        return None
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return None
    parent = f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"
    state = context.trace_state.to_header() if context.trace_state else ""
    return parent.encode(), state.encode()
