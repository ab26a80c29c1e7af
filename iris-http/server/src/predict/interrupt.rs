//! The signals that ask to stop: the first ends with whole rows, the second at once.

use std::io;
use std::sync::mpsc::Sender;
use std::thread;

use tokio::runtime;
use tokio::signal::unix::{SignalKind, signal};

use super::pipeline::Event;
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

/// Takes SIGINT and SIGTERM over, and tells of them.
///
/// # Errors
///
/// That they cannot be waited for.
pub(super) fn watch(events: Sender<Event>) -> io::Result<()> {
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
                if std::mem::replace(&mut is_told, true) || events.send(Event::Stop(signal)).is_err() {
                    std::process::exit(signal.exit().code().into());
                }
            }
        });
    };
    thread::Builder::new().name("signals".to_owned()).spawn(watching)?;
    Ok(())
}
