//! Threads that have nothing to do, lent to the one that has a long job.
//!
//! A lane has as many threads as there are processors, and where fewer requests come
//! than that, some of these are idle while one of the others works through a batch. The
//! places of the idle ones are lent: whoever borrows them may have as many threads more
//! of its own. Nobody waits for that, for only what nobody else wants is lent, and a
//! request that comes meanwhile shares the processors with the rest of the batch.

use std::cell::{Cell, RefCell};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::{Shared, busy, stand_back};

thread_local! {
    /// Whose thread this is, if it is one of a lane's.
    static OF: RefCell<Option<Arc<Shared>>> = const { RefCell::new(None) };
    /// How long others have worked for this thread's job.
    static LENT: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Makes this thread one of a lane's.
pub(super) fn begin(lane: &Arc<Shared>) {
    OF.set(Some(Arc::clone(lane)));
}

/// How long others have worked for this thread's job since this was asked.
pub(super) fn take_lent() -> Duration {
    LENT.take()
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

    /// Does the pieces, by this thread and by those that are lent, and returns the first
    /// of the errors in the pieces' order. After an error no further piece is begun.
    pub(crate) fn share<P: Send, E: Send>(
        &self,
        pieces: Vec<P>,
        work: impl Fn(P) -> Result<(), E> + Sync,
    ) -> Result<(), E> {
        let pieces = Mutex::new((pieces.into_iter().enumerate(), None::<(usize, E)>));
        let next = || {
            let (left, failed) = &mut *pieces.lock().unwrap_or_else(PoisonError::into_inner);
            if failed.is_none() { left.next() } else { None }
        };
        let all = || {
            while let Some((place, piece)) = next() {
                if let Err(error) = work(piece) {
                    let (_, failed) = &mut *pieces.lock().unwrap_or_else(PoisonError::into_inner);
                    if failed.as_ref().is_none_or(|(first, _)| place < *first) {
                        *failed = Some((place, error));
                    }
                }
            }
        };
        let lent = thread::scope(|scope| {
            let helper = || {
                stand_back();
                all();
                busy()
            };
            let spawn = |index| {
                let name = format!("lane-hand-{index}");
                // Without this one the others do its pieces.
                thread::Builder::new().name(name).spawn_scoped(scope, helper).ok()
            };
            let helpers: Vec<_> = (0..self.n).filter_map(spawn).collect();
            all();
            let took = |helper: thread::ScopedJoinHandle<'_, _>| {
                helper.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            };
            helpers.into_iter().map(took).sum::<Duration>()
        });
        LENT.set(LENT.get() + lent);
        let (_, failed) = pieces.into_inner().unwrap_or_else(PoisonError::into_inner);
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
