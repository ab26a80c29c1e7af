//! The file of root span ids: what outlives a killed receiver.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::tally::SPAN_ID_BYTES;

/// A file that ids are appended to; or none, and nothing is kept.
#[derive(Debug)]
pub(crate) struct IdFile {
    open: Option<(PathBuf, File)>,
}

impl IdFile {
    /// Opens the file, and makes it if it is not there.
    pub(crate) fn open(path: Option<&Path>) -> io::Result<Self> {
        let Some(path) = path else { return Ok(Self { open: None }) };
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self { open: Some((path.to_owned(), file)) })
    }

    /// Appends ids in one write, so that those of two threads do not mix.
    pub(crate) fn append(&self, ids: &[u8]) -> io::Result<()> {
        match &self.open {
            Some((_, file)) => (&mut &*file).write_all(ids),
            None => Ok(()),
        }
    }

    /// How many ids there are, and how many different ones, as JSON.
    pub(crate) fn json(&self) -> io::Result<String> {
        let bytes = match &self.open {
            Some((path, _)) => fs::read(path)?,
            None => Vec::new(),
        };
        let mut ids: Vec<[u8; SPAN_ID_BYTES]> = bytes.as_chunks().0.to_vec();
        let n_ids = ids.len();
        ids.sort_unstable();
        ids.dedup();
        Ok(format!("{{\"ids\":{n_ids},\"distinct\":{}}}", ids.len()))
    }
}
