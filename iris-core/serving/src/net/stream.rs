//! What the bytes of a connection travel over.

use std::future::Future;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// A connection's bytes, there and back.
///
/// Protocols are generic over it, so that each kind has code of its own and a
/// plain one pays nothing for the others. Whoever waits for an answer's arrival
/// has to flush: encrypted bytes may be held back where plain ones are not.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static {
    /// Who is at the other end, where that has an address.
    fn peer(&self) -> Option<SocketAddr>;

    /// Says goodbye, if that takes more than closing the socket.
    fn close(self) -> impl Future<Output = ()> + Send;
}

impl Stream for TcpStream {
    fn peer(&self) -> Option<SocketAddr> {
        self.peer_addr().ok()
    }

    async fn close(self) {}
}

/// A stream of which something was read already, and is read again.
#[derive(Debug)]
pub struct Replayed<S> {
    unread: Vec<u8>,
    /// Bytes of it that were read again.
    place: usize,
    stream: S,
}

impl<S> Replayed<S> {
    /// Gives `unread` first, and then what `stream` has.
    #[must_use]
    pub fn new(unread: Vec<u8>, stream: S) -> Self {
        Self { unread, place: 0, stream }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Replayed<S> {
    #[inline]
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { unread, place, stream } = self.get_mut();
        if unread.is_empty() {
            return Pin::new(stream).poll_read(context, buffer);
        }
        let rest = &unread[*place..];
        let n_bytes = rest.len().min(buffer.remaining());
        buffer.put_slice(&rest[..n_bytes]);
        *place += n_bytes;
        if *place == unread.len() {
            *unread = Vec::new();
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Replayed<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    #[tokio::test]
    async fn what_was_read_is_read_again_before_the_rest() {
        let (mut there, here) = duplex(16);
        there.write_all(b"behind").await.unwrap();
        let mut replayed = Replayed::new(b"before ".to_vec(), here);
        let mut few = [0; 3];
        assert_eq!(replayed.read(&mut few).await.unwrap(), 3);
        replayed.write_all(b"answer").await.unwrap();
        replayed.shutdown().await.unwrap();
        let mut answer = String::new();
        there.read_to_string(&mut answer).await.unwrap();
        drop(there);
        let mut rest = String::new();
        replayed.read_to_string(&mut rest).await.unwrap();
        assert_eq!((&few, rest.as_str(), answer.as_str()), (b"bef", "ore behind", "answer"));
    }

    #[tokio::test]
    async fn nothing_read_is_no_end() {
        let (mut there, here) = duplex(16);
        there.write_all(b"x").await.unwrap();
        assert_eq!(Replayed::new(Vec::new(), here).read_u8().await.unwrap(), b'x');
    }
}
