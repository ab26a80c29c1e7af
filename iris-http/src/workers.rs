//! A thread for each listener, each with a runtime of its own.

use std::io;
use std::net::TcpListener;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use iris_http::{App, Limits, serve};
use tokio::runtime;
use tokio::sync::{mpsc, oneshot, watch};
use tracing::{info, warn};

use crate::stop::{Signals, Stop};

/// Serves until a signal comes, then drains; a second signal ends the wait.
///
/// `flush` is then given what is left of the grace. Returns how many connections
/// were cut off.
pub(crate) fn run(
    listeners: Vec<TcpListener>,
    app: &App,
    limits: Limits,
    drain_delay: Duration,
    stop: Stop,
    flush: impl FnOnce(Duration) + Send + 'static,
) -> io::Result<usize> {
    let (closing, closed) = watch::channel(());
    let (working, mut all_done) = mpsc::channel::<()>(1);
    let workers = listeners
        .into_iter()
        .enumerate()
        .map(|(index, listener)| spawn(index, listener, app.clone(), limits, closed.clone(), working.clone()))
        .collect::<io::Result<Vec<_>>>()?;
    drop((closed, working));
    let finished = stop.block_on(async |mut signals: Signals| {
        let signal = signals.next().await;
        info!(signal, ?drain_delay, "stopping: readiness is refused from now on");
        app.served().set_ready(false);
        tokio::select! {
            () = tokio::time::sleep(drain_delay) => {}
            _ = signals.next() => {}
        }
        drop(closing);
        let grace_ends = Instant::now() + limits.drain_grace;
        let finish = async {
            // The channel closes when the last worker has let go of its end.
            all_done.recv().await;
            flushed(flush, grace_ends.saturating_duration_since(Instant::now())).await;
        };
        tokio::select! {
            () = finish => true,
            signal = signals.next() => {
                warn!(signal, "stopping at once");
                false
            }
        }
    });
    let joined = if finished { workers } else { Vec::new() };
    Ok(joined.into_iter().map(|worker| worker.join().unwrap_or(0)).sum())
}

/// Flushes on a thread of its own, which nobody waits for after another signal.
async fn flushed(flush: impl FnOnce(Duration) + Send + 'static, limit: Duration) {
    let (flushing, done) = oneshot::channel::<()>();
    thread::spawn(move || {
        flush(limit);
        drop(flushing);
    });
    // Nothing is ever sent: the end shows as an error. Whatever holds it up, a
    // log that nobody reads for one, does not hold up the end for ever.
    let _ = tokio::time::timeout(limit + Duration::from_secs(1), done).await;
}

/// A thread that serves until the sender of `closed` is gone.
fn spawn(
    index: usize,
    listener: TcpListener,
    app: App,
    limits: Limits,
    mut closed: watch::Receiver<()>,
    working: mpsc::Sender<()>,
) -> io::Result<JoinHandle<usize>> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let listener = {
        let _context = runtime.enter();
        tokio::net::TcpListener::from_std(listener)?
    };
    thread::Builder::new().name(format!("http-{index}")).spawn(move || {
        let cut_off = runtime.block_on(async {
            let closing = async { while closed.changed().await.is_ok() {} };
            serve(listener, app, limits, closing).await
        });
        drop(working);
        cut_off
    })
}
