//! Threads that have nothing to do, lent to the one that has a long job.
//!
//! A lane has as many threads as there are processors, and where fewer requests come
//! than that, some of these are idle while one of the others works through a batch. The
//! places of the idle ones are lent: whoever borrows them is helped by as many threads of
//! a pool beside the lane. Nobody waits for that, for only what nobody else wants is lent,
//! and a request that comes meanwhile shares the processors with the rest of the batch.

use std::cell::{Cell, RefCell};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rayon::{ThreadPool, ThreadPoolBuilder};

#[cfg(target_os = "linux")]
use super::apart::Apart;
use super::{Shared, busy, stand_back};

thread_local! {
    /// Whose thread this is, if it is one of a lane's.
    static OF: RefCell<Option<Arc<Shared>>> = const { RefCell::new(None) };
    /// How long others have worked for this thread's job.
    static LENT: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Threads that help.
#[derive(Debug)]
pub(super) struct Helpers {
    pool: ThreadPool,
    #[cfg(target_os = "linux")]
    apart: Apart,
}

/// As many as ever have somebody to help; `None` if there are none.
///
/// They are there from the beginning, for the kernel wakes a thread where a processor is
/// idle, but begins a new one where its parent runs, and moves it some milliseconds later.
pub(super) fn helpers(n_threads: usize) -> io::Result<Option<Helpers>> {
    if n_threads == 0 {
        return Ok(None);
    }
    let builder = ThreadPoolBuilder::new().num_threads(n_threads).start_handler(|_| stand_back());
    let pool = builder.thread_name(|index| format!("lane-hand-{index}")).build().map_err(io::Error::other)?;
    Ok(Some(Helpers {
        #[cfg(target_os = "linux")]
        apart: Apart::new(&pool),
        pool,
    }))
}

impl Helpers {
    /// Does this by so many of them and, in its own way, by the thread that asks.
    fn beside(&self, n: usize, help: impl Fn() + Sync, mine: impl FnOnce()) {
        #[cfg(target_os = "linux")]
        self.apart.keep_off_this();
        let help = &help;
        self.pool.in_place_scope(|scope| {
            for _ in 0..n {
                scope.spawn(|_| help());
            }
            mine();
        });
    }
}

/// Makes this thread one of a lane's.
pub(super) fn begin(lane: &Arc<Shared>) {
    OF.set(Some(Arc::clone(lane)));
}

/// How long others have worked for this thread's job since this was asked.
pub(super) fn take_lent() -> Duration {
    LENT.take()
}

/// What those who share pieces have to agree on.
struct State<I, E> {
    left: I,
    /// The first piece that failed, of those that were done.
    failed: Option<(usize, E)>,
    /// How long others than the job's thread have worked.
    lent: Duration,
}

impl<P, E, I: Iterator<Item = (usize, P)>> State<I, E> {
    fn next(&mut self) -> Option<(usize, P)> {
        if self.failed.is_none() { self.left.next() } else { None }
    }

    fn fail(&mut self, place: usize, error: E) {
        if self.failed.as_ref().is_none_or(|(first, _)| place < *first) {
            self.failed = Some((place, error));
        }
    }
}

/// Threads beside this one, until it is dropped.
#[derive(Debug)]
pub(crate) struct Hands {
    lane: Arc<Shared>,
    n: usize,
}

impl Hands {
    /// Up to so many; `None` if nobody is idle, or this is no thread of a lane.
    pub(crate) fn borrow(at_most: usize) -> Option<Self> {
        let lane = OF.with_borrow(Clone::clone)?;
        let n = lane.queue().lend(at_most);
        (n > 0).then_some(Self { lane, n })
    }

    /// Does the pieces, by this thread with `mine` and by those that are lent with memory
    /// of their own, and returns the first of the errors in the pieces' order. After an
    /// error no further piece is begun.
    pub(crate) fn share<P: Send, S: Default, E: Send>(
        &self,
        pieces: Vec<P>,
        mine: &mut S,
        work: impl Fn(P, &mut S) -> Result<(), E> + Sync,
    ) -> Result<(), E> {
        let shared =
            Mutex::new(State { left: pieces.into_iter().enumerate(), failed: None, lent: Duration::ZERO });
        let state = || shared.lock().unwrap_or_else(PoisonError::into_inner);
        // Not in the loop's head, which would hold the lock.
        let next = || state().next();
        let all = |memory: &mut S| {
            while let Some((place, piece)) = next() {
                if let Err(error) = work(piece, memory) {
                    state().fail(place, error);
                }
            }
        };
        let help = || {
            let before = busy();
            all(&mut S::default());
            state().lent += busy().saturating_sub(before);
        };
        match &self.lane.helpers {
            None => all(mine),
            Some(helpers) => helpers.beside(self.n, help, || all(mine)),
        }
        let State { failed, lent, .. } = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
        LENT.set(LENT.get() + lent);
        failed.map_or(Ok(()), |(_, error)| Err(error))
    }

    /// How many there are.
    pub(crate) fn n(&self) -> usize {
        self.n
    }
}

impl Drop for Hands {
    fn drop(&mut self) {
        self.lane.queue().give_back(self.n);
    }
}
