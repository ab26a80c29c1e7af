//! How many files the process may have open, of which connections are most.

use std::fs;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files that the process may have open at a time, and those that it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenFiles {
    /// The most; `None` where there is no limit.
    pub limit: Option<u64>,
    /// Open now, where the system tells.
    pub open: u64,
}

/// So many are kept free for all that is no connection: models, collectors, logs.
const SPARE: u64 = 32;

/// Raises the soft limit of open files to the hard one, and says what there is then.
#[must_use]
pub fn open_files() -> OpenFiles {
    let before = getrlimit(Resource::Nofile);
    if before.current != before.maximum {
        // Where that is not allowed, the limit stays as it is.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: before.maximum, ..before });
    }
    let open = fs::read_dir("/proc/self/fd").or_else(|_| fs::read_dir("/dev/fd")).map_or(0, Iterator::count);
    OpenFiles { limit: getrlimit(Resource::Nofile).current, open: open as u64 }
}

impl OpenFiles {
    /// How many connections there may be, at least 1, if `n_more` files are still
    /// to be opened for other things.
    #[must_use]
    pub fn connections(&self, n_more: u64) -> usize {
        let Some(limit) = self.limit else { return usize::MAX };
        let spare = SPARE.min(limit / 4);
        let left = limit.saturating_sub(self.open).saturating_sub(n_more).saturating_sub(spare);
        usize::try_from(left).unwrap_or(usize::MAX).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_files_are_kept_for_other_things() {
        let files = |limit, open| OpenFiles { limit, open };
        assert_eq!(files(Some(64), 20).connections(8), 20);
        assert_eq!(files(Some(1_000), 20).connections(8), 940);
        assert_eq!(files(Some(10), 20).connections(8), 1);
        assert_eq!(files(None, 20).connections(8), usize::MAX);
    }

    #[test]
    fn this_process_has_files_open() {
        let files = open_files();
        assert!(files.open >= 3, "{files:?}");
        assert_eq!(getrlimit(Resource::Nofile).current, getrlimit(Resource::Nofile).maximum);
    }
}
