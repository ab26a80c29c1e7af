//! The signals that ask the server to stop.

use std::io;

use tokio::runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// A runtime for the main thread, already listening for signals, so that none
/// that comes after this call kills the process.
pub(crate) struct Stop {
    runtime: runtime::Runtime,
    terminate: Signal,
    interrupt: Signal,
}

/// Takes SIGTERM and SIGINT over.
pub(crate) fn on_signal() -> io::Result<Stop> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let (terminate, interrupt) = {
        let _context = runtime.enter();
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?)
    };
    Ok(Stop { runtime, terminate, interrupt })
}

impl Stop {
    /// Runs `then` on the main thread's runtime, handing it the signals.
    pub(crate) fn block_on<F: Future>(self, then: impl FnOnce(Signals) -> F) -> F::Output {
        let Self { runtime, terminate, interrupt } = self;
        runtime.block_on(then(Signals { terminate, interrupt }))
    }
}

/// The two signals.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Waits for the next one; returns its name.
    pub(crate) async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}
