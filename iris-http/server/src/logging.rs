//! Log lines on standard error.

mod gcp;
mod queue;

use std::io::{self, IsTerminal};
use std::time::Duration;

use tracing::Level;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

use crate::cli::LogFormat;
use queue::Queue;

/// How long the end of the process waits for the last lines to be read.
const LAST_LINES: Duration = Duration::from_millis(500);

/// Logging at work; dropped, it writes what is still to be written.
#[must_use]
pub(crate) struct Logging(Queue);

/// Starts logging at `INFO`. The spans of requests are left out: a line for
/// each would cost more than the request.
///
/// Nobody who logs waits for whoever reads standard error.
pub(crate) fn start(format: LogFormat) -> io::Result<Logging> {
    let queue = Queue::start(io::stderr())?;
    let filter =
        Targets::new().with_default(Level::INFO).with_target(iris_telemetry::TARGET, LevelFilter::OFF);
    // Complaints about the log would go to standard error without the queue.
    let lines = fmt::layer().with_writer(queue.clone()).log_internal_errors(false);
    let lines = match format {
        LogFormat::Text => lines.with_target(false).with_ansi(io::stderr().is_terminal()).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
        LogFormat::Gcp => lines.event_format(gcp::CloudLogging::from_env()).boxed(),
    };
    tracing_subscriber::registry().with(lines.with_filter(filter)).init();
    Ok(Logging(queue))
}

impl Drop for Logging {
    fn drop(&mut self) {
        self.0.finish(LAST_LINES);
    }
}
