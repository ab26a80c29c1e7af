//! The flags of `stream`.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::{LogFormat, ModelSource, above_zero};

/// What the long help says behind the flags.
pub(super) const EXAMPLES: &str = "\
Examples:
  iris-server stream --from nats://127.0.0.1/flowers --to nats://127.0.0.1/answers
      Answer what is published to flowers, until told to stop; start it as often as you like
  iris-server stream -m forest.joblib --from tls://broker/orders.> --to tls://broker/scores \\
      --dead-letter scores.refused --credentials iris.creds
      Set aside what cannot be answered, each message with why
  iris-server stream --from nats://127.0.0.1/flowers --to nats://127.0.0.1/answers --until-empty
      Answer what is there, and end
  iris-server stream --from kafka://one,two/flowers --to kafka://one/answers --consumer irises
      Answer a topic of Kafka's, in a build with the feature kafka";

/// Which messages to answer, and where the answers go.
#[derive(Debug, Args)]
pub(crate) struct Stream {
    /// Where messages come from: `nats://HOST[:PORT]/SUBJECT` of a subject that a stream stores, or
    /// `kafka://HOST[:PORT][,HOST…]/TOPIC`.
    #[arg(long, env = "IRIS_STREAM_FROM", hide_env_values = true, value_name = "ADDRESS")]
    pub(crate) from: String,

    /// Where answers go: an address of the same kind. A user and a password of NATS's stand before the host.
    #[arg(long, env = "IRIS_STREAM_TO", hide_env_values = true, value_name = "ADDRESS")]
    pub(crate) to: String,

    /// Subject or topic beside that of the answers for messages that can never be answered, each with why.
    ///
    /// Without it such a message is terminated: NATS tells whoever listens to its advisories, and does not deliver it
    /// again; of Kafka's it is passed over. Either is in the log.
    #[arg(long, env = "IRIS_STREAM_DEAD_LETTER", value_name = "SUBJECT|TOPIC")]
    pub(crate) dead_letter: Option<String>,

    /// The model, as serve takes it; without it the embedded one.
    #[arg(long, short, env = "IRIS_MODELS", value_name = "PATH[#KEY]")]
    pub(crate) model: Option<ModelSource>,

    /// Durable consumer, or consumer group, that all processes of one purpose share; it is made where there is none.
    #[arg(long, env = "IRIS_STREAM_CONSUMER", value_name = "NAME", default_value = "iris")]
    pub(crate) consumer: String,

    /// File with a user's token and key, as NATS's tools write it.
    #[arg(long, env = "IRIS_STREAM_CREDENTIALS", value_name = "FILE")]
    pub(crate) credentials: Option<PathBuf>,

    /// Most messages that are answered together.
    #[arg(long, env = "IRIS_STREAM_BATCH", value_name = "N", default_value = "256")]
    pub(crate) batch: NonZeroUsize,

    /// Time after which the broker gives what a process does not answer to another: of a consumer that is made, a
    /// message that is not acknowledged; of a group, the partitions of a process that is not heard of.
    #[arg(
        long,
        env = "IRIS_STREAM_ACK_WAIT",
        value_name = "DURATION",
        default_value = "30s",
        value_parser = above_zero
    )]
    pub(crate) ack_wait: Duration,

    /// End when everything is answered, instead of waiting for more.
    #[arg(long)]
    pub(crate) until_empty: bool,

    /// How log lines are written to standard error.
    #[arg(long, env = "IRIS_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub(crate) log_format: LogFormat,
}
