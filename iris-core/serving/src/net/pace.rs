//! What one connection waits for and since when, told by itself and seen by all.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::task::{Poll, Waker};
use std::time::Duration;

use atomic_waker::AtomicWaker;
use tokio::task::yield_now;
use tokio::time::Instant;

use super::times::{Times, Waits};

/// A connection's own account of what it waits for. Cheap to clone; clones are
/// of one connection, and written by one task.
///
/// Whoever serves the connection says what is waited for, which is a store; who
/// looks after all of them reads it, and tells those to end that are late or
/// idle where room is wanted. A connection ends itself: so it is never cut off
/// in the middle of a request that has just come.
#[derive(Debug, Clone)]
pub struct Pace(Arc<State>);

/// Why a connection is told to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// It is idle, and another needs its place.
    Recycled,
    /// This took too long.
    Late(Waits),
}

/// The time since the first look at it, as of the last look: coarse, and free.
#[derive(Debug)]
pub(super) struct Clock {
    began: Instant,
    now: AtomicU64,
}

#[derive(Debug)]
struct State {
    clock: Arc<Clock>,
    /// Milliseconds since the clock began, above the byte of what is waited for.
    word: AtomicU64,
    /// The word that somebody saw, with the bit of the verdict; or 0.
    told: AtomicU64,
    /// Bytes moved in this wait, and when the last of them were.
    moved: AtomicU64,
    moved_at: AtomicU64,
    /// Requests that are not yet answered to the end, and those of them that
    /// are streams with nothing to say.
    requests: AtomicU32,
    quiet: AtomicU32,
    /// Long answers that lie here until the client makes room, and since when
    /// none of them went.
    held: AtomicU32,
    held_at: AtomicU64,
    waker: AtomicWaker,
}

const RECYCLED: u64 = 1 << 4;
const LATE: u64 = 1 << 5;
/// Late whatever it waits for by now.
const STALLED: u64 = 1 << 6;
const VERDICT: u64 = RECYCLED | LATE | STALLED;

impl Clock {
    pub(super) fn new() -> Self {
        Self { began: Instant::now(), now: AtomicU64::new(0) }
    }

    /// Looks at the clock; milliseconds.
    pub(super) fn look(&self) -> u64 {
        let millis = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX >> 8);
        self.now.fetch_max(millis, Ordering::Relaxed);
        millis
    }

    #[inline]
    fn now(&self) -> u64 {
        self.now.load(Ordering::Relaxed)
    }
}

impl Pace {
    /// Of a connection from which nothing has come yet.
    pub(super) fn new(clock: Arc<Clock>) -> Self {
        let now = clock.now();
        Self(Arc::new(State {
            clock,
            word: AtomicU64::new(word(Waits::Silent, now)),
            told: AtomicU64::new(0),
            moved: AtomicU64::new(0),
            moved_at: AtomicU64::new(now),
            requests: AtomicU32::new(0),
            quiet: AtomicU32::new(0),
            held: AtomicU32::new(0),
            held_at: AtomicU64::new(now),
            waker: AtomicWaker::new(),
        }))
    }

    /// Of a connection that nobody looks after.
    #[must_use]
    pub fn alone() -> Self {
        Self::new(Arc::new(Clock::new()))
    }

    /// What is waited for.
    #[must_use]
    pub fn waits(&self) -> Waits {
        waits_of(self.0.word.load(Ordering::Relaxed))
    }

    /// From now on this is waited for.
    #[inline]
    pub fn wait(&self, waits: Waits) {
        self.0.word.store(word(waits, self.0.clock.now()), Ordering::Relaxed);
    }

    /// This is waited for, as it was already or from now on.
    pub fn go_on(&self, waits: Waits) {
        if self.waits() != waits {
            self.0.moved.store(0, Ordering::Relaxed);
            self.0.moved_at.store(self.0.clock.now(), Ordering::Relaxed);
            self.wait(waits);
        }
    }

    /// The same wait under another name.
    pub fn rename(&self, waits: Waits) {
        let since = self.0.word.load(Ordering::Relaxed) >> 8;
        self.0.word.store(word(waits, since), Ordering::Relaxed);
    }

    /// So many bytes came, or went, of what is waited for.
    pub fn moved(&self, n_bytes: usize) {
        self.0.moved.fetch_add(n_bytes as u64, Ordering::Relaxed);
        self.0.moved_at.store(self.0.clock.now(), Ordering::Relaxed);
    }

    /// A request begins, until what is returned is dropped.
    #[must_use]
    pub fn request(&self) -> Request {
        self.0.requests.fetch_add(1, Ordering::Relaxed);
        self.wait(Waits::Server);
        Request { pace: self.clone(), is_quiet: false }
    }

    /// Whether a request is not answered to its end.
    #[must_use]
    pub fn is_in_request(&self) -> bool {
        self.0.requests.load(Ordering::Relaxed) > 0
    }

    /// A long answer lies here until what is returned is dropped.
    #[must_use]
    pub fn hold(&self) -> Held {
        self.0.held_at.store(self.0.clock.now(), Ordering::Relaxed);
        self.0.held.fetch_add(1, Ordering::Relaxed);
        Held(self.clone())
    }

    /// Whether one does.
    #[cfg(test)]
    pub(super) fn holds(&self) -> bool {
        self.0.held.load(Ordering::Relaxed) > 0
    }

