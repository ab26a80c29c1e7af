//! Serving connections, whatever is spoken over them: listening, accepting, stopping.

mod clients;
mod files;
mod listen;
mod pace;
mod paced;
mod stop;
mod times;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::task::coop::unconstrained;
use tokio::time::sleep;
use tracing::{debug, warn};

use crate::timeouts::{poll_once, timeout};

pub use clients::{Client, ClientLimits, Clients};
pub use files::{OpenFiles, open_files};
pub use iris_telemetry::{Closed, Door, TurnedAway};
pub use listen::bind;
pub use pace::{Held, Pace, Request, Told};
pub use paced::Paced;
pub use stop::{Stopped, Stopping};
pub use times::{PATIENCE, Times, Waits};

/// What is spoken over the connections of a listener.
pub trait Protocol {
    /// Serves one connection to its end, which the [stop](Stopped) brings about
    /// as soon as the requests in flight are answered, and what its
    /// [pace](Client::pace) is told.
    fn connection(&self, stream: TcpStream, client: Client) -> impl Future<Output = ()> + Send + 'static;
}

/// Serves the connections of `listener` until `shutdown` is done and each has
/// come to its end, or `drain_grace` after that is over.
///
/// `protocol` is given what tells its connections of the stop; they take their
/// places among the `clients`. Returns how many connections had to be cut off.
pub async fn serve<P: Protocol>(
    listener: TcpListener,
    protocol: impl FnOnce(Stopped) -> P,
    clients: Clients,
    drain_grace: Duration,
    shutdown: impl Future<Output = ()>,
) -> usize {
    let (stopping, stopped) = Stopping::channel();
    let mut connections = Connections { protocol: protocol(stopped), open: JoinSet::new() };
    let mut waiting = None;
    tokio::select! {
        biased;
        () = pin!(shutdown) => {}
        () = clients.look_after() => {}
        () = accept(&listener, &clients, &mut connections, &mut waiting) => {}
    }
    let admit = |accepted: (TcpStream, SocketAddr), connections: &mut Connections<P>| {
        let (stream, peer) = accepted;
        match clients.enter_now(peer.ip()) {
            Ok(client) => connections.start(stream, client),
            Err(_) => clients.turned_away(TurnedAway::Stopping),
        }
    };
    if let Some(accepted) = waiting {
        admit(accepted, &mut connections);
    }
    // Clients whose handshake was done before the stop have been promised an
    // answer by the kernel; closing the listener would reset them. The yield
    // lets the runtime learn of those it has not heard of yet.
    tokio::task::yield_now().await;
    while let Some(accepted) = poll_once(unconstrained(listener.accept())).await {
        match accepted {
            Ok(accepted) => admit(accepted, &mut connections),
            Err(error) if concerns_nobody(&error) => {}
            Err(error) => {
                warn!(%error, "clients that were waiting at the stop cannot be accepted");
                break;
            }
        }
    }
    drop(listener);
    stopping.tell();
    tokio::select! {
        cut_off = connections.finish(drain_grace) => cut_off,
        () = clients.look_after() => 0,
    }
}

/// The connections of a listener.
struct Connections<P> {
    protocol: P,
    open: JoinSet<()>,
}

impl<P: Protocol> Connections<P> {
    fn start(&mut self, stream: TcpStream, client: Client) {
        while self.open.try_join_next().is_some() {}
        // An answer is written at once and whole; it need not wait for more.
        if let Err(error) = stream.set_nodelay(true) {
            debug!(%error, "no TCP_NODELAY");
        }
        self.open.spawn(self.protocol.connection(stream, client));
    }

    /// Waits for the end of each; returns how many were cut off instead.
    async fn finish(mut self, grace: Duration) -> usize {
        let finished = async { while self.open.join_next().await.is_some() {} };
        if timeout(grace, finished).await.is_some() {
            return 0;
        }
        let cut_off = self.open.len();
        self.open.shutdown().await;
        cut_off
    }
}

/// Accepts and starts one after the other, for ever; `waiting` is who has no place yet.
async fn accept<P: Protocol>(
    listener: &TcpListener,
    clients: &Clients,
    connections: &mut Connections<P>,
    waiting: &mut Option<(TcpStream, SocketAddr)>,
) {
    loop {
        let accepted = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) if concerns_nobody(&error) => continue,
            // Too many open files, for one: it would repeat at once.
            Err(error) => {
                clients.not_accepted(&error);
                clients.recycle();
                sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let address = accepted.1.ip();
        *waiting = Some(accepted);
        let client = clients.enter(address).await;
        if let (Some(client), Some((stream, _))) = (client, waiting.take()) {
            connections.start(stream, client);
        }
    }
}

/// Whether one connection broke before it was accepted, which leaves the others as they are.
fn concerns_nobody(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}
