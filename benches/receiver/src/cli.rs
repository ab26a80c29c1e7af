//! The command line.

use std::net::SocketAddr;
use std::num::NonZeroU64;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

/// Receives OTLP traces over HTTP (`POST /v1/traces`), counts them, and checks some of them.
///
/// `GET /counts` tells what came in so far; `GET /ids` how many root span ids
/// the file holds, and how many different ones. With `--slowest`, also
/// `GET /durations`: for each kind of span how many there were and how long they
/// took together; and `GET /slowest`: the traces of the slowest requests.
#[derive(Debug, Parser)]
pub(crate) struct Cli {
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:0")]
    pub(crate) http: SocketAddr,

    /// File to append the root spans' ids to, 8 bytes each, before a body is answered.
    #[arg(long, value_name = "FILE")]
    pub(crate) ids: Option<PathBuf>,

    /// Decode and check one body in this many.
    #[arg(long, value_name = "N", default_value = "200")]
    pub(crate) sample: NonZeroU64,

    /// Sum the spans' durations, and keep the traces of so many of the slowest requests.
    #[arg(long, value_name = "N")]
    pub(crate) slowest: Option<usize>,

    /// Species that every inference must have predicted.
    #[arg(long)]
    pub(crate) species: Option<String>,

    /// Probability that every inference must have given.
    #[arg(long)]
    pub(crate) probability: Option<f64>,

    /// Traces may be cut by the edges of a body: incomplete ones at either end are passed over.
    #[arg(long)]
    pub(crate) split_traces: bool,

    /// Milliseconds to wait before each answer.
    #[arg(long, value_name = "MS", default_value = "0", value_parser = milliseconds)]
    pub(crate) delay: Duration,

    /// Answer every body with this status; anything but 200 takes nothing in.
    #[arg(long, value_name = "STATUS", default_value = "200", value_parser = clap::value_parser!(u16).range(200..600))]
    pub(crate) status: u16,
}

fn milliseconds(text: &str) -> Result<Duration, std::num::ParseIntError> {
    text.parse().map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }
}
