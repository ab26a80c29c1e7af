//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

/// Sends requests when they are due, whether or not the server keeps up.
#[derive(Debug, Parser)]
pub(crate) struct Cli {
    /// Where the server listens.
    #[arg(long)]
    pub(crate) address: SocketAddr,
    /// File of a whole HTTP/1.1 request, head and body; with --grpc, of the body of a call.
    #[arg(long)]
    pub(crate) request: PathBuf,
    /// Path of a gRPC method to call, over HTTP/2.
    #[arg(long)]
    pub(crate) grpc: Option<String>,
    /// `RATExSECONDS`, one after the other; a rate of 0 sends as fast as answers come.
    #[arg(long = "phase", value_parser = phase, required = true)]
    pub(crate) phases: Vec<Phase>,
    /// Most connections at a time; requests that find none wait.
    #[arg(long, default_value_t = 1_000)]
    pub(crate) connections: usize,
    /// Milliseconds after which a client gives up and hangs up.
    #[arg(long, default_value_t = 1_000)]
    pub(crate) deadline_ms: u64,
    /// Requests under way at a time in a phase without a rate; as many as connections if not given.
    #[arg(long)]
    pub(crate) in_turn: Option<usize>,
    /// A connection for each request.
    #[arg(long)]
    pub(crate) fresh: bool,
}

/// So many requests a second, for so long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Phase {
    /// Requests a second; 0 is as fast as answers come.
    pub(crate) rate: f64,
    pub(crate) length: Duration,
}

impl Cli {
    pub(crate) fn in_turn(&self) -> usize {
        self.in_turn.unwrap_or(self.connections)
    }

    pub(crate) fn deadline(&self) -> Duration {
        Duration::from_millis(self.deadline_ms)
    }
}

fn phase(said: &str) -> Result<Phase, String> {
    let parsed = said.split_once('x').and_then(|(rate, seconds)| {
        Some((rate.parse::<f64>().ok()?, Duration::try_from_secs_f64(seconds.parse().ok()?).ok()?))
    });
    match parsed {
        Some((rate, length)) if rate.is_finite() && rate >= 0.0 => Ok(Phase { rate, length }),
        _ => Err(format!("{said} is not RATExSECONDS")),
    }
}
