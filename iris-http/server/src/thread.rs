//! A thread that serves, a worker's or the admin listener's.

use std::{io, thread};

use iris_serving::panics;
use tokio::sync::mpsc;

/// Sent by a thread that is no more.
pub(crate) struct Broken;

/// A thread that lets go of `working` at its end, and before that says so if it broke.
pub(crate) fn start(
    name: String,
    working: mpsc::Sender<Broken>,
    serve: impl FnOnce() + Send + 'static,
) -> io::Result<()> {
    thread::Builder::new().name(name).spawn(move || {
        // A connection that panics dies alone; this would be the accept loop.
        if panics::caught(serve).is_none() {
            // Whoever sent it first is the one that counts.
            let _ = working.try_send(Broken);
        }
    })?;
    Ok(())
}
