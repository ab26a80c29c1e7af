//! scipy's sparse matrices, which are a zip archive of arrays each.

use std::borrow::Cow;

use crate::error::{Error, Result};
use crate::read::archive::Archive;
use crate::read::npy;
use crate::read::pickle::{Array, Budget, Objects};

/// Arrays that a matrix may be made of, by the names of its attributes.
const PARTS: [&str; 6] = ["data", "indices", "indptr", "row", "col", "offsets"];

/// The shape of a matrix, and the arrays that it is made of.
pub(super) type Sparse = (Vec<i64>, Vec<(&'static str, Array<'static>)>);

/// The matrix that `file` holds.
pub(super) fn read(file: &[u8], budget: &mut Budget) -> Result<Sparse> {
    let archive = Archive::new(file, budget)?;
    let mut array = |name: &str| -> Result<Array<'static>> {
        let file = format!("{name}.npy");
        let bytes = archive.get(&file, budget)?.into_owned();
        npy::read(Cow::Owned(bytes)).map_err(|error| error.within(file))
    };
    let shape = array("shape")?.integers(&Objects::default())?;
    let mut parts = Vec::new();
    for name in PARTS {
        if archive.has(&format!("{name}.npy")) {
            parts.push((name, array(name)?));
        }
    }
    if parts.is_empty() {
        return Err(Error::malformed("a sparse matrix without its numbers"));
    }
    Ok((shape, parts))
}
