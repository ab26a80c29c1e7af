//! What is under way on a connection: what a stop has to wait for, and would cut off.

use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use http_body::{Body, Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{sleep, timeout};

use super::cut::Cuts;
use super::stop::Stopped;

/// How long a stop waits for a client that does nothing: for the next request
/// of one that keeps its connection; twice that for the rest of what has begun.
///
/// A client that finds its kept connection closed while it writes has lost a
/// request. One that is busy writes again within a second and learns from that
/// answer that the connection closes; one that has been silent for so long is
/// hardly about to write in the moment of the close.
pub const PATIENCE: Duration = Duration::from_secs(1);

/// Bytes in that time, either way, that are more than keeping a stop waiting.
const LEAST: u64 = 1_024;

/// Watches the bytes and the calls of one connection. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Flow(Arc<State>);

#[derive(Debug)]
struct State {
    /// Whether what was read without becoming a call is part of a request.
    one_at_a_time: bool,
    /// Bytes in either direction.
    moved: AtomicU64,
    /// Bytes came in since the last call began or ended.
    is_heard: AtomicBool,
    /// The client takes no more bytes.
    is_stuck: AtomicBool,
    /// Calls that are not answered yet.
    asked: AtomicUsize,
    /// Those of them for whose client one waits.
    unsent: AtomicUsize,
    /// Answers that are not written yet.
    unread: AtomicUsize,
}

/// A bystander: dropped before the connection has come to its end, it tells
/// what the stop has cut off.
#[derive(Debug)]
pub struct Watch {
    flow: Flow,
    stopped: Stopped,
    is_over: bool,
}

/// A call that is not answered yet.
#[derive(Debug)]
pub struct Call(Flow);

/// The bytes of a connection, watched.
#[derive(Debug)]
pub struct Watched<S> {
    stream: S,
    flow: Flow,
}

/// A request's body: while it is waited for, it is the client who is late.
#[derive(Debug)]
pub struct Asking<B> {
    body: B,
    flow: Flow,
    is_late: bool,
}

/// An answer's body: dropped when it is written, or is not going to be.
#[derive(Debug)]
pub struct Answering<B> {
    body: B,
    flow: Flow,
}

impl Flow {
    /// Of a connection on which one request follows the other.
    #[must_use]
    pub fn one_at_a_time() -> Self {
        Self::new(true)
    }

    /// Of a connection on which any number may be under way, and bytes may be
    /// about none of them.
    #[must_use]
    pub fn many() -> Self {
        Self::new(false)
    }

    fn new(one_at_a_time: bool) -> Self {
        Self(Arc::new(State {
            one_at_a_time,
            moved: AtomicU64::new(0),
            is_heard: AtomicBool::new(false),
            is_stuck: AtomicBool::new(false),
            asked: AtomicUsize::new(0),
            unsent: AtomicUsize::new(0),
            unread: AtomicUsize::new(0),
        }))
    }

    /// The connection's bytes, watched.
    #[must_use]
    pub fn watched<S>(&self, stream: S) -> Watched<S> {
        Watched { stream, flow: self.clone() }
    }

    /// Tells, if it is dropped too early, what `stopped` has cut off. It has to be
    /// dropped before what it watches.
    #[must_use]
    pub fn watch(&self, stopped: &Stopped) -> Watch {
        Watch { flow: self.clone(), stopped: stopped.clone(), is_over: false }
    }

    /// A call begins.
    #[must_use]
    pub fn call(&self) -> Call {
        self.0.is_heard.store(false, Ordering::Relaxed);
        self.0.asked.fetch_add(1, Ordering::Relaxed);
        Call(self.clone())
    }

    /// The body of a request, which is waited for.
    #[must_use]
    pub fn asking<B>(&self, body: B) -> Asking<B> {
        Asking { body, flow: self.clone(), is_late: false }
    }

    /// The body of an answer, or anything else in place of it.
    #[must_use]
    pub fn answering<B>(&self, body: B) -> Answering<B> {
        self.0.unread.fetch_add(1, Ordering::Relaxed);
        Answering { body, flow: self.clone() }
    }

    /// What would be cut off now.
    fn open(&self) -> Cuts {
        let State { asked, unsent, unread, is_heard, is_stuck, one_at_a_time, .. } = &*self.0;
        let of = |count: &AtomicUsize| count.load(Ordering::Relaxed);
        let (asked, unsent, unread) = (of(asked), of(unsent), of(unread));
        let is_begun = *one_at_a_time && asked == 0 && unread == 0 && is_heard.load(Ordering::Relaxed);
        // Of a stream the answer has begun while the request goes on.
        let streams = unsent.saturating_sub(asked);
        Cuts {
            requests: unsent + usize::from(is_begun),
            answers: unread.saturating_sub(streams).max(is_stuck.load(Ordering::Relaxed).into()),
            working: asked.saturating_sub(unsent),
        }
    }

    /// Done once a stop need not wait for the client any longer: it does nothing,
    /// or next to nothing, and it is not the server who is late. What has begun
    /// is given as long again.
    async fn stalled(&self) {
        let moved = || self.0.moved.load(Ordering::Relaxed);
        let mut was_silent = false;
        loop {
            let before = moved();
            sleep(PATIENCE).await;
            let open = self.open();
            let is_silent = open.working == 0 && moved().wrapping_sub(before) < LEAST;
            if is_silent && (was_silent || open.total() == 0) {
                return;
            }
            was_silent = is_silent;
        }
    }
}

impl Watch {
    /// Serves `connection` on, after the stop, until it ends or there is nothing
    /// more to wait for; then `close` asks it to end what is not under way.
    ///
    /// Returns `None` if what the client left unfinished was cut off.
    pub async fn part<C: Future>(
        mut self,
        mut connection: Pin<&mut C>,
        close: impl FnOnce(Pin<&mut C>),
    ) -> Option<C::Output> {
        let flow = self.flow.clone();
        let served = tokio::select! {
            biased;
            served = connection.as_mut() => Some(served),
            () = flow.stalled() => None,
        };
        if served.is_none() && flow.open().total() > 0 {
            return None;
        }
        self.over();
        if served.is_some() {
            return served;
        }
        close(connection.as_mut());
        timeout(PATIENCE, connection).await.ok()
    }

    /// The connection has come to its end.
    pub fn over(&mut self) {
        self.is_over = true;
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if !self.is_over && self.stopped.is_told() {
            self.stopped.cut_all(self.flow.open());
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let state = &*self.0.0;
        state.is_heard.store(false, Ordering::Relaxed);
        state.asked.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<B> Drop for Answering<B> {
    fn drop(&mut self) {
        self.flow.0.unread.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<B> Asking<B> {
    fn set_late(&mut self, is_late: bool) {
        if is_late != std::mem::replace(&mut self.is_late, is_late) {
            let unsent = &self.flow.0.unsent;
            if is_late {
                unsent.fetch_add(1, Ordering::Relaxed);
            } else {
                unsent.fetch_sub(1, Ordering::Relaxed);
            }
        }
    }
}

impl<B> Drop for Asking<B> {
    fn drop(&mut self) {
        self.set_late(false);
    }
}

impl<B: Body + Unpin> Body for Asking<B> {
    type Data = B::Data;
    type Error = B::Error;

    #[inline]
    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        self.set_late(polled.is_pending());
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<B: Body + Unpin> Body for Answering<B> {
    type Data = B::Data;
    type Error = B::Error;

    #[inline]
    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        let n_bytes = buffer.filled().len() - before;
        if n_bytes > 0 {
            let state = &*self.flow.0;
            state.moved.fetch_add(n_bytes as u64, Ordering::Relaxed);
            state.is_heard.store(true, Ordering::Relaxed);
        }
        polled
    }
}

impl<S> Watched<S> {
    fn wrote(&self, polled: &Poll<io::Result<usize>>) {
        let state = &*self.flow.0;
        state.is_stuck.store(polled.is_pending(), Ordering::Relaxed);
        if let Poll::Ready(Ok(n_bytes)) = polled {
            state.moved.fetch_add(*n_bytes as u64, Ordering::Relaxed);
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.wrote(&polled);
        polled
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.wrote(&polled);
        polled
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests;
