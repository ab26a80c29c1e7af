//! Traces on standard output, for `OTEL_TRACES_EXPORTER=console`.

use std::io::Write;

use super::trace::Trace;

/// Prints a trace. A reader that went away is no reason to stop.
pub(super) fn print(trace: &Trace) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{trace}").and_then(|()| out.flush());
}
