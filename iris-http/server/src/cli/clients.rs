//! What clients may take: connections, and time.

use std::num::NonZeroU32;
use std::time::Duration;

use clap::Args;
use iris_serving::net::{ClientLimits, Times};

use super::above_zero;

/// Limits of connections, of the whole process and of all its listeners.
#[derive(Debug, Args)]
pub(crate) struct Clients {
    /// Connections at a time; where there are so many, one that is idle makes room for the next.
    #[arg(long, env = "IRIS_MAX_CONNECTIONS", value_name = "N", default_value = "10000",
        value_parser = clap::value_parser!(u32).range(1..))]
    max_connections: u32,

    /// Connections of one client address at a time; more are closed [default: as many as there are].
    // Behind a balancer or a gateway all clients have few addresses, so that any number would be wrong somewhere.
    #[arg(long, env = "IRIS_MAX_CONNECTIONS_PER_ADDRESS", value_name = "N", hide_short_help = true)]
    max_connections_per_address: Option<NonZeroU32>,

    /// Time that a connection is kept which is not used.
    #[arg(long, env = "IRIS_IDLE_TIMEOUT", value_name = "DURATION", default_value = "60s", value_parser = above_zero, hide_short_help = true)]
    idle_timeout: Duration,

    /// Time from a connection to its first bytes, or its first gRPC call.
    #[arg(long, env = "IRIS_SILENT_TIMEOUT", value_name = "DURATION", default_value = "20s", value_parser = above_zero, hide_short_help = true)]
    silent_timeout: Duration,

    /// Time for the head of an HTTP request.
    #[arg(long, env = "IRIS_HEAD_TIMEOUT", value_name = "DURATION", default_value = "20s", value_parser = above_zero, hide_short_help = true)]
    head_timeout: Duration,

    /// Time for the body of a request, or the message of a gRPC call.
    #[arg(long, env = "IRIS_BODY_TIMEOUT", value_name = "DURATION", default_value = "30s", value_parser = above_zero, hide_short_help = true)]
    pub(crate) body_timeout: Duration,

    /// Time that a client may not read its answer.
    #[arg(long, env = "IRIS_ANSWER_TIMEOUT", value_name = "DURATION", default_value = "30s", value_parser = above_zero, hide_short_help = true)]
    pub(crate) answer_timeout: Duration,

    /// Time that a gRPC stream may be silent.
    #[arg(long, env = "IRIS_GRPC_STREAM_TIMEOUT", value_name = "DURATION", default_value = "30s", value_parser = above_zero, hide_short_help = true)]
    pub(crate) grpc_stream_timeout: Duration,

    /// Bytes a second that a body comes with at least, and an answer is read with; 0 for any.
    #[arg(long, env = "IRIS_MIN_RATE", value_name = "BYTES", default_value = "240", hide_short_help = true)]
    min_rate: u32,
}

impl Clients {
    /// The limits, with so many connections at most.
    pub(crate) fn limits(&self, at_most: usize) -> ClientLimits {
        ClientLimits {
            max_connections: (self.max_connections as usize).min(at_most),
            max_per_address: self.max_connections_per_address,
            times: Times {
                silent: self.silent_timeout,
                head: self.head_timeout,
                body: self.body_timeout,
                answer: self.answer_timeout,
                idle: self.idle_timeout,
                min_rate: self.min_rate,
            },
        }
    }
}
