//! The files within a zip archive.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Read;

use flate2::bufread::DeflateDecoder;
use rawzip::{CompressionMethod, ZipArchive, ZipArchiveEntryWayfinder, ZipSliceArchive, ZipVerification};

use super::pickle::Budget;
use crate::error::{Error, Result};

/// An archive in memory, with where its files are.
pub(super) struct Archive<'a> {
    bytes: &'a [u8],
    zip: ZipSliceArchive<&'a [u8]>,
    files: HashMap<Box<[u8]>, File>,
}

struct File {
    method: CompressionMethod,
    place: ZipArchiveEntryWayfinder,
}

/// Numbers that the note of a file takes, without its name.
const FILE: usize = size_of::<(Box<[u8]>, File)>() / 8 + 1;

impl<'a> Archive<'a> {
    /// Takes note of all files, but reads none. No name may come twice: which of
    /// them is meant would be a guess.
    pub(super) fn new(bytes: &'a [u8], budget: &mut Budget) -> Result<Self> {
        let zip = ZipArchive::from_slice(bytes).map_err(broken)?;
        if zip.end_offset() != bytes.len() as u64 {
            return Err(Error::malformed("bytes follow the end of the zip archive"));
        }
        let mut files = HashMap::new();
        let mut entries = zip.entries();
        while let Some(entry) = entries.next_entry().map_err(broken)? {
            let path = entry.file_path();
            let name = path.as_bytes();
            budget.spend(FILE + name.len().div_ceil(8))?;
            if entry.flags().is_encrypted() {
                return Err(Error::unsupported(format!("{} is encrypted", shown(name))));
            }
            let file = File { method: entry.compression_method(), place: entry.wayfinder() };
            if files.insert(name.into(), file).is_some() {
                return Err(Error::malformed(format!("{} is in the zip archive twice", shown(name))));
            }
        }
        Ok(Self { bytes, zip, files })
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.files.contains_key(name.as_bytes())
    }

    /// What a file holds, held against `budget` however often it is asked for:
    /// each time it is checked. What is stored as it is stays where it lies.
    pub(super) fn get(&self, name: &str, budget: &mut Budget) -> Result<Cow<'a, [u8]>> {
        let place = |error: Error| error.within(shown(name.as_bytes()));
        let file = self.files.get(name.as_bytes());
        let file = file.ok_or_else(|| place(Error::malformed("no such file is in the zip archive")))?;
        self.content(file, budget).map_err(place)
    }

    fn content(&self, file: &File, budget: &mut Budget) -> Result<Cow<'a, [u8]>> {
        let entry = self.zip.get_entry(file.place).map_err(broken)?;
        let expected = entry.claim_verifier();
        let (start, end) = entry.compressed_data_range();
        let range = usize::try_from(start).ok().zip(usize::try_from(end).ok());
        let packed = range.and_then(|(start, end)| self.bytes.get(start..end));
        let packed = packed.ok_or_else(|| Error::malformed("it lies outside of the zip archive"))?;
        let content = match file.method {
            CompressionMethod::STORE => {
                budget.spend_bytes(packed.len())?;
                Cow::Borrowed(packed)
            }
            CompressionMethod::DEFLATE => {
                // One byte more than it says is enough to see that this was a lie.
                let limit = expected.uncompressed_size.saturating_add(1).min(budget.left_bytes() as u64);
                let mut content = Vec::new();
                let inflated = DeflateDecoder::new(packed).take(limit).read_to_end(&mut content);
                inflated.map_err(|error| {
                    Error::malformed(format!("it cannot be inflated: {error}")).caused_by(error)
                })?;
                budget.spend_bytes(content.len())?;
                if expected.uncompressed_size > limit {
                    // What it says is more than is left; it may say so.
                    budget.spend_bytes(usize::try_from(expected.uncompressed_size).unwrap_or(usize::MAX))?;
                }
                Cow::Owned(content)
            }
            other => return Err(Error::unsupported(format!("it is compressed by {other}"))),
        };
        let uncompressed_size = content.len() as u64;
        expected
            .valid(ZipVerification { crc: rawzip::crc32(&content), uncompressed_size })
            .map_err(broken)?;
        Ok(content)
    }
}

#[cold]
fn broken(error: rawzip::Error) -> Error {
    Error::malformed(format!("the zip archive is broken: {error}")).caused_by(error)
}

/// A name for a message.
fn shown(name: &[u8]) -> String {
    format!("'{}'", String::from_utf8_lossy(name).chars().take(60).collect::<String>())
}
