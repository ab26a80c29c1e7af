//! Folders, and archives of such, as MLflow and platforms lay them out: which file in one is the model.

mod archive;
mod disk;
mod mlflow;

use std::borrow::Cow;
use std::path::Path;

use super::{Format, Reader};
use crate::error::{Error, ErrorKind, Result};

pub(super) use archive::is_archive;

/// The file of a folder that is its model.
#[derive(Debug)]
pub(super) struct Found<'a> {
    pub(super) bytes: Cow<'a, [u8]>,
    /// Names of the columns, for a file that has none itself.
    pub(super) names: Option<Vec<String>>,
}

/// A folder: its files by their paths within, with slashes between, and what is in them.
trait Folder {
    /// In the order of their names, no more than [`MAX_FILES`].
    fn names(&self) -> Vec<&str>;

    /// The first bytes of a file, or all of them.
    fn read(&self, name: &str, max_bytes: usize) -> Result<Vec<u8>>;
}

/// Files of a folder that are looked at.
const MAX_FILES: usize = 1_000;

/// What is taken for the model wherever it is the only one of these.
const KNOWN: [&str; 7] =
    ["model.joblib", "model.pkl", "model.pickle", "model.skops", "model.onnx", "model.iris", "model.tar.gz"];

/// As many bytes as tell a format.
const HEAD: usize = 1 << 10;

/// Names that a message shows.
const SHOWN: usize = 12;

impl Reader {
    /// The model in a folder on disk.
    /// The bytes of the file in a folder that is the model, and names for its
    /// columns where it has none itself.
    ///
    /// # Errors
    ///
    /// As [`Predictor::open`](crate::Predictor::open).
    pub fn locate(&self, folder: impl AsRef<Path>) -> Result<(Vec<u8>, Option<Vec<String>>)> {
        let Found { bytes, names } = self.in_folder(folder.as_ref())?;
        Ok((bytes.into_owned(), names))
    }

    pub(super) fn in_folder(&self, path: &Path) -> Result<Found<'static>> {
        let found = self.found(&disk::Disk::open(path)?)?;
        if is_archive(&found.bytes) {
            let Found { bytes, names } = self.in_archive(&found.bytes)?;
            return Ok(Found { bytes: Cow::Owned(bytes.into_owned()), names });
        }
        Ok(found)
    }

    /// The model in an archive, `bytes` themselves if they are none.
    pub(super) fn in_archive<'a>(&self, bytes: &'a [u8]) -> Result<Found<'a>> {
        if !is_archive(bytes) {
            return Ok(Found { bytes: Cow::Borrowed(bytes), names: None });
        }
        let archive = archive::Archive::open(bytes, self.max_bytes)?;
        self.found(&archive).map_err(|error| error.within("the archive"))
    }

    fn found(&self, folder: &impl Folder) -> Result<Found<'static>> {
        let names = folder.names();
        if names.contains(&mlflow::MLMODEL) {
            let text = folder.read(mlflow::MLMODEL, mlflow::MAX_BYTES + 1)?;
            let mlflow::Choice { flavor, file, names: columns } = mlflow::choose(&text)?;
            let bytes = folder.read(&file, self.max_bytes.saturating_add(1)).map_err(|error| {
                error.within(format_args!("the file '{file}' of the flavor '{flavor}' in MLmodel"))
            })?;
            return Ok(Found { bytes: Cow::Owned(bytes), names: columns });
        }
        let mut candidates: Vec<&str> = names.iter().copied().filter(|name| KNOWN.contains(name)).collect();
        if candidates.is_empty() {
            for name in &names {
                if may_be_model(&folder.read(name, HEAD)?) {
                    candidates.push(name);
                }
            }
        }
        let [file] = candidates.as_slice() else { return Err(undecided(&names, &candidates)) };
        let bytes = folder.read(file, self.max_bytes.saturating_add(1))?;
        Ok(Found { bytes: Cow::Owned(bytes), names: None })
    }
}

/// Whether bytes that begin like this may be a model's file.
fn may_be_model(head: &[u8]) -> bool {
    match Format::of(head) {
        Format::Empty
        | Format::GitLfsPointer
        | Format::Html
        | Format::Json
        | Format::Numpy
        | Format::Parquet
        | Format::Tar
        | Format::Text => false,
        // Whatever nothing else looks like, and no text in another script than Latin.
        Format::Onnx => std::str::from_utf8(head).is_err() || head.contains(&0),
        _ => true,
    }
}

#[cold]
fn undecided(names: &[&str], candidates: &[&str]) -> Error {
    let what = match candidates {
        [] => "no model in the folder",
        _ => "several models in the folder",
    };
    let list = |names: &[&str]| {
        let mut shown: Vec<String> =
            names.iter().take(SHOWN).map(|name| name.chars().take(60).collect()).collect();
        match names.len() - shown.len() {
            0 if shown.is_empty() => "nothing".to_owned(),
            0 => shown.join(", "),
            more => {
                shown.push(format!("{more} more"));
                shown.join(", ")
            }
        }
    };
    let found = list(if candidates.is_empty() { names } else { candidates });
    Error::new(
        ErrorKind::MalformedModel,
        format!(
            "{what}: found {found}; taken would be what MLmodel names, exactly one of {}, or the only file \
             whose content is a model",
            KNOWN.join(", ")
        ),
    )
}
