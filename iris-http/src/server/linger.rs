//! Parting with a client that may still be sending.
//!
//! A socket that is closed with bytes unread, or to which more come, resets the
//! connection, and the client loses the answer that it has not read yet.

use std::time::Duration;

use iris_serving::net::Stream;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

/// How long a client has for noticing.
const LIMIT: Duration = Duration::from_secs(2);

/// Bytes read at a time.
const PIECE: usize = 16 << 10;

/// Says that nothing more is written, and reads on until the client has closed
/// its side too, or for two seconds.
pub(super) async fn linger(stream: &mut impl Stream) {
    let closing = async {
        stream.shutdown().await?;
        let mut piece = vec![0; PIECE];
        while stream.read(&mut piece).await? > 0 {}
        std::io::Result::Ok(())
    };
    // A client that breaks off has closed as well.
    let _ = timeout(LIMIT, closing).await;
}
