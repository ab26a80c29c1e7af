//! Keeps helping threads off the processor of the one that they help.
//!
//! The kernel wakes a thread where it thinks best, at times on the processor of whoever wakes
//! it, who goes on with work of its own: then it begins to help when the processors are
//! balanced the next time, some milliseconds later.

use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::ThreadPool;
use rustix::thread::{CpuSet, Pid, gettid, sched_getaffinity, sched_getcpu, sched_setaffinity};

/// The threads of a pool, each with the processor that it is kept off.
#[derive(Debug)]
pub(super) struct Apart {
    threads: Vec<(Pid, AtomicUsize)>,
    /// The processors that the server may use.
    all: CpuSet,
}

/// The processor of a thread that is kept off none.
const NONE: usize = usize::MAX;

impl Apart {
    /// Keeps these threads off none yet; `None` where the system does not tell its processors,
    /// or has but one for the server.
    pub(super) fn new(pool: &ThreadPool) -> Option<Self> {
        let all = sched_getaffinity(None).ok().filter(|all| all.count() > 1)?;
        let threads = pool.broadcast(|_| (gettid(), AtomicUsize::new(NONE)));
        Some(Self { threads, all })
    }

    /// Keeps them off the processor that this is called on. It costs a system call for each
    /// of them that was kept off another.
    pub(super) fn keep_off_this(&self) {
        let here = sched_getcpu();
        if here >= CpuSet::MAX_CPU {
            return;
        }
        let mut others = self.all;
        others.unset(here);
        for (thread, off) in &self.threads {
            if off.swap(here, Ordering::Relaxed) != here {
                // Where that is forbidden, they help as soon as the kernel lets them.
                let _ = sched_setaffinity(Some(*thread), &others);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn helpers_are_kept_off_the_processor_of_the_one_they_help() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        let Some(apart) = Apart::new(&pool) else { return };
        let mine = sched_getaffinity(None).unwrap();
        for here in (0..CpuSet::MAX_CPU).filter(|cpu| apart.all.is_set(*cpu)) {
            let mut only = CpuSet::new();
            only.set(here);
            sched_setaffinity(None, &only).unwrap();
            apart.keep_off_this();
            let seen = pool.broadcast(|_| sched_getaffinity(None).unwrap());
            for seen in seen {
                assert!(!seen.is_set(here) && seen.count() == apart.all.count() - 1);
            }
        }
        sched_setaffinity(None, &mine).unwrap();
    }
}
