//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

/// Answers the messages of a stream, and publishes the answers.
///
/// A message is what `POST /predict` takes; its answer is what that answers. Start it as often as you like with
/// the same --consumer: each message goes to one of them.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Settings {
    /// Where NATS is, with user and password if it wants them.
    #[arg(long, env = "IRIS_STREAM_NATS", default_value = "nats://127.0.0.1:4222")]
    pub(crate) nats: String,

    /// The stream to read.
    #[arg(long, env = "IRIS_STREAM_FROM")]
    pub(crate) from: String,

    /// The subject that answers are published to; a stream has to store it.
    #[arg(long, env = "IRIS_STREAM_TO")]
    pub(crate) to: String,

    /// The subject for messages that can never be answered, each with why; by default that of the answers and `.refused`.
    #[arg(long, env = "IRIS_STREAM_REFUSED")]
    pub(crate) refused: Option<String>,

    /// The durable consumer that all processes of one purpose share; it is made if it is not there.
    #[arg(long, env = "IRIS_STREAM_CONSUMER", default_value = "iris")]
    pub(crate) consumer: String,

    /// The model; without one the embedded Iris.
    #[arg(long, env = "IRIS_STREAM_MODEL")]
    pub(crate) model: Option<PathBuf>,

    /// How many messages are in work at a time: what is lost with a process is done again by another.
    #[arg(long, env = "IRIS_STREAM_BATCH", default_value_t = 256)]
    pub(crate) batch: usize,

    /// Seconds after which a message without an acknowledgement is delivered to another process.
    #[arg(long, env = "IRIS_STREAM_ACK_WAIT", default_value_t = 30)]
    pub(crate) ack_wait: u64,

    /// Ends when there has been nothing to read for a second, instead of waiting for more.
    #[arg(long)]
    pub(crate) once: bool,
}

impl Settings {
    pub(crate) fn ack_wait(&self) -> Duration {
        Duration::from_secs(self.ack_wait)
    }

    pub(crate) fn refused(&self) -> String {
        self.refused.clone().unwrap_or_else(|| format!("{}.refused", self.to))
    }
}
