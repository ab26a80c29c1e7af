//! The process around the service, as the live page has it.

use std::num::NonZeroUsize;

/// What the live page says of the process around it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Page {
    workers: Option<NonZeroUsize>,
    pub(crate) grpc_port: Option<u16>,
}

impl Page {
    /// The same where so many threads answer; otherwise as many as there are processors.
    #[must_use]
    pub fn with_workers(self, workers: NonZeroUsize) -> Self {
        Self { workers: Some(workers), ..self }
    }

    /// The same where gRPC is spoken at this port of the same host.
    #[must_use]
    pub fn with_grpc_port(self, port: u16) -> Self {
        Self { grpc_port: Some(port), ..self }
    }

    /// Processors that the server may use, and threads that answer.
    pub(crate) fn cores_and_workers(self) -> (usize, usize) {
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        (cores, self.workers.map_or(cores, NonZeroUsize::get))
    }
}
