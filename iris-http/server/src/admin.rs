//! The listener for probes and metrics, which answers whatever the workers do.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZeroUsize;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use iris_http::HttpService;
use iris_serving::net::{self, ClientLimits, Clients, Stopped};
use iris_telemetry::Telemetry;
use tokio::runtime;
use tokio::sync::mpsc;

/// Connections at a time, apart from those of the clients.
const CONNECTIONS: usize = 128;

/// The listener, with what it takes to serve on it.
pub(crate) struct Admin {
    listener: TcpListener,
    service: HttpService,
    clients: Clients,
    drain_grace: Duration,
}

impl Admin {
    /// Binds the address.
    pub(crate) fn bind(
        address: SocketAddr,
        service: &HttpService,
        telemetry: Option<&Telemetry>,
        limits: ClientLimits,
        drain_grace: Duration,
    ) -> Result<Self, String> {
        let bound = net::bind(address, NonZeroUsize::MIN).map_err(|error| error.to_string());
        let listener =
            bound.and_then(|bound| bound.into_iter().next().ok_or_else(|| "no listener".to_owned()));
        let listener = listener.map_err(|error| {
            format!("cannot listen on admin {address}: {error}; --admin takes another address")
        })?;
        let limits = ClientLimits { max_connections: CONNECTIONS.min(limits.max_connections), ..limits };
        let counts = telemetry.map(Telemetry::connections).unwrap_or_default();
        Ok(Self {
            listener,
            service: service.clone(),
            clients: Clients::counted(limits, counts),
            drain_grace,
        })
    }

    pub(crate) fn listener(&self) -> &TcpListener {
        &self.listener
    }

    /// A thread that serves until the stop, and lets go of `working` at its end.
    pub(crate) fn spawn(self, stopped: Stopped, working: mpsc::Sender<()>) -> io::Result<JoinHandle<usize>> {
        let Self { listener, service, clients, drain_grace } = self;
        // The page of metrics is written on one other thread.
        let runtime = runtime::Builder::new_current_thread().enable_all().max_blocking_threads(1).build()?;
        let listener = {
            let _context = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        thread::Builder::new().name("admin".to_owned()).spawn(move || {
            let serving = iris_http::serve_admin(listener, &service, &clients, drain_grace, stopped.wait());
            let cut_off = runtime.block_on(serving);
            drop(working);
            cut_off
        })
    }
}
