//! The reader of skops' files: a zip of nodes in JSON, and of arrays.
//!
//! skops names a loader for each node and, after an audit, builds the object.
//! Here a node becomes the object that a pickle of the same estimator holds, so
//! that builders need not know where it came from; nothing is imported or called.

mod array;
mod call;
mod collection;
mod node;
mod scalar;
mod sparse;
mod tree;

use super::archive::Archive;
use super::pickle::{Budget, Pickle};
use crate::error::{Error, Result};

/// Where the nodes are.
const SCHEMA: &str = "schema.json";

/// Reads the one object of an archive. What it expands to is held against `budget`.
pub(super) fn load<'a>(archive: Archive<'a>, budget: &mut Budget) -> Result<Pickle<'a>> {
    if !archive.has(SCHEMA) {
        return Err(Error::unsupported(format!(
            "the file is a zip archive without the {SCHEMA} of skops; torch and others write such"
        )));
    }
    let schema = archive.get(SCHEMA, budget)?;
    let schema = str::from_utf8(&schema)
        .map_err(|error| Error::malformed(format!("{SCHEMA}: {error}")).caused_by(error))?;
    tree::read(archive, schema, budget)
}

#[cfg(test)]
mod tests;
