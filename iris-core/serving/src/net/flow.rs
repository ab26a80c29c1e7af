//! What is under way on a connection: what a stop has to wait for, and would cut off.

mod bodies;
mod watched;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::cut::Cuts;
use super::stop::Stopped;

pub use bodies::{Answering, Asking};
pub use watched::Watched;

/// How long a stop waits for a client that does nothing: for the next request
/// of one that keeps its connection; twice that for the rest of what has begun.
///
/// A client that finds its kept connection closed while it writes has lost a
/// request. One that is busy writes again within a second and learns from that
/// answer that the connection closes; one that has been silent for so long is
/// hardly about to write in the moment of the close.
pub const STOP_PATIENCE: Duration = Duration::from_secs(1);

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
        Watched::new(stream, self.clone())
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
        Asking::new(body, self.clone())
    }

    /// The body of an answer, or anything else in place of it.
    #[must_use]
    pub fn answering<B>(&self, body: B) -> Answering<B> {
        Answering::new(body, self.clone())
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
            sleep(STOP_PATIENCE).await;
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
        timeout(STOP_PATIENCE, connection).await.ok()
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

#[cfg(test)]
mod tests;
