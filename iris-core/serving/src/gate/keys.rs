//! The keys there are.

#[cfg(feature = "keys")]
mod file;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use super::bucket::Bucket;
use super::{Denial, RouteClass};
use crate::Refusal;

#[cfg(feature = "keys")]
pub use file::KeysError;

/// The keys that a gate knows, each by its name.
#[derive(Debug, Default)]
pub struct Keys {
    keys: Vec<Arc<Key>>,
}

/// A key: what it is called, what it is for, and how often it may be used. Of
/// the key itself only the digest is kept.
pub struct Key {
    name: String,
    digest: [u8; 32],
    classes: Vec<RouteClass>,
    requests: Option<Bucket>,
    rows: Option<Bucket>,
}

impl Keys {
    /// These keys. Of two that are the same the later one counts.
    #[must_use]
    pub fn new(keys: impl IntoIterator<Item = Key>) -> Self {
        Self { keys: keys.into_iter().map(Arc::new).collect() }
    }

    /// Their names.
    #[must_use]
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.keys.iter().map(|key| key.name())
    }

    /// The key that was shown. The time that this takes depends on how long it
    /// is and how many there are, and neither on which it is nor on how much of
    /// it is right.
    pub(super) fn find(&self, shown: &[u8]) -> Option<&Arc<Key>> {
        let digest: [u8; 32] = Sha256::digest(shown).into();
        let mut found = u32::MAX;
        for (number, key) in (0..u32::MAX).zip(&self.keys) {
            let is_same: Choice = key.digest.ct_eq(&digest);
            found.conditional_assign(&number, is_same);
        }
        self.keys.get(found as usize)
    }
}

impl Key {
    /// A key of which only the SHA-256 is known.
    #[must_use]
    pub fn new(name: impl Into<String>, sha256: [u8; 32], classes: impl Into<Vec<RouteClass>>) -> Self {
        Self { name: name.into(), digest: sha256, classes: classes.into(), requests: None, rows: None }
    }

    /// This key, of which its SHA-256 is kept.
    #[must_use]
    pub fn of(name: impl Into<String>, key: &[u8], classes: impl Into<Vec<RouteClass>>) -> Self {
        Self::new(name, Sha256::digest(key).into(), classes)
    }

    /// The same for so many requests a second, above 0, of which those of a second may come at once.
    #[must_use]
    pub fn with_requests_per_second(self, requests: f64) -> Self {
        Self { requests: Some(Bucket::new(requests)), ..self }
    }

    /// The same for so many rows a second, above 0: after a request of more, the
    /// next has to wait until they are made up for.
    #[must_use]
    pub fn with_rows_per_second(self, rows: f64) -> Self {
        Self { rows: Some(Bucket::new(rows)), ..self }
    }

    /// What it is called, in refusals and their traces.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn may(&self, class: RouteClass) -> bool {
        self.classes.contains(&class)
    }

    pub(super) fn count(&self) -> Result<(), Denial> {
        let Self { requests, rows, .. } = self;
        if let Some(rows) = rows {
            rows.check().map_err(|wait| self.too_often("rows", wait))?;
        }
        match requests {
            None => Ok(()),
            Some(requests) => requests.take().map_err(|wait| self.too_often("requests", wait)),
        }
    }

    pub(super) fn charge(&self, rows: usize) {
        if let Some(bucket) = &self.rows {
            bucket.draw(rows);
        }
    }

    #[cold]
    fn too_often(&self, what: &str, wait: Duration) -> Denial {
        let name = &self.name;
        let refusal = Refusal::rate_limited(format!("key '{name}' has used up its {what} a second"));
        Denial::too_often(refusal, wait)
    }
}

/// Says nothing of the key but its name and what it is for.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("name", &self.name)
            .field("classes", &self.classes)
            .finish_non_exhaustive()
    }
}
