//! The signals: those that ask the server to stop, and those that must not end it.

use std::io;

use iris_serving::Loader;
use tokio::runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Interval, interval};
use tracing::{debug, info};

use crate::access::{Access, LOOK};

/// A runtime for the main thread, from whose making on the signals that are
/// not to end the process no longer do.
pub(crate) struct Survivor {
    runtime: runtime::Runtime,
    hangup: Signal,
    user: [Signal; 2],
}

/// The same, also listening for the signals to stop.
pub(crate) struct Stop {
    runtime: runtime::Runtime,
    signals: Signals,
}

/// All that is listened for.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    quit: Signal,
    hangup: Signal,
    user: [Signal; 2],
    /// What is read again on a hangup, and when its files change.
    access: Access,
    look: Interval,
}

/// Takes SIGHUP, SIGUSR1 and SIGUSR2 over.
pub(crate) fn survive() -> io::Result<Survivor> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let (hangup, user) = {
        let _context = runtime.enter();
        let user = [SignalKind::user_defined1(), SignalKind::user_defined2()];
        (signal(SignalKind::hangup())?, [signal(user[0])?, signal(user[1])?])
    };
    Ok(Survivor { runtime, hangup, user })
}

impl Survivor {
    /// Takes SIGTERM, SIGINT and SIGQUIT over, which end the process at once
    /// until then: a start that takes long can be broken off.
    pub(crate) fn on_signal(self, access: Access) -> io::Result<Stop> {
        let Self { runtime, hangup, user } = self;
        let signals = {
            let _context = runtime.enter();
            Signals {
                terminate: signal(SignalKind::terminate())?,
                interrupt: signal(SignalKind::interrupt())?,
                quit: signal(SignalKind::quit())?,
                hangup,
                user,
                access,
                look: interval(LOOK),
            }
        };
        Ok(Stop { runtime, signals })
    }
}

impl Stop {
    /// Runs `then` on the main thread's runtime, handing it the signals.
    pub(crate) fn block_on<F: Future>(self, then: impl FnOnce(Signals) -> F) -> F::Output {
        let Self { runtime, signals } = self;
        runtime.block_on(then(signals))
    }
}

impl Signals {
    /// Waits for the next one to stop; returns its name. Any other is answered
    /// with a line in the log.
    pub(crate) async fn next(&mut self) -> &'static str {
        let [user1, user2] = &mut self.user;
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return "SIGTERM",
                _ = self.interrupt.recv() => return "SIGINT",
                _ = self.quit.recv() => return "SIGQUIT",
                _ = self.hangup.recv() => {
                    info!(signal = "SIGHUP", "reloading");
                    self.access.reload();
                    self.access.models.iter().for_each(Loader::reload);
                }
                _ = self.look.tick() => self.access.look(),
                _ = user1.recv() => debug!(signal = "SIGUSR1", "ignored"),
                _ = user2.recv() => debug!(signal = "SIGUSR2", "ignored"),
            }
        }
    }
}
