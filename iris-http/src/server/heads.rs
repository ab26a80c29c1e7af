//! Heads that are not complete: what is read of them is held from the budget.
//!
//! hyper reads a head into a buffer of its own and says nothing until it has all
//! of it; so it is counted where the bytes come in.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use iris_serving::budget::{Budget, Held, Kind};
use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf, Take};

/// The longest head, in bytes.
pub(super) const LONGEST: usize = 64 << 10;

/// Memory is held by so many bytes at a time; the first of them are nobody's.
const STEP: usize = 8 << 10;

/// Bytes read at a time. hyper's buffer grows with what fills it, and is counted
/// nowhere while a body waits for memory.
const AT_A_TIME: u64 = 16 << 10;

/// A connection's reader, which knows when it reads a head.
#[derive(Debug)]
pub(super) struct HeadReader<R> {
    reader: Take<R>,
    requests: Requests,
    /// What of them was seen when `len` was last 0.
    seen: usize,
    /// Bytes of the head so far.
    len: usize,
    held: Held,
}

/// How many requests of a connection have begun and ended: an odd number while
/// one is under way, whose bytes are a body's.
#[derive(Debug, Clone, Default)]
pub(super) struct Requests(Arc<AtomicUsize>);

/// A request under way.
#[derive(Debug)]
pub(super) struct UnderWay(Requests);

impl<R: AsyncRead> HeadReader<R> {
    pub(super) fn new(reader: R, requests: Requests, budget: &Budget) -> Self {
        let reader = reader.take(AT_A_TIME);
        Self { reader, requests, seen: 0, len: 0, held: budget.nothing(Kind::Heads) }
    }

    fn count(&mut self, n_bytes: usize) -> io::Result<()> {
        let seen = self.requests.0.load(Ordering::Relaxed);
        if seen != self.seen {
            (self.seen, self.len) = (seen, 0);
        }
        if seen.is_multiple_of(2) {
            self.len += n_bytes;
        }
        let whole = self.len / STEP * STEP;
        if whole == self.held.bytes() {
            return Ok(());
        }
        self.held.resize(whole).map_err(|_| io::Error::other("there is no memory for the head of a request"))
    }
}

impl Requests {
    /// A head is complete, and its request under way until what is returned is dropped.
    pub(super) fn begin(&self) -> UnderWay {
        self.0.fetch_add(1, Ordering::Relaxed);
        UnderWay(self.clone())
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl<R: AsyncRead + Unpin> AsyncRead for HeadReader<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        self.reader.set_limit(AT_A_TIME);
        ready!(Pin::new(&mut self.reader).poll_read(context, buffer))?;
        let n_bytes = buffer.filled().len() - before;
        Poll::Ready(self.count(n_bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn heads_are_held_and_bodies_are_not() {
        let budget = Budget::new(1 << 20);
        let requests = Requests::default();
        let mut reader = HeadReader::new(tokio::io::repeat(b'a'), requests.clone(), &budget);
        let mut bytes = vec![0; 3 * STEP];
        reader.read_exact(&mut bytes[..STEP - 1]).await.unwrap();
        assert_eq!(budget.total(), 0);
        reader.read_exact(&mut bytes[..2 * STEP]).await.unwrap();
        assert_eq!(budget.total(), 2 * STEP);
        let under_way = requests.begin();
        reader.read_exact(&mut bytes).await.unwrap();
        assert_eq!(budget.total(), 0);
        drop(under_way);
        reader.read_exact(&mut bytes).await.unwrap();
        assert_eq!(budget.total(), 3 * STEP);
        drop(reader);
        assert_eq!(budget.total(), 0);
    }

    #[tokio::test]
    async fn a_head_for_which_there_is_no_memory_ends_the_connection() {
        let budget = Budget::new(STEP);
        let mut reader = HeadReader::new(tokio::io::repeat(b'a'), Requests::default(), &budget);
        let mut bytes = [0; STEP];
        reader.read_exact(&mut bytes).await.unwrap();
        assert!(reader.read_exact(&mut bytes).await.is_err());
        assert_eq!(budget.levels()[Kind::Heads as usize].refused, 1);
    }
}
