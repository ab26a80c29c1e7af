//! The listener for probes and metrics, which answers whatever the workers do.

use std::io;
use std::num::NonZeroUsize;
use std::time::Duration;

use iris_http::HttpService;
use iris_serving::net::{Address, Bound, ClientLimits, Clients, Listener, Stopped, Tls};
use iris_telemetry::Telemetry;
use tokio::runtime;
use tokio::sync::mpsc;

use crate::thread::{Broken, start};

/// Connections at a time, apart from those of the clients.
const CONNECTIONS: usize = 128;

/// The listener, with what it takes to serve on it.
pub(crate) struct Admin {
    listener: Bound,
    tls: Option<Tls>,
    service: HttpService,
    clients: Clients,
    drain_grace: Duration,
}

impl Admin {
    /// Takes the listener over that whoever started the process has bound, or binds the address.
    pub(crate) fn bind(
        (inherited, address): (Option<Bound>, Option<&Address>),
        service: &HttpService,
        telemetry: Option<&Telemetry>,
        (limits, drain_grace): (ClientLimits, Duration),
        tls: Option<Tls>,
    ) -> Result<Option<Self>, String> {
        let listener = match (inherited, address) {
            (Some(bound), _) => bound,
            (None, Some(address)) => {
                let bound = address.bind(NonZeroUsize::MIN).map_err(|error| {
                    format!("cannot listen on admin {address}: {error}; --admin takes another address")
                })?;
                bound.into_iter().next().ok_or("no listener for --admin")?
            }
            (None, None) => return Ok(None),
        };
        let limits = ClientLimits { max_connections: CONNECTIONS.min(limits.max_connections), ..limits };
        let counts = telemetry.map(Telemetry::connections).unwrap_or_default();
        let clients = Clients::counted(limits, counts);
        Ok(Some(Self { listener, tls, service: service.clone(), clients, drain_grace }))
    }

    pub(crate) fn listener(&self) -> &Bound {
        &self.listener
    }

    /// A thread that serves until the stop, and lets go of `working` at its end.
    pub(crate) fn spawn(self, stopped: Stopped, working: mpsc::Sender<Broken>) -> io::Result<()> {
        let Self { listener, tls, service, clients, drain_grace } = self;
        // The page of metrics is written on one other thread.
        let runtime = runtime::Builder::new_current_thread().enable_all().max_blocking_threads(1).build()?;
        let listener = {
            let _context = runtime.enter();
            Listener::new(listener)?.with_tls(tls)
        };
        start("admin".to_owned(), working, move || {
            runtime.block_on(iris_http::serve_admin(listener, &service, &clients, drain_grace, stopped));
        })
    }
}
