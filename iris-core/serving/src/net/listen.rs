//! Listening sockets, one a worker, all on one address.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZeroUsize;

use socket2::{Domain, Protocol, Socket, Type};

/// Connections that the kernel completes before a worker accepts them.
pub(super) const BACKLOG: i32 = 4_096;

/// Binds `n` listeners to `address`; the kernel spreads connections over them.
///
/// The option that lets our own sockets share a port would also let a second
/// server share it without a word, so a given port is first claimed without it.
/// For port 0 they share one that is free. They do not block, as tokio wants it.
///
/// # Errors
///
/// If the address is another's, is not one of this machine, or may not be listened on.
pub fn bind(address: SocketAddr, n: NonZeroUsize) -> io::Result<Vec<TcpListener>> {
    if address.port() != 0 {
        socket(address)?.bind(&address.into())?;
    }
    let first = listen(address)?;
    let bound = first.local_addr()?;
    std::iter::once(Ok(first)).chain((1..n.get()).map(|_| listen(bound))).collect()
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = socket(address)?;
    socket.set_reuse_port(true)?;
    keep_little_unsent(&socket);
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

/// What the kernel takes of an answer before the client reads it: enough to keep
/// the line busy, and not the megabytes that it takes otherwise, which are nobody's
/// and count as the container's. Connections have it from their listener.
#[cfg(target_os = "linux")]
fn keep_little_unsent(socket: &Socket) {
    const UNSENT: u32 = 256 << 10;
    // Where the kernel knows no such option there is nothing to be done.
    let _ = socket.set_tcp_notsent_lowat(UNSENT);
}

#[cfg(not(target_os = "linux"))]
fn keep_little_unsent(_socket: &Socket) {}

fn socket(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

    #[test]
    fn every_worker_listens_on_the_same_free_port() {
        let listeners = bind(ANY, NonZeroUsize::new(3).unwrap()).unwrap();
        let ports: Vec<u16> =
            listeners.iter().map(|listener| listener.local_addr().unwrap().port()).collect();
        assert_eq!(ports.len(), 3);
        assert!(ports[0] != 0 && ports.iter().all(|port| *port == ports[0]), "{ports:?}");
    }

    #[test]
    fn a_port_that_another_server_has_is_refused() {
        let first = bind(ANY, NonZeroUsize::MIN).unwrap();
        let error = bind(first[0].local_addr().unwrap(), NonZeroUsize::MIN).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    }

    #[test]
    fn an_address_of_another_machine_is_refused() {
        let elsewhere = SocketAddr::from(([192, 0, 2, 1], 0));
        let error = bind(elsewhere, NonZeroUsize::MIN).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrNotAvailable);
    }
}
