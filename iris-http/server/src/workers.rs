//! A thread for each listener, each with a runtime of its own.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use iris_grpc::GrpcService;
use iris_http::HttpService;
use iris_serving::net::{Address, Bound, Clients, Cuts, Listener, Stopped, Stopping, Tls};
use tokio::runtime;
use tokio::sync::{mpsc, oneshot};
use tracing::{error, info, warn};

use crate::admin::Admin;
use crate::stop::{Signals, Stop};
use crate::systemd;
use crate::thread::{Broken, start};

/// What every worker serves.
#[derive(Clone)]
pub(crate) struct Services {
    pub(crate) http: HttpService,
    pub(crate) grpc: GrpcService,
    pub(crate) grpc_limits: iris_grpc::Limits,
    pub(crate) tls: Option<Tls>,
}

/// Where they are served, and to whom.
pub(crate) struct Serving {
    pub(crate) listeners: Vec<Listeners>,
    pub(crate) admin: Option<Admin>,
    pub(crate) clients: Clients,
    pub(crate) drain_grace: Duration,
}

/// The listeners of one worker.
pub(crate) struct Listeners {
    pub(crate) http: Bound,
    pub(crate) grpc: Option<Bound>,
}

impl Listeners {
    /// Where they listen.
    pub(crate) fn addresses(&self) -> Vec<Address> {
        // A socket that has no address is not announced either, and ends the start there.
        [Some(&self.http), self.grpc.as_ref()].into_iter().flatten().flat_map(Bound::address).collect()
    }

    /// The port at which gRPC is spoken, if it is at one.
    pub(crate) fn grpc_port(&self) -> Option<u16> {
        match self.grpc.as_ref()?.address().ok()? {
            Address::Tcp(address) => Some(address.port()),
            Address::Unix(_) => None,
        }
    }

    /// Deals them out, of which there are as many for gRPC, or none.
    pub(crate) fn deal(http: Vec<Bound>, grpc: Option<Vec<Bound>>) -> Vec<Self> {
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
    serving: Serving,
    services: &Services,
    drain_delay: Duration,
    stop: Stop,
    flush: impl FnOnce(Duration) + Send + 'static,
) -> io::Result<Ended> {
    let (stopping, stopped) = Stopping::channel();
    let (working, mut workers) = mpsc::channel::<Broken>(1);
    let Serving { listeners, admin, clients, drain_grace } = serving;
    for (index, listeners) in listeners.into_iter().enumerate() {
        let to = (clients.clone(), drain_grace);
        spawn(index, listeners, services.clone(), to, stopped.clone(), working.clone())?;
    }
    if let Some(admin) = admin {
        admin.spawn(stopped.clone(), working.clone())?;
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
        systemd::stopping();
        if broken.is_some() {
            error!("stopping: a worker has come to an end");
        } else if !drain_delay.is_zero() {
            tokio::select! {
                () = tokio::time::sleep(drain_delay) => {}
                _ = signals.next() => {}
            }
        }
        stopping.tell();
        let grace_ends = Instant::now() + drain_grace;
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
    (clients, drain_grace): (Clients, Duration),
    stopped: Stopped,
    working: mpsc::Sender<Broken>,
) -> io::Result<()> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let (http, grpc) = {
        let _context = runtime.enter();
        let listen = |bound| Listener::new(bound).map(|listener| listener.with_tls(services.tls.clone()));
        (listen(listeners.http)?, listeners.grpc.map(listen).transpose()?)
    };
    if let Some(lane) = services.http.catalog().lane() {
        runtime.spawn(lane.watch());
    }
    let serve = move || {
        let http = iris_http::serve_among(http, services.http, &clients, drain_grace, stopped.clone());
        let grpc = async {
            if let Some(grpc) = grpc {
                let (service, limits) = (services.grpc, services.grpc_limits);
                iris_grpc::serve_among(grpc, service, limits, &clients, stopped.clone()).await;
            }
        };
        runtime.block_on(async { tokio::join!(http, grpc) });
    };
    start(format!("worker-{index}"), working, serve)
}
