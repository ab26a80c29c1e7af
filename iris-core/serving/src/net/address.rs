//! Where a server listens, as it is written.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZeroUsize;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use super::bind;
use super::unix::{self, SocketFile};

/// A port of this machine, or a path: `127.0.0.1:8080`, `[::]:80`, `unix:/run/iris.sock`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A port.
    Tcp(SocketAddr),
    /// The path of a socket.
    Unix(PathBuf),
}

/// A socket that listens and does not block, before it is a runtime's.
#[derive(Debug)]
pub struct Bound(pub(super) Socket);

#[derive(Debug)]
pub(super) enum Socket {
    /// A port, and whether nobody else listens with the same socket.
    Tcp(TcpListener, bool),
    /// With its file, if that is ours.
    Unix(UnixListener, Option<Arc<SocketFile>>),
}

impl Address {
    /// Listens there with `n` sockets, one for each worker.
    ///
    /// # Errors
    ///
    /// If another server listens there, or nobody may.
    pub fn bind(&self, n: NonZeroUsize) -> io::Result<Vec<Bound>> {
        match self {
            Self::Tcp(address) => {
                let own = |listener| Bound(Socket::Tcp(listener, true));
                Ok(bind(*address, n)?.into_iter().map(own).collect())
            }
            Self::Unix(path) => {
                let (listener, file) = unix::bind(path)?;
                Bound(Socket::Unix(listener, Some(Arc::new(file)))).shared_by(n)
            }
        }
    }

    /// Whether only this machine can reach it.
    #[must_use]
    pub fn is_local(&self) -> bool {
        match self {
            Self::Tcp(address) => address.ip().to_canonical().is_loopback(),
            Self::Unix(_) => true,
        }
    }
}

impl Bound {
    /// The same socket `n` times: workers wait for the same queue.
    ///
    /// # Errors
    ///
    /// If there are no descriptors left.
    pub fn shared_by(self, n: NonZeroUsize) -> io::Result<Vec<Self>> {
        let mut all = (1..n.get()).map(|_| self.try_clone()).collect::<io::Result<Vec<_>>>()?;
        all.push(self);
        Ok(all)
    }

    /// Where it listens; a port that was chosen for it is known here.
    ///
    /// # Errors
    ///
    /// If the socket has no address that can be told.
    pub fn address(&self) -> io::Result<Address> {
        match &self.0 {
            Socket::Tcp(listener, _) => listener.local_addr().map(Address::Tcp),
            Socket::Unix(listener, _) => {
                let address = listener.local_addr()?;
                Ok(Address::Unix(address.as_pathname().map(PathBuf::from).unwrap_or_default()))
            }
        }
    }

    fn try_clone(&self) -> io::Result<Self> {
        Ok(Self(match &self.0 {
            Socket::Tcp(listener, is_own) => Socket::Tcp(listener.try_clone()?, *is_own),
            Socket::Unix(listener, file) => Socket::Unix(listener.try_clone()?, file.clone()),
        }))
    }
}

/// A socket that does not block, and that somebody else may still listen with.
impl From<TcpListener> for Bound {
    fn from(listener: TcpListener) -> Self {
        Self(Socket::Tcp(listener, false))
    }
}

/// A socket that does not block, and whose file is somebody else's.
impl From<UnixListener> for Bound {
    fn from(listener: UnixListener) -> Self {
        Self(Socket::Unix(listener, None))
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.strip_prefix("unix:") {
            Some("") => Err("there is no path behind unix:".to_owned()),
            Some(path) => Ok(Self::Unix(path.into())),
            None => text
                .parse()
                .map(Self::Tcp)
                .map_err(|error| format!("{error}; expected ADDR:PORT or unix:PATH")),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_written_as_it_is_read() {
        for (text, local) in [
            ("127.0.0.1:8080", true),
            ("[::1]:80", true),
            ("[::ffff:127.0.0.1]:80", true),
            ("0.0.0.0:1", false),
            ("[::]:1", false),
            ("192.0.2.1:9", false),
            ("unix:/run/iris.sock", true),
            ("unix:here", true),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!((address.to_string().as_str(), address.is_local()), (text, local));
        }
        for text in ["", "unix:", "localhost", "/run/iris.sock", "1.2.3.4"] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_free_port_is_told() {
        let address = Address::Tcp(([127, 0, 0, 1], 0).into());
        let bound = address.bind(NonZeroUsize::new(2).unwrap()).unwrap();
        assert_eq!(bound.len(), 2);
        assert!(matches!(bound[0].address().unwrap(), Address::Tcp(address) if address.port() != 0));
    }
}
