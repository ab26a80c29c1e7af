//! Parting with a client that may still be sending.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

/// How long a client has for noticing.
const LIMIT: Duration = Duration::from_secs(1);

/// Bytes read at a time.
const PIECE: usize = 4 << 10;

/// Says that nothing more is written, and reads on until the client has closed
/// its side too, or for a second.
///
/// A socket that is closed with bytes unread, or to which more come, resets the
/// connection, and the client may lose with it an answer that it has not read.
pub async fn linger(mut stream: impl AsyncRead + AsyncWrite + Unpin) {
    let closing = async {
        stream.shutdown().await?;
        let mut piece = [0; PIECE];
        while stream.read(&mut piece).await? > 0 {}
        std::io::Result::Ok(())
    };
    // A client that breaks off has closed as well.
    drop(timeout(LIMIT, Box::pin(closing)).await);
}

#[cfg(test)]
mod tests {
    use tokio::io::duplex;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_still_comes_in_is_read_and_the_client_sees_an_end() {
        let (mut here, there) = duplex(16);
        let lingering = tokio::spawn(linger(there));
        here.write_all(&[b'x'; 100]).await.unwrap();
        assert_eq!(here.read(&mut [0]).await.unwrap(), 0);
        drop(here);
        lingering.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_is_waited_for_longer_than_the_limit() {
        let (_here, there) = duplex(16);
        let began = tokio::time::Instant::now();
        linger(there).await;
        assert_eq!(began.elapsed(), LIMIT);
    }
}