    /// What is waited for once nobody reads or writes.
    pub(super) fn settle(&self) {
        let requests = self.0.requests.load(Ordering::Relaxed);
        if requests == 0 {
            self.go_on(Waits::Idle);
        } else if self.0.quiet.load(Ordering::Relaxed) >= requests {
            self.go_on(Waits::Stream);
        } else {
            self.go_on(Waits::Server);
        }
    }

    /// Done when this connection is to end, and it still waits for what it
    /// was told for.
    pub async fn told(&self) -> Told {
        let mut registered: Option<Waker> = None;
        loop {
            poll_fn(|context| {
                if self.0.told.load(Ordering::Acquire) != 0 {
                    return Poll::Ready(());
                }
                let waker = context.waker();
                if !registered.as_ref().is_some_and(|known| known.will_wake(waker)) {
                    self.0.waker.register(waker);
                    registered = Some(waker.clone());
                    if self.0.told.load(Ordering::Acquire) != 0 {
                        return Poll::Ready(());
                    }
                }
                Poll::Pending
            })
            .await;
            // Between tasks the runtime learns of what has come in since, and
            // whoever reads it is asked before this.
            yield_now().await;
            if let Some(told) = self.verdict() {
                return told;
            }
            registered = None;
        }
    }

    fn verdict(&self) -> Option<Told> {
        let told = self.0.told.swap(0, Ordering::AcqRel);
        let word = self.0.word.load(Ordering::Relaxed);
        if told & STALLED != 0 && self.0.held.load(Ordering::Relaxed) > 0 {
            return Some(Told::Late(Waits::Answer));
        }
        let still = told & !VERDICT == word;
        match told & VERDICT {
            RECYCLED if still => Some(Told::Recycled),
            LATE if still => Some(Told::Late(waits_of(word))),
            _ => None,
        }
    }

    /// What it waits for, comparable: less is longer since.
    pub(super) fn seen(&self) -> Seen {
        Seen(self.0.word.load(Ordering::Relaxed))
    }

    /// Whether it is told already.
    pub(super) fn is_told(&self) -> bool {
        self.0.told.load(Ordering::Relaxed) != 0
    }

    /// Tells it that its place is needed, if it is as it was seen.
    pub(super) fn recycle(&self, seen: Seen) -> bool {
        let is_so = self.seen() == seen && !self.is_told();
        if is_so {
            self.tell(seen.0 | RECYCLED);
        }
        is_so
    }

    /// Tells it if it waits for too long at `now`, in milliseconds.
    pub(super) fn remind(&self, times: &Times, now: u64) {
        if self.is_told() {
            return;
        }
        let Seen(word) = self.seen();
        let since = |millis: u64| Duration::from_millis(now.saturating_sub(millis));
        if self.0.held.load(Ordering::Relaxed) > 0
            && since(self.0.held_at.load(Ordering::Relaxed)) >= times.answer
        {
            self.tell(word | STALLED);
            return;
        }
        let waits = waits_of(word);
        let Some(limit) = times.limit(waits) else { return };
        let waited = since(word >> 8);
        let moved = self.0.moved.load(Ordering::Relaxed);
        let is_late = match waits {
            Waits::Body => waited >= limit || times.is_too_slow(moved, waited),
            Waits::Answer => {
                // What is written goes through the kernel's buffer, in large pieces.
                let paused = since(self.0.moved_at.load(Ordering::Relaxed).max(word >> 8));
                paused >= limit || (waited >= limit && times.is_too_slow(moved, waited))
            }
            _ => waited >= limit,
        };
        if is_late {
            self.tell(word | LATE);
        }
    }

    fn tell(&self, verdict: u64) {
        self.0.told.store(verdict, Ordering::Release);
        self.0.waker.wake();
    }
}

/// What a connection waits for since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Seen(u64);

impl Seen {
    pub(super) fn waits(self) -> Waits {
        waits_of(self.0)
    }

    /// For how long at `now`, in milliseconds.
    pub(super) fn waited(self, now: u64) -> Duration {
        Duration::from_millis(now.saturating_sub(self.0 >> 8))
    }
}

fn word(waits: Waits, since: u64) -> u64 {
    since << 8 | waits as u64
}

fn waits_of(word: u64) -> Waits {
    Waits::of((word & 0xF) as u8)
}

/// A request that is being answered.
#[derive(Debug)]
pub struct Request {
    pace: Pace,
    is_quiet: bool,
}

impl Request {
    /// Whether its answer is a stream that has nothing to say at the moment.
    pub fn quiet(&mut self, is_quiet: bool) {
        if std::mem::replace(&mut self.is_quiet, is_quiet) != is_quiet {
            let quiet = &self.pace.0.quiet;
            let _ = if is_quiet {
                quiet.fetch_add(1, Ordering::Relaxed)
            } else {
                quiet.fetch_sub(1, Ordering::Relaxed)
            };
            self.pace.settle();
        }
    }

    /// Whose request it is.
    #[must_use]
    pub fn pace(&self) -> &Pace {
        &self.pace
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        if self.is_quiet {
            self.pace.0.quiet.fetch_sub(1, Ordering::Relaxed);
        }
        self.pace.0.requests.fetch_sub(1, Ordering::Relaxed);
        self.pace.settle();
    }
}

/// A long answer on its way.
#[derive(Debug)]
pub struct Held(Pace);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.0.held_at.store(self.0.0.clock.now(), Ordering::Relaxed);
        self.0.0.held.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
