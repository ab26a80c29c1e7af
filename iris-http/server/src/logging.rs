//! Log lines on standard error.

mod gcp;

use tracing::Level;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

use crate::cli::LogFormat;

/// Starts logging at `INFO`. The spans of requests are left out: a line for
/// each would cost more than the request.
pub(crate) fn start(format: LogFormat) {
    let filter =
        Targets::new().with_default(Level::INFO).with_target(iris_core::spans::TARGET, LevelFilter::OFF);
    let lines = fmt::layer().with_writer(std::io::stderr);
    let lines = match format {
        LogFormat::Text => {
            lines.with_target(false).with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).boxed()
        }
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
        LogFormat::Gcp => lines.event_format(gcp::CloudLogging::from_env()).boxed(),
    };
    tracing_subscriber::registry().with(lines.with_filter(filter)).init();
}
