//! A listener on a runtime, and whether what comes in is encrypted.

use std::io;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

use super::address::{Bound, Socket};
use super::close;
use super::tls::{Acceptor, Tls};
use super::unix::SocketFile;

/// Where connections come from.
#[derive(Debug)]
pub struct Listener {
    source: Source,
    tls: Option<Tls>,
}

#[derive(Debug)]
enum Source {
    /// A port, and whether nobody else listens with the same socket.
    Tcp(TcpListener, bool),
    /// With its file, if both are ours.
    Unix(UnixListener, Option<Arc<SocketFile>>),
}

/// A connection that was just accepted.
pub(super) enum Incoming {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Listener {
    /// A listener on the runtime that this is called in.
    ///
    /// # Errors
    ///
    /// If the runtime cannot wait for it.
    pub fn new(Bound(socket): Bound) -> io::Result<Self> {
        let source = match socket {
            Socket::Tcp(listener, is_own) => Source::Tcp(TcpListener::from_std(listener)?, is_own),
            Socket::Unix(listener, file) => Source::Unix(UnixListener::from_std(listener)?, file),
        };
        Ok(Self { source, tls: None })
    }

    /// The same with encrypted connections, if it listens on a port: what goes
    /// through a path leaves no machine.
    #[must_use]
    pub fn with_tls(self, tls: Option<Tls>) -> Self {
        let tls = tls.filter(|_| matches!(self.source, Source::Tcp(..)));
        Self { tls, ..self }
    }

    /// What encrypts its connections, for clients that speak one of these.
    pub(super) fn acceptor(&self, protocols: &'static [&'static [u8]]) -> Option<Acceptor> {
        self.tls.clone().map(|tls| tls.offering(protocols))
    }

    /// Lets nobody in any more who has not begun to come, if the socket is ours
    /// alone: who had it before this process has it for the next one.
    pub(super) fn refuse_new(&self) -> bool {
        match &self.source {
            Source::Tcp(listener, true) => close::refuse_new(listener),
            Source::Unix(_, Some(file)) => file.remove(),
            Source::Tcp(_, false) | Source::Unix(_, None) => return false,
        }
        true
    }

    /// The next connection, and who it is from: nobody in particular, through a path.
    pub(super) async fn accept(&self) -> io::Result<(Incoming, IpAddr)> {
        match &self.source {
            Source::Tcp(listener, _) => {
                let (stream, peer) = listener.accept().await?;
                Ok((Incoming::Tcp(stream), peer.ip()))
            }
            Source::Unix(listener, _) => {
                let (stream, _) = listener.accept().await?;
                Ok((Incoming::Unix(stream), Ipv6Addr::UNSPECIFIED.into()))
            }
        }
    }
}

impl From<TcpListener> for Listener {
    fn from(listener: TcpListener) -> Self {
        Self { source: Source::Tcp(listener, true), tls: None }
    }
}
