//! What tells one state of a file or a folder from the next.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Files that are looked at.
const MOST: usize = 20_000;

/// Folders within folders.
const DEEPEST: usize = 6;

/// Every file with what shows that it was written or replaced.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Stamp(Vec<(PathBuf, State)>);

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct State {
    len: u64,
    modified: Option<SystemTime>,
    /// Another file under the same name has another number.
    number: u64,
}

impl Stamp {
    /// Of the file or folder there, with all that is within. Links are followed: Kubernetes puts
    /// another folder in the place of one by moving a link.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let mut stamp = Self::default();
        stamp.add(path, 0, Err)?;
        stamp.0.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(stamp)
    }

    /// Of several together.
    pub(super) fn of_all<'p>(paths: impl IntoIterator<Item = &'p Path>) -> io::Result<Self> {
        let stamps = paths.into_iter().map(Self::of);
        stamps
            .collect::<io::Result<Vec<_>>>()
            .map(|all| Self(all.into_iter().flat_map(|stamp| stamp.0).collect()))
    }

    /// The same, to see that something has changed. What cannot be looked at, as a link that leads
    /// nowhere or in circles, is one more state of its file: it makes nobody blind for the others.
    pub(super) fn of_what_is_there<'p>(paths: impl IntoIterator<Item = &'p Path>) -> Self {
        let mut stamp = Self::default();
        for path in paths {
            let taken = stamp.add(path, 0, |_| Ok(State::default()));
            // Beyond so many files it is what those before are.
            drop(taken);
        }
        stamp.0.sort_by(|(a, _), (b, _)| a.cmp(b));
        stamp
    }

    /// Bytes of all files together.
    pub(super) fn bytes(&self) -> u64 {
        self.0.iter().map(|(_, state)| state.len).sum()
    }

    /// `instead` says what stands for what cannot be looked at.
    fn add(
        &mut self,
        path: &Path,
        depth: usize,
        instead: fn(io::Error) -> io::Result<State>,
    ) -> io::Result<()> {
        let state = match fs::metadata(path) {
            Ok(found) if !found.is_dir() => State::of(&found),
            Ok(_) if depth > DEEPEST => {
                instead(io::Error::other(format!("{} lies too deep", path.display())))?
            }
            Ok(_) => match fs::read_dir(path) {
                Ok(entries) => return self.add_within(entries, depth, instead),
                Err(error) => instead(error)?,
            },
            Err(error) => instead(error)?,
        };
        if self.0.len() >= MOST {
            return Err(io::Error::other(format!("there are more than {MOST} files")));
        }
        self.0.push((path.to_owned(), state));
        Ok(())
    }

    fn add_within(
        &mut self,
        entries: fs::ReadDir,
        depth: usize,
        instead: fn(io::Error) -> io::Result<State>,
    ) -> io::Result<()> {
        for entry in entries {
            let entry = entry?;
            // What Kubernetes links to, and what editors leave for a moment.
            if !entry.file_name().as_encoded_bytes().starts_with(b".") {
                self.add(&entry.path(), depth + 1, instead)?;
            }
        }
        Ok(())
    }
}

impl State {
    fn of(found: &Metadata) -> Self {
        #[cfg(unix)]
        let number = std::os::unix::fs::MetadataExt::ino(found);
        #[cfg(not(unix))]
        let number = 0;
        Self { len: found.len(), modified: found.modified().ok(), number }
    }
}
