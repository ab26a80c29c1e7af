//! What a file is, whether it is read or not.

mod text;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde::Serialize;
use sha2::{Digest, Sha256};

#[cfg(feature = "folders")]
use super::folder;
use super::outline::Outline;
use super::{Format, Loaded, Reader};
use crate::Schema;
use crate::error::{Error, Result};
use crate::trees::{Forest, Size};

/// What is known of a model's file.
///
/// A file that is refused is described as far as it is understood: its
/// [`error`](Self::error) says why, and its [`outline`](Self::outline) what
/// stands in it. It prints as a text for people.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Inspection {
    /// What the file is, by its content: `pickle`, `ONNX`, `gzip`, ….
    pub format: &'static str,
    /// Its size in bytes.
    pub size: usize,
    /// The SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
    /// What wrote it, and in which version: `scikit-learn`, `pickle protocol`, ….
    pub versions: BTreeMap<&'static str, String>,
    /// The estimators in it, or the operators of its graph.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outline: Option<Outline>,
    /// What the model expects and answers, if it is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<Schema>,
    /// How exact its answers are, if it is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contract: Option<&'static str>,
    /// Why it gives no contributions, if it is read and does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_contributions: Option<String>,
    /// The forests in it, if it is read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub forests: Vec<ForestShape>,
    /// How many golden vectors it carries, which were replayed.
    pub golden: usize,
    /// The classes that are not read, each with where it stands.
    pub not_read: Vec<NotRead>,
    /// Why it is refused, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// How large a forest is, and how it is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ForestShape {
    /// Trees.
    pub trees: usize,
    /// Questions and leaves of all trees.
    pub nodes: usize,
    /// Leaves of all trees.
    pub leaves: usize,
    /// Questions on the longest way.
    pub depth: usize,
    /// How the leaves of a row are found, and why so.
    pub kernel: &'static str,
}

/// A class that is not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NotRead {
    /// Its full name.
    pub class: String,
    /// The names of the steps that lead to it, from the outside in; empty if it is the file's own.
    pub path: Vec<String>,
}

/// What a file says of itself before it is read as a model.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) versions: BTreeMap<&'static str, String>,
    pub(super) outline: Option<Outline>,
}

/// Classes that are listed as not read.
const MAX_NOT_READ: usize = 100;

impl Reader {
    /// What a file is, whether it is read or not.
    ///
    /// # Errors
    ///
    /// [`Unreadable`](crate::ErrorKind::Unreadable), and of a folder in which no file
    /// is the model why that is so; why a file is refused
    /// is part of what is known of it.
    pub fn inspect_file(&self, path: impl AsRef<Path>) -> Result<Inspection> {
        let path = path.as_ref();
        #[cfg(feature = "folders")]
        if path.is_dir() {
            let found = self.in_folder(path)?;
            return Ok(self.described(
                &found.bytes,
                self.loaded_named(folder::Found {
                    bytes: (&*found.bytes).into(),
                    names: found.names.clone(),
                }),
            ));
        }
        Ok(self.inspect(&self.bytes_of(path)?))
    }

    /// What a file of these bytes is, whether it is read or not.
    #[must_use]
    pub fn inspect(&self, bytes: &[u8]) -> Inspection {
        self.described(bytes, self.loaded(bytes))
    }

    fn described(&self, bytes: &[u8], loaded: Result<Loaded>) -> Inspection {
        let contents = self.check_size(bytes).and_then(|()| self.contents(bytes)).unwrap_or_default();
        let mut forests = Vec::new();
        let (schema, golden, error) = match loaded {
            Ok(loaded) => {
                let n_golden = loaded.n_golden();
                match self.predictor(loaded) {
                    Ok(predictor) => {
                        forests = predictor.forests().map(ForestShape::of).collect();
                        (Some(predictor.schema().clone()), n_golden, None)
                    }
                    Err(error) => (None, n_golden, Some(error)),
                }
            }
            Err(error) => (None, 0, Some(error)),
        };
        let mut outline = contents.outline;
        if let (Some(outline), Some(operator)) = (&mut outline, error.as_ref().and_then(Error::operator)) {
            mark(outline, operator);
        }
        let mut not_read = Vec::new();
        if let (Some(outline), true) = (&outline, error.is_some()) {
            collect(outline, &mut Vec::new(), &mut not_read);
        }
        Inspection {
            format: Format::of(bytes).name(),
            size: bytes.len(),
            sha256: hexadecimal(&Sha256::digest(bytes)),
            versions: contents.versions,
            outline,
            contract: schema.as_ref().map(Schema::contract),
            no_contributions: schema
                .as_ref()
                .and_then(|schema| schema.contributions().err().map(str::to_owned)),
            schema,
            forests,
            golden,
            not_read,
            error: error.map(|error| error.to_string()),
        }
    }
}

impl ForestShape {
    fn of(forest: &Forest) -> Self {
        let Size { n_trees, n_nodes, n_leaves, depth } = forest.size();
        Self { trees: n_trees, nodes: n_nodes, leaves: n_leaves, depth, kernel: forest.kernel() }
    }
}

impl Inspection {
    /// Whether the model is read, and gives the answers that it carries.
    #[must_use]
    pub fn is_read(&self) -> bool {
        self.error.is_none()
    }
}

/// Marks the operator at which reading stopped as not read.
fn mark(outline: &mut Outline, operator: &str) {
    if outline.class == operator && outline.class.contains('.') {
        outline.is_read = false;
    }
    outline.within.iter_mut().for_each(|within| mark(within, operator));
}

fn collect(outline: &Outline, path: &mut Vec<String>, not_read: &mut Vec<NotRead>) {
    if !outline.is_read && outline.class.contains('.') && not_read.len() < MAX_NOT_READ {
        not_read.push(NotRead { class: outline.class.clone(), path: path.clone() });
        // What a class that is not read is made of is its own affair.
        return;
    }
    for within in &outline.within {
        path.push(within.name.clone().unwrap_or_else(|| within.short_class().to_owned()));
        collect(within, path, not_read);
        path.pop();
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
