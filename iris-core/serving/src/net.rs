//! Serving connections, whatever is spoken over them: listening, accepting, stopping.

mod address;
mod clients;
mod files;
mod listen;
mod listener;
mod pace;
mod paced;
mod stop;
mod stream;
mod times;
mod tls;
mod unix;

use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::task::coop::unconstrained;
use tokio::time::sleep;
use tracing::{debug, warn};

use crate::timeouts::{poll_once, timeout};
use listener::Incoming;
use tls::Acceptor;

pub use address::{Address, Bound};
pub use clients::{Client, ClientLimits, Clients};
pub use files::{OpenFiles, open_files};
pub use iris_telemetry::{Closed, Door, TurnedAway};
pub use listen::bind;
pub use listener::Listener;
pub use pace::{Held, Pace, Request, Told};
pub use paced::Paced;
pub use stop::{Stopped, Stopping};
pub use stream::{Replayed, Stream};
pub use times::{PATIENCE, Times, Waits};
pub use tls::{Tls, TlsError, TlsFiles};

/// What HTTP/2 begins with, at either door.
pub const HTTP2_PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// What is spoken over the connections of a listener.
pub trait Protocol: Send + Sync + 'static {
    /// What it is called where a client that encrypts may choose (ALPN), the best first.
    const NAMES: &'static [&'static [u8]];

    /// Serves one connection to its end, which the [stop](Stopped) brings about
    /// as soon as the requests in flight are answered, and what its
    /// [pace](Client::pace) is told.
    fn connection<S: Stream>(&self, stream: S, client: Client) -> impl Future<Output = ()> + Send + 'static;
}

/// Serves the connections of `listener` until `shutdown` is done and each has
/// come to its end, or `drain_grace` after that is over.
///
/// `protocol` is given what tells its connections of the stop; they take their
/// places among the `clients`. Returns how many connections had to be cut off.
pub async fn serve<P: Protocol>(
    listener: impl Into<Listener>,
    protocol: impl FnOnce(Stopped) -> P,
    clients: Clients,
    drain_grace: Duration,
    shutdown: impl Future<Output = ()>,
) -> usize {
    let (stopping, stopped) = Stopping::channel();
    let listener = listener.into();
    let mut connections = Connections {
        acceptor: listener.acceptor(P::NAMES),
        protocol: Arc::new(protocol(stopped.clone())),
        stopped,
        open: JoinSet::new(),
    };
    let mut waiting = None;
    tokio::select! {
        biased;
        () = pin!(shutdown) => {}
        () = clients.look_after() => {}
        () = accept(&listener, &clients, &mut connections, &mut waiting) => {}
    }
    let admit = |accepted: (Incoming, IpAddr), connections: &mut Connections<P>| {
        let (incoming, peer) = accepted;
        match clients.enter_now(peer) {
            Ok(client) => connections.start(incoming, client),
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
    /// If they are encrypted.
    acceptor: Option<Acceptor>,
    protocol: Arc<P>,
    stopped: Stopped,
    open: JoinSet<()>,
}

impl<P: Protocol> Connections<P> {
    fn start(&mut self, incoming: Incoming, client: Client) {
        while self.open.try_join_next().is_some() {}
        match incoming {
            Incoming::Tcp(stream) => self.start_tcp(stream, client),
            Incoming::Unix(stream) => {
                self.open.spawn(self.protocol.connection(stream, client));
            }
        }
    }

    fn start_tcp(&mut self, stream: TcpStream, client: Client) {
        // An answer is written at once and whole; it need not wait for more.
        if let Err(error) = stream.set_nodelay(true) {
            debug!(%error, "no TCP_NODELAY");
        }
        let Some(acceptor) = &mut self.acceptor else {
            self.open.spawn(self.protocol.connection(stream, client));
            return;
        };
        let handshake = acceptor.handshake(stream);
        let (protocol, stopped) = (Arc::clone(&self.protocol), self.stopped.clone());
        self.open.spawn(async move {
            let shaken = tokio::select! {
                biased;
                shaken = handshake => shaken,
                told = client.pace().told() => return client.ends(told),
                () = tls::too_late(stopped) => return,
            };
            match shaken {
                Ok(stream) => protocol.connection(stream, client).await,
                Err(error) => debug!(%error, "no handshake"),
            }
        });
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
    listener: &Listener,
    clients: &Clients,
    connections: &mut Connections<P>,
    waiting: &mut Option<(Incoming, IpAddr)>,
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
        let address = accepted.1;
        *waiting = Some(accepted);
        let client = clients.enter(address).await;
        if let (Some(client), Some((incoming, _))) = (client, waiting.take()) {
            connections.start(incoming, client);
        }
    }
}

/// Whether one connection broke before it was accepted, which leaves the others as they are.
fn concerns_nobody(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}
