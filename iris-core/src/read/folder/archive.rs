//! A `tar` archive, compressed with gzip or not, as SageMaker has models: read as data, nothing is unpacked.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::Component;

use flate2::bufread::MultiGzDecoder;

use super::{Folder, MAX_FILES};
use crate::error::{Error, ErrorKind, Result};
use crate::read::Format;

/// Its files by their paths.
#[derive(Debug)]
pub(super) struct Archive(BTreeMap<String, Vec<u8>>);

/// As much as has the mark of an archive.
const HEAD: u64 = 512;

/// Whether this is an archive, as it is or compressed with gzip.
pub(in crate::read) fn is_archive(bytes: &[u8]) -> bool {
    match Format::of(bytes) {
        Format::Tar => true,
        Format::Gzip => {
            let mut head = Vec::new();
            let read = MultiGzDecoder::new(bytes).take(HEAD).read_to_end(&mut head);
            read.is_ok() && Format::of(&head) == Format::Tar
        }
        _ => false,
    }
}

impl Archive {
    /// The files of an archive, which may take `max_bytes` together, with what stands between them.
    pub(super) fn open(bytes: &[u8], max_bytes: usize) -> Result<Self> {
        let plain: Box<dyn Read + '_> = match Format::of(bytes) {
            Format::Gzip => Box::new(MultiGzDecoder::new(bytes)),
            _ => Box::new(bytes),
        };
        // One byte more tells an archive that is too large from one that is cut short.
        let mut limited = plain.take((max_bytes as u64).saturating_add(1));
        let files = read(&mut limited);
        // What follows the last file has the checksum of all of it.
        let rest = io::copy(&mut limited, &mut io::sink());
        if limited.limit() == 0 {
            let message = format!("the archive holds more than the {max_bytes} bytes allowed");
            return Err(Error::new(ErrorKind::ModelTooLarge, message));
        }
        let files = files?;
        rest.map_err(broken)?;
        Ok(Self(without_common_folder(files)))
    }
}

impl Folder for Archive {
    fn names(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }

    fn read(&self, name: &str, max_bytes: usize) -> Result<Vec<u8>> {
        let bytes = self.0.get(name).ok_or_else(|| Error::malformed("there is no such file"))?;
        Ok(bytes[..bytes.len().min(max_bytes)].to_vec())
    }
}

fn read(archive: impl Read) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    let mut archive = tar::Archive::new(archive);
    for entry in archive.entries().map_err(broken)?.take(MAX_FILES) {
        let mut entry = entry.map_err(broken)?;
        // Links lead elsewhere, and devices are none of ours.
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let Some(name) = name(&entry)? else { continue };
        let mut bytes = Vec::new();
        let declared = entry.size();
        entry.read_to_end(&mut bytes).map_err(broken)?;
        if bytes.len() as u64 != declared {
            return Err(Error::malformed(format!("the archive is cut short within '{name}'")));
        }
        if files.insert(name.clone(), bytes).is_some() {
            return Err(Error::malformed(format!("the archive holds '{name}' twice")));
        }
    }
    Ok(files)
}

/// The path within the archive; `None` of what a system keeps beside files.
fn name(entry: &tar::Entry<'_, impl Read>) -> Result<Option<String>> {
    let path = entry.path().map_err(broken)?;
    let mut parts = Vec::new();
    for part in path.components() {
        match part {
            Component::Normal(part) => parts.push(part.to_string_lossy().into_owned()),
            Component::CurDir => {}
            _ => {
                let path = path.to_string_lossy().chars().take(60).collect::<String>();
                return Err(Error::malformed(format!("a path that leaves the archive: '{path}'")));
            }
        }
    }
    Ok(Some(parts)
        .filter(|parts| parts.last().is_some_and(|last| !last.starts_with('.')))
        .map(|parts| parts.join("/")))
}

/// The same within the folder that all of them are in.
fn without_common_folder(files: BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Vec<u8>> {
    let folder =
        files.keys().next().and_then(|name| name.split_once('/')).map(|(folder, _)| format!("{folder}/"));
    match folder {
        Some(folder) if files.keys().all(|name| name.starts_with(&folder)) => {
            files.into_iter().map(|(name, bytes)| (name[folder.len()..].to_owned(), bytes)).collect()
        }
        _ => files,
    }
}

#[cold]
fn broken(error: io::Error) -> Error {
    Error::malformed(format!("the archive cannot be read: {error}")).caused_by(error)
}
