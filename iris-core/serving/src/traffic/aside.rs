//! Work that is done once an answer was made, by a thread of its own: of as much as it gets to.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::{io, thread};

use crate::panics;

/// Where such work is given to the thread, which ends when nobody can any more. Cheap to clone.
#[derive(Debug)]
pub(super) struct Aside<J> {
    jobs: SyncSender<J>,
    waiting: Arc<Waiting>,
}

/// What there is to do for the thread.
pub(super) trait Job: Send + 'static {
    /// Bytes that it takes while it waits.
    fn bytes(&self) -> usize;
}

#[derive(Debug, Default)]
struct Waiting {
    bytes: AtomicUsize,
    dropped: AtomicU64,
}

/// Jobs that may wait, and bytes of them.
const JOBS: usize = 256;
const BYTES: usize = 32 << 20;

impl<J: Job> Aside<J> {
    /// Starts the thread.
    pub(super) fn start(name: &str, mut work: impl FnMut(J) + Send + 'static) -> io::Result<Self> {
        let (jobs, received) = sync_channel::<J>(JOBS);
        let waiting = Arc::<Waiting>::default();
        let of_thread = Arc::clone(&waiting);
        thread::Builder::new().name(name.to_owned()).spawn(move || {
            for job in received {
                of_thread.bytes.fetch_sub(job.bytes(), Ordering::Relaxed);
                // A job that panics is one that was not done.
                let _ = panics::caught(|| work(job));
            }
        })?;
        Ok(Self { jobs, waiting })
    }

    /// Gives it a job, or drops it where too much waits.
    pub(super) fn give(&self, job: J) {
        let Waiting { bytes, dropped } = &*self.waiting;
        let more = job.bytes();
        let before = bytes.fetch_add(more, Ordering::Relaxed);
        if before + more > BYTES || self.jobs.try_send(job).is_err() {
            bytes.fetch_sub(more, Ordering::Relaxed);
            dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Jobs that were dropped.
    pub(super) fn dropped(&self) -> u64 {
        self.waiting.dropped.load(Ordering::Relaxed)
    }
}

impl<J> Clone for Aside<J> {
    fn clone(&self) -> Self {
        Self { jobs: self.jobs.clone(), waiting: Arc::clone(&self.waiting) }
    }
}
