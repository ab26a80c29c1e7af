//! Closing a listener without resetting anybody.

use tokio::net::TcpListener;

/// From now on the kernel begins no handshake with this listener, and completes
/// those that it has begun. A client that comes too late is not answered; when it
/// tries again a second later, nobody listens, or another process does.
///
/// Without it there is always a moment between the last look into the queue and
/// the close, in which a busy listener is given another client.
#[cfg(target_os = "linux")]
pub(super) fn refuse_new(listener: &TcpListener) {
    use socket2::{SockFilter, SockRef};

    const LOAD_BYTE: u16 = 0x30;
    const AND: u16 = 0x54;
    const IF_EQUAL: u16 = 0x15;
    const RETURN: u16 = 0x06;

    /// Where a segment's flags are, and two of them.
    const FLAGS: u32 = 13;
    const SYN: u32 = 0x02;
    const ACK: u32 = 0x10;

    let begins_no_handshake = [
        SockFilter::new(LOAD_BYTE, 0, 0, FLAGS),
        SockFilter::new(AND, 0, 0, SYN | ACK),
        SockFilter::new(IF_EQUAL, 0, 1, SYN),
        SockFilter::new(RETURN, 0, 0, 0),
        SockFilter::new(RETURN, 0, 0, u32::MAX),
    ];
    if let Err(error) = SockRef::from(listener).attach_filter(&begins_no_handshake) {
        tracing::debug!(%error, "clients may come until the moment of the close");
    }
}

/// Elsewhere there is no such filter.
#[cfg(not(target_os = "linux"))]
pub(super) fn refuse_new(_listener: &TcpListener) {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::{Ipv4Addr, SocketAddr};
    use std::time::Duration;

    use tokio::net::TcpStream;
    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn who_was_there_stays_and_nobody_else_comes_in() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address: SocketAddr = listener.local_addr().unwrap();
        let before = TcpStream::connect(address).await.unwrap();
        refuse_new(&listener);
        let after = timeout(Duration::from_millis(50), TcpStream::connect(address)).await;
        assert!(after.is_err(), "{after:?}");
        let (_, client) = listener.accept().await.unwrap();
        assert_eq!(client, before.local_addr().unwrap());
    }
}
