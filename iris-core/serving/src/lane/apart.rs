//! Keeps helping threads off the processor of the one that they help.
//!
//! The kernel wakes a thread where it thinks best, at times on the processor of whoever wakes
//! it, who goes on with work of its own: then it begins to help when the processors are
//! balanced the next time, some milliseconds later.

use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::ThreadPool;
use rustix::thread::{CpuSet, Pid, gettid, sched_getaffinity, sched_getcpu, sched_setaffinity};

/// The threads of a pool, and the processor that they are kept off.
#[derive(Debug)]
pub(super) struct Apart {
    threads: Vec<Pid>,
    off: AtomicUsize,
}

/// The processor of threads that are kept off none.
const NONE: usize = usize::MAX;

impl Apart {
    pub(super) fn new(pool: &ThreadPool) -> Self {
        Self { threads: pool.broadcast(|_| gettid()), off: AtomicUsize::new(NONE) }
    }

    /// Keeps them off the processor that this is called on, if there are others. Where they
    /// are already, that costs nothing.
    pub(super) fn keep_off_this(&self) {
        let here = sched_getcpu();
        if here >= CpuSet::MAX_CPU || self.off.swap(here, Ordering::Relaxed) == here {
            return;
        }
        // Asked anew, for what a container may use changes while it runs.
        let Ok(mut others) = sched_getaffinity(None) else { return };
        others.unset(here);
        for thread in &self.threads {
            // Where that is forbidden, or there are no others, they go where the kernel lets them.
            let _ = sched_setaffinity(Some(*thread), &others);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn helpers_are_kept_off_the_processor_of_the_one_they_help() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        let apart = Apart::new(&pool);
        let mut others = sched_getaffinity(None).unwrap();
        apart.keep_off_this();
        others.unset(apart.off.load(Ordering::Relaxed));
        // A machine of one processor has no other.
        if others.count() > 0 {
            let masks = pool.broadcast(|_| sched_getaffinity(None).unwrap());
            assert!(masks.iter().all(|mask| *mask == others));
        }
    }
}
