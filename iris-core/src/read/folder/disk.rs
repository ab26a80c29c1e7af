//! A folder on disk.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::{Folder, MAX_FILES};
use crate::error::{Error, ErrorKind, Result};

/// Its files by their names. A folder in it is looked into where it stands alone.
#[derive(Debug)]
pub(super) struct Disk {
    path: PathBuf,
    names: Vec<String>,
}

/// Folders that stand alone in one another.
const MAX_DEPTH: usize = 4;

impl Disk {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let mut path = path.to_owned();
        for _ in 0..MAX_DEPTH {
            let (files, folders) = list(&path).map_err(|error| unreadable(&path, error))?;
            match (files.as_slice(), folders.as_slice()) {
                ([], [only]) => path.push(only),
                _ => return Ok(Self { path, names: files }),
            }
        }
        Ok(Self { path, names: Vec::new() })
    }
}

impl Folder for Disk {
    fn names(&self) -> Vec<&str> {
        self.names.iter().map(String::as_str).collect()
    }

    fn read(&self, name: &str, max_bytes: usize) -> Result<Vec<u8>> {
        let path = self.path.join(name);
        let mut bytes = Vec::new();
        let read = File::open(&path).and_then(|file| file.take(max_bytes as u64).read_to_end(&mut bytes));
        read.map_err(|error| unreadable(&path, error))?;
        Ok(bytes)
    }
}

/// Files and folders, links followed: a mounted volume is full of them. What
/// begins with a dot is the mount's own.
fn list(path: &Path) -> io::Result<(Vec<String>, Vec<String>)> {
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(path)?.take(MAX_FILES) {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if name.starts_with('.') {
            continue;
        }
        match fs::metadata(entry.path()) {
            Ok(found) if found.is_file() => files.push(name),
            Ok(found) if found.is_dir() => folders.push(name),
            // A link into nowhere, or no file at all.
            _ => {}
        }
    }
    files.sort_unstable();
    Ok((files, folders))
}

#[cold]
fn unreadable(path: &Path, error: io::Error) -> Error {
    Error::new(ErrorKind::Unreadable, format!("{} cannot be read: {error}", path.display())).caused_by(error)
}
