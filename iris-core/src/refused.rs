//! Rows that a step has no answer for.

/// A value that a step has no answer for, in this column of those that come to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) column: usize,
}

/// Some row of a block is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SomeRefused;

impl From<Refused> for SomeRefused {
    fn from(_: Refused) -> Self {
        Self
    }
}

/// That scikit-learn would take these numbers: those of a row are finite, and
/// what a step in front computed may not be.
#[inline]
pub(crate) fn finite(row: &[f64]) -> Result<(), Refused> {
    match row.iter().position(|value| !value.is_finite()) {
        Some(column) => Err(Refused { column }),
        None => Ok(()),
    }
}
