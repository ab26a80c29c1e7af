//! A thread for each listener, each with a runtime of its own.

use std::io;
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use iris_grpc::GrpcService;
use iris_http::HttpService;
use iris_serving::net::{Cuts, Stopped, Stopping};
use iris_serving::panics;
use tokio::runtime;
use tokio::sync::{mpsc, oneshot};
use tracing::{error, info, warn};

use crate::stop::{Signals, Stop};

/// What every worker serves.
#[derive(Clone)]
pub(crate) struct Services {
    pub(crate) http: HttpService,
    pub(crate) http_limits: iris_http::Limits,
    pub(crate) grpc: GrpcService,
    pub(crate) grpc_limits: iris_grpc::Limits,
}

/// The listeners of one worker.
pub(crate) struct Listeners {
    pub(crate) http: TcpListener,
    pub(crate) grpc: Option<TcpListener>,
}

impl Listeners {
    /// Deals them out, of which there are as many for gRPC, or none.
    pub(crate) fn deal(http: Vec<TcpListener>, grpc: Option<Vec<TcpListener>>) -> Vec<Self> {
        let grpc = grpc.into_iter().flatten().map(Some).chain(std::iter::repeat_with(|| None));
        http.into_iter().zip(grpc).map(|(http, grpc)| Self { http, grpc }).collect()
    }
}

/// How serving ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ended {
    /// What the stop cut off.
    pub(crate) cuts: Cuts,
    /// A worker broke, so that the others were stopped, too.
    pub(crate) is_broken: bool,
}

/// How long workers may take to let go of everything at once.
const LET_GO: Duration = Duration::from_secs(1);

/// Serves until a signal comes, then drains; a second signal ends the wait.
///
/// `flush` is then given what is left of the grace.
pub(crate) fn run(
    listeners: Vec<Listeners>,
    services: &Services,
    drain_delay: Duration,
    stop: Stop,
    flush: impl FnOnce(Duration) + Send + 'static,
) -> io::Result<Ended> {
    let (stopping, stopped) = Stopping::channel();
    let (working, mut workers) = mpsc::channel::<Broken>(1);
    for (index, listeners) in listeners.into_iter().enumerate() {
        spawn(index, listeners, services.clone(), stopped.clone(), working.clone())?;
    }
    drop(working);
    let is_broken = stop.block_on(async |mut signals: Signals| {
        let broken = tokio::select! {
            signal = signals.next() => {
                info!(signal, ?drain_delay, "stopping: readiness is refused from now on");
                None
            }
            broken = workers.recv() => broken,
        };
        services.http.catalog().readiness().set(false);
        if broken.is_some() {
            error!("stopping: a worker has come to an end");
        } else if !drain_delay.is_zero() {
            tokio::select! {
                () = tokio::time::sleep(drain_delay) => {}
                _ = signals.next() => {}
            }
        }
        stopping.tell();
        let grace_ends = Instant::now() + services.http_limits.drain_grace;
        let finish = async {
            all_done(&mut workers).await;
            flushed(flush, grace_ends.saturating_duration_since(Instant::now())).await;
        };
        let signal = tokio::select! {
            () = finish => None,
            signal = signals.next() => Some(signal),
        };
        if let Some(signal) = signal {
            warn!(signal, "stopping at once");
            stopping.tell_at_once();
            // So that what was in flight is known.
            let _ = tokio::time::timeout(LET_GO, all_done(&mut workers)).await;
        }
        broken.is_some()
    });
    Ok(Ended { cuts: stopping.cuts(), is_broken })
}

/// Sent by a worker that is no more.
struct Broken;

/// The channel closes when the last worker has let go of its end.
async fn all_done(workers: &mut mpsc::Receiver<Broken>) {
    while workers.recv().await.is_some() {}
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

/// A thread that serves until the stop, and lets go of `working` at its end.
fn spawn(
    index: usize,
    listeners: Listeners,
    services: Services,
    stopped: Stopped,
    working: mpsc::Sender<Broken>,
) -> io::Result<()> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let (http, grpc) = {
        let _context = runtime.enter();
        let grpc = listeners.grpc.map(tokio::net::TcpListener::from_std).transpose()?;
        (tokio::net::TcpListener::from_std(listeners.http)?, grpc)
    };
    let serve = move || {
        let http = iris_http::serve_until(http, services.http, services.http_limits, stopped.clone());
        let grpc = async {
            if let Some(grpc) = grpc {
                iris_grpc::serve_until(grpc, services.grpc, services.grpc_limits, stopped).await;
            }
        };
        runtime.block_on(async { tokio::join!(http, grpc) });
    };
    let thread = thread::Builder::new().name(format!("worker-{index}"));
    thread.spawn(move || {
        // A connection that panics dies alone; this would be the accept loop.
        if panics::caught(serve).is_none() {
            // Whoever sent it first is the one that counts.
            let _ = working.try_send(Broken);
        }
    })?;
    Ok(())
}
