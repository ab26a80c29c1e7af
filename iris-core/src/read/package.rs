//! `model.iris`: a model's file with what it has no field for, in a stored zip.
//!
//! `iris.json` names the file beside it, and says what the model is called, what
//! its columns are, and which answers it has to give.

#[cfg(feature = "inspect")]
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
    model: String,
    #[serde(flatten)]
    metadata: Metadata,
}

/// Whether a zip archive is a package.
#[cfg(feature = "inspect")]
pub(super) fn is_one(bytes: &[u8], budget: &mut Budget) -> Result<bool> {
    Ok(Archive::new(bytes, budget)?.has(MANIFEST))
}

/// The file that is in a package.
#[cfg(feature = "inspect")]
pub(super) fn source<'a>(bytes: &'a [u8], budget: &mut Budget) -> Result<Cow<'a, [u8]>> {
    let archive = Archive::new(bytes, budget)?;
    let manifest = manifest(&archive, budget)?;
    archive.get(&manifest.model, budget)
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
    let Manifest { model, metadata, .. } = manifest(archive, &mut budget)?;
    let source = archive.get(&model, &mut budget)?;
    let reader = Reader {
        name: reader.name.clone().or_else(|| metadata.name.clone()),
        version: reader.version.clone().or_else(|| metadata.version.clone()),
        feature_names: reader.feature_names.clone().or_else(|| metadata.feature_names.clone()),
        ..reader.clone()
    };
    let Loaded { mut model, golden } = reader
        .loaded_alone(&source, false)
        .map_err(|error| error.within(format_args!("'{model}' of the package")))?;
    if metadata.description.is_some() {
        model.schema.description.clone_from(&metadata.description);
    }
    metadata.describe(model.schema.features.columns_mut())?;
    Ok(Loaded { model, golden: metadata.into_golden().or(golden) })
}
