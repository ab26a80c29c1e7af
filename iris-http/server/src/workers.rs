//! A thread for each listener, each with a runtime of its own.

use std::io;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use iris_grpc::GrpcService;
use iris_http::HttpService;
use iris_serving::net::{Address, Bound, Clients, Listener, Stopped, Stopping, Tls};
use tokio::runtime;
use tokio::sync::{mpsc, oneshot};
use tracing::{info, warn};

use crate::admin::Admin;
use crate::stop::{Signals, Stop};
use crate::systemd;

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

/// Serves until a signal comes, then drains; a second signal ends the wait.
///
/// `flush` is then given what is left of the grace. Returns how many connections
/// were cut off.
pub(crate) fn run(
    serving: Serving,
    services: &Services,
    drain_delay: Duration,
    stop: Stop,
    flush: impl FnOnce(Duration) + Send + 'static,
) -> io::Result<usize> {
    let (stopping, stopped) = Stopping::channel();
    let (working, mut all_done) = mpsc::channel::<()>(1);
    let Serving { listeners, admin, clients, drain_grace } = serving;
    let start = |(index, listeners)| {
        let to = (clients.clone(), drain_grace);
        spawn(index, listeners, services.clone(), to, stopped.clone(), working.clone())
    };
    let mut workers = listeners.into_iter().enumerate().map(start).collect::<io::Result<Vec<_>>>()?;
    if let Some(admin) = admin {
        workers.push(admin.spawn(stopped.clone(), working.clone())?);
    }
    drop(working);
    let finished = stop.block_on(async |mut signals: Signals| {
        let signal = signals.next().await;
        info!(signal, ?drain_delay, "stopping: readiness is refused from now on");
        services.http.catalog().readiness().set(false);
        systemd::stopping();
        tokio::select! {
            () = tokio::time::sleep(drain_delay) => {}
            _ = signals.next() => {}
        }
        stopping.tell();
        let grace_ends = Instant::now() + drain_grace;
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

/// A thread that serves until the stop, and lets go of `working` at its end.
fn spawn(
    index: usize,
    listeners: Listeners,
    services: Services,
    (clients, drain_grace): (Clients, Duration),
    stopped: Stopped,
    working: mpsc::Sender<()>,
) -> io::Result<JoinHandle<usize>> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let (http, grpc) = {
        let _context = runtime.enter();
        let listen = |bound| Listener::new(bound).map(|listener| listener.with_tls(services.tls.clone()));
        (listen(listeners.http)?, listeners.grpc.map(listen).transpose()?)
    };
    thread::Builder::new().name(format!("worker-{index}")).spawn(move || {
        let stop = stopped.clone().wait();
        let http = iris_http::serve_among(http, services.http, &clients, drain_grace, stop);
        let grpc = async {
            match grpc {
                Some(grpc) => {
                    let (service, limits) = (services.grpc, services.grpc_limits);
                    iris_grpc::serve_among(grpc, service, limits, &clients, stopped.wait()).await
                }
                None => 0,
            }
        };
        let (http, grpc) = runtime.block_on(async { tokio::join!(http, grpc) });
        drop(working);
        http + grpc
    })
}
