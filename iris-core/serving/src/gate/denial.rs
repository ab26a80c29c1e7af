//! Why somebody is not let in.

use std::fmt;
use std::time::Duration;

use crate::Refusal;

/// A refusal, and when it is worth asking again, if that alone helps. It names
/// a key that is known, and never shows one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Denial {
    refusal: Refusal,
    retry_after: Option<Duration>,
}

impl Denial {
    /// A key that asks too often.
    #[cold]
    pub(super) fn too_often(refusal: Refusal, retry_after: Duration) -> Self {
        Self { refusal, retry_after: Some(retry_after) }
    }

    /// How long to wait before asking again.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The same in whole seconds, one at least, as `Retry-After` says it.
    #[must_use]
    pub fn retry_after_seconds(&self) -> Option<u64> {
        self.retry_after
            .map(|wait| wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
            .map(|seconds| seconds.max(1))
    }

    /// What the client is told.
    #[must_use]
    pub fn refusal(&self) -> &Refusal {
        &self.refusal
    }
}

impl From<Refusal> for Denial {
    #[cold]
    fn from(refusal: Refusal) -> Self {
        Self { refusal, retry_after: None }
    }
}

impl From<Denial> for Refusal {
    #[cold]
    fn from(denial: Denial) -> Self {
        denial.refusal
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.refusal.fmt(f)
    }
}
