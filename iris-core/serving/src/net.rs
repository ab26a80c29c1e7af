//! Serving connections, whatever is spoken over them: listening, accepting, stopping.

mod address;
mod clients;
mod close;
mod cut;
mod files;
mod flow;
mod linger;
mod listen;
mod listener;
mod outgoing;
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
use std::time::{Duration, Instant};

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
pub use cut::{Cut, Cuts};
pub use files::{OpenFiles, open_files};
pub use flow::{Answering, Asking, Call, Flow, STOP_PATIENCE, Watch, Watched};
pub use iris_telemetry::{Closed, Door, TurnedAway};
pub use linger::linger;
pub use listen::bind;
pub use listener::Listener;
pub use outgoing::Outgoing;
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

/// How long clients may take to complete a handshake that had begun at the stop:
/// a way there and back.
const HANDSHAKES: Duration = Duration::from_millis(100);

/// Serves the connections of `listener` until `shutdown` is done and each has
/// come to its end, or `drain_grace` after that is over.
///
/// `protocol` is given what tells its connections of the stop; they take their
/// places among the `clients`. Returns how many requests were cut off, as far as
/// the protocol [tells](Flow::watch).
pub async fn serve<P: Protocol>(
    listener: impl Into<Listener>,
    protocol: impl FnOnce(Stopped) -> P,
    clients: Clients,
    drain_grace: Duration,
    shutdown: impl Future<Output = ()>,
) -> usize {
    let serve = |stopped| serve_until(listener, protocol, clients, drain_grace, stopped);
    Stopping::when(shutdown, serve).await
}

/// The same until `stopped` says so, and for no longer once it says that the
/// stop is at once. What is cut off is counted there.
pub async fn serve_until<P: Protocol>(
    listener: impl Into<Listener>,
    protocol: impl FnOnce(Stopped) -> P,
    clients: Clients,
    drain_grace: Duration,
    stopped: Stopped,
) {
    let listener = listener.into();
    let connections = Connections {
        acceptor: listener.acceptor(P::NAMES),
        protocol: Arc::new(protocol(stopped.clone())),
        stopped,
        open: JoinSet::new(),
    };
    tokio::select! {
        biased;
        () = clients.look_after() => {}
        () = connections.serve(listener, &clients, drain_grace) => {}
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
    async fn serve(mut self, listener: Listener, clients: &Clients, drain_grace: Duration) {
        let mut waiting = None;
        tokio::select! {
            biased;
            () = self.stopped.clone().wait() => {}
            () = self.accept(&listener, clients, &mut waiting) => {}
        }
        let stopped_at = Instant::now();
        if let Some(accepted) = waiting {
            self.start_last(accepted, clients);
        }
        self.accept_the_last(listener, clients).await;
        self.finish(drain_grace.saturating_sub(stopped_at.elapsed())).await;
    }

    /// Accepts and starts one after the other, for ever; `waiting` is who has no place yet.
    async fn accept(
        &mut self,
        listener: &Listener,
        clients: &Clients,
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
                self.start(incoming, client);
            }
        }
    }

    /// Accepts whoever has been promised an answer by the kernel, which closing the
    /// listener would reset: those whose handshake is done, or about to be.
    async fn accept_the_last(&mut self, listener: Listener, clients: &Clients) {
        let mut closing = pin!(sleep(HANDSHAKES));
        let mut is_closing = !listener.refuse_new();
        if is_closing {
            // The runtime learns only between tasks of who has come in since.
            tokio::task::yield_now().await;
        }
        loop {
            let accepted = if is_closing {
                // Whatever the runtime has not heard of yet.
                poll_once(unconstrained(listener.accept())).await
            } else {
                tokio::select! {
                    biased;
                    () = &mut closing => {
                        is_closing = true;
                        continue;
                    }
                    accepted = listener.accept() => Some(accepted),
                }
            };
            match accepted {
                Some(Ok(accepted)) => self.start_last(accepted, clients),
                Some(Err(error)) if concerns_nobody(&error) => {}
                Some(Err(error)) => {
                    warn!(%error, "clients that were waiting at the stop cannot be accepted");
                    return;
                }
                None => return,
            }
        }
    }

    /// Starts one that came before the stop, for whom there need be no place.
    fn start_last(&mut self, (incoming, peer): (Incoming, IpAddr), clients: &Clients) {
        match clients.enter_last(peer) {
            Ok(client) => self.start(incoming, client),
            Err(_) => clients.turned_away(TurnedAway::Stopping),
        }
    }

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

    /// Waits for the end of each, for as long as the grace; the others are cut off.
    async fn finish(mut self, grace: Duration) {
        let at_once = self.stopped.clone().wait_at_once();
        let finished = async { while self.open.join_next().await.is_some() {} };
        tokio::select! {
            biased;
            () = at_once => {}
            _ = timeout(grace, finished) => {}
        }
        self.open.shutdown().await;
    }
}

/// Whether one connection broke before it was accepted, which leaves the others as they are.
fn concerns_nobody(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}
