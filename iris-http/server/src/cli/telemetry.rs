//! The flags of what is told of requests, to whom.

use bytesize::ByteSize;
use clap::{Args, ValueEnum};

use super::bytes;
use crate::memory;

/// What is told of requests.
#[derive(Debug, Args)]
pub(crate) struct TelemetryFlags {
    /// How log lines are written to standard error.
    #[arg(long, env = "IRIS_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub(crate) log_format: LogFormat,

    /// Log a line for each request; written aside, never while a request waits.
    #[arg(long, env = "IRIS_ACCESS_LOG")]
    pub(crate) access_log: bool,

    /// Buffer for traces that wait for a collector [default: an eighth of the memory, at most 64MiB].
    ///
    /// When it is full the oldest are dropped. The memory is the container's, or the machine's. Where traces go is
    /// said by the variables of OpenTelemetry.
    #[arg(long, env = "IRIS_TRACE_BUFFER", value_name = "SIZE", hide_short_help = true)]
    trace_buffer: Option<ByteSize>,

    /// Tell clients in a Server-Timing header how long each stage of /predict took.
    #[arg(long, env = "IRIS_SERVER_TIMING", hide_short_help = true)]
    pub(crate) server_timing: bool,

    /// Leave addresses and user agents of clients out of traces and the access log.
    #[arg(long, env = "IRIS_NO_CLIENT_DETAILS", hide_short_help = true)]
    pub(crate) no_client_details: bool,
}

/// How a log line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
    /// The same with the fields that Google Cloud Logging reads.
    Gcp,
}

impl TelemetryFlags {
    pub(crate) fn trace_buffer_bytes(&self) -> usize {
        self.trace_buffer.map_or_else(memory::for_traces, bytes)
    }
}
