//! The signals that ask to stop: the first ends with whole rows, the second at once.

use std::io;
use std::thread;

use tokio::runtime;
use tokio::signal::unix::{SignalKind, signal};

use crate::exit::Exit;

/// Which one came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    Interrupt,
    Terminate,
}

impl Signal {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Interrupt => "SIGINT",
            Self::Terminate => "SIGTERM",
        }
    }

    pub(super) fn exit(self) -> Exit {
        match self {
            Self::Interrupt => Exit::Interrupted,
            Self::Terminate => Exit::Terminated,
        }
    }
}

/// Takes SIGINT and SIGTERM over; the first is told, if `tell` finds anybody to tell.
///
/// # Errors
///
/// That they cannot be waited for.
pub(super) fn watch(tell: impl Fn(Signal) -> bool + Send + 'static) -> io::Result<()> {
    let runtime = runtime::Builder::new_current_thread().enable_io().build()?;
    let (mut interrupt, mut terminate) = {
        let _context = runtime.enter();
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
    };
    let watching = move || {
        runtime.block_on(async {
            let mut is_told = false;
            loop {
                let signal = tokio::select! {
                    _ = interrupt.recv() => Signal::Interrupt,
                    _ = terminate.recv() => Signal::Terminate,
                };
                if std::mem::replace(&mut is_told, true) || !tell(signal) {
                    std::process::exit(signal.exit().code().into());
                }
            }
        });
    };
    thread::Builder::new().name("signals".to_owned()).spawn(watching)?;
    Ok(())
}
