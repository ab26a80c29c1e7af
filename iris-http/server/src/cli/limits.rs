//! The flags of how much a request, and all of them, may take.

use std::num::NonZeroUsize;
use std::time::Duration;

use bytesize::ByteSize;
use clap::Args;

use super::{above_zero, bytes};
use crate::memory;

/// How much is done for clients.
#[derive(Debug, Args)]
pub(crate) struct LimitFlags {
    /// Largest request body.
    #[arg(long, env = "IRIS_MAX_BODY", value_name = "SIZE", default_value = "2MiB")]
    max_body: ByteSize,

    /// Most rows in one request.
    #[arg(long, env = "IRIS_MAX_ROWS", value_name = "N", default_value = "65536")]
    pub(crate) max_rows: NonZeroUsize,

    /// Longest wait of a dear request before its turn; who would wait longer is refused with 503 or UNAVAILABLE.
    #[arg(long, env = "IRIS_MAX_WAIT", value_name = "DURATION", default_value = "250ms", value_parser = above_zero)]
    pub(crate) max_wait: Duration,

    /// Memory for what is held for clients [default: half of what there is, at most 256MiB].
    ///
    /// Bodies, rows, answers they have not read. Beyond it requests wait a second, then they are refused. What
    /// there is is the container's memory, or the machine's.
    #[arg(long, env = "IRIS_MEMORY", value_name = "SIZE")]
    memory: Option<ByteSize>,
}

impl LimitFlags {
    pub(crate) fn max_body_bytes(&self) -> usize {
        bytes(self.max_body)
    }

    /// Room for what is held for clients.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.memory.map_or_else(memory::for_clients, bytes)
    }
}
