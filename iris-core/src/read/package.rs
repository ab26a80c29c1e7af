//! `model.iris`: a model's file with what it has no field for, in a stored zip.
//!
//! `iris.json` names the file beside it, or several that are joined, and says what
//! the model is called, what its columns are, and which answers it has to give.

use std::borrow::Cow;

use serde::Deserialize;

use super::archive::Archive;
use super::metadata::Metadata;
use super::pickle::Budget;
use super::{Loaded, Reader};
use crate::error::{Error, Result};

/// What makes an archive a package.
pub(super) const MANIFEST: &str = "iris.json";

/// The newest layout that is read.
const FORMAT: u32 = 1;

/// What `iris.json` says.
#[derive(Debug, Deserialize)]
struct Manifest {
    /// The layout of the package.
    format: u32,
    /// The file in the archive that is the model.
    model: Files,
    /// Where the model stands in the dict that the file holds.
    key: Option<String>,
    #[serde(flatten)]
    metadata: Metadata,
}

/// One file, or several in the order in which a row meets them.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Files {
    One(String),
    Several(Vec<String>),
}

impl Files {
    fn names(&self) -> &[String] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Several(names) => names,
        }
    }
}

/// Whether a zip archive is a package.
#[cfg(feature = "inspect")]
pub(super) fn is_one(bytes: &[u8], budget: &mut Budget) -> Result<bool> {
    Ok(Archive::new(bytes, budget)?.has(MANIFEST))
}

/// The file that is in a package; of several the first.
#[cfg(feature = "inspect")]
pub(super) fn source<'a>(bytes: &'a [u8], budget: &mut Budget) -> Result<Cow<'a, [u8]>> {
    let archive = Archive::new(bytes, budget)?;
    let manifest = manifest(&archive, budget)?;
    let first = manifest.model.names().first();
    archive.get(first.map_or("", String::as_str), budget)
}

fn manifest(archive: &Archive<'_>, budget: &mut Budget) -> Result<Manifest> {
    let manifest = archive.get(MANIFEST, budget)?;
    let manifest: Manifest = serde_json::from_slice(&manifest)
        .map_err(|error| Error::malformed(format!("{MANIFEST}: {error}")).caused_by(error))?;
    if manifest.format != FORMAT {
        let format = manifest.format;
        let message = format!("the package is of layout {format}, of which only {FORMAT} is read");
        return Err(Error::unsupported(message));
    }
    Ok(manifest)
}

/// The model of a package. What the reader was told goes before what the package says.
pub(super) fn read(archive: &Archive<'_>, mut budget: Budget, reader: &Reader) -> Result<Loaded> {
    let Manifest { model: files, key, metadata, .. } = manifest(archive, &mut budget)?;
    let sources = files.names().iter().map(|name| archive.get(name, &mut budget));
    let sources: Vec<Cow<'_, [u8]>> = sources.collect::<Result<_>>()?;
    let reader =
        Reader { names: metadata.names(&reader.names), key: reader.key.clone().or(key), ..reader.clone() };
    let loaded = match sources.as_slice() {
        [one] => reader.loaded_alone(one, false),
        several => reader.loaded_all(&several.iter().map(|file| &**file).collect::<Vec<_>>()),
    };
    let within = |error: Error| error.within(format_args!("'{}' of the package", files.names().join("', '")));
    let Loaded { mut model, golden } = loaded.map_err(within)?;
    if metadata.description.is_some() {
        model.schema.description.clone_from(&metadata.description);
    }
    metadata.describe(model.schema.features.columns_mut())?;
    model.schema.answer_distribution = metadata.answers(&model.schema.task)?;
    Ok(Loaded { model, golden: metadata.into_golden().or(golden) })
}
