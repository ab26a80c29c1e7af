//! What a file may still expand to.

use crate::error::{Error, ErrorKind, Result};

/// Numbers of eight bytes that are left. They are never given back, so the
/// budget bounds work as well as memory.
#[derive(Debug)]
pub(crate) struct Budget {
    limit: usize,
    left: usize,
    /// Whether the file's size is what set the limit.
    is_share: bool,
}

/// Numbers that any file may expand to while it is read: 64 MiB.
const FLOOR: usize = 8 << 20;

/// Bytes that a byte of the file may expand to. Vocabularies, which are the
/// worst of what people have, take ten; compressed well, fifty.
const RATIO: usize = 100;

impl Budget {
    #[cfg(test)]
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, left: limit, is_share: false }
    }

    /// For reading a file of `n_bytes`, which is allowed less the smaller it is.
    pub(crate) fn of_file(limit: usize, n_bytes: usize) -> Self {
        let share = FLOOR.saturating_add(n_bytes.saturating_mul(RATIO) / 8);
        Self { limit: limit.min(share), left: limit.min(share), is_share: share < limit }
    }

    /// For what is built of the file once it is read: the size of a model says
    /// little about what its steps expand to.
    pub(crate) fn raised_to(self, limit: usize) -> Self {
        let more = limit.saturating_sub(self.limit);
        Self { limit: self.limit + more, left: self.left + more, is_share: false }
    }

    /// Bytes that are left.
    #[cfg(feature = "pickle")]
    pub(crate) fn left_bytes(&self) -> usize {
        self.left.saturating_mul(8)
    }

    /// Counts numbers that are about to be held, or looked at.
    pub(crate) fn spend(&mut self, numbers: usize) -> Result<()> {
        match self.left.checked_sub(numbers) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(self.exhausted()),
        }
    }

    /// The same for bytes.
    pub(crate) fn spend_bytes(&mut self, bytes: usize) -> Result<()> {
        self.spend(bytes.div_ceil(8))
    }

    #[cold]
    fn exhausted(&self) -> Error {
        let of_its_size = if self.is_share { " of one of its size" } else { "" };
        let message =
            format!("the file expands to more than the {} numbers allowed{of_its_size}", self.limit);
        Error::new(ErrorKind::ModelTooLarge, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_file_is_allowed_less_until_it_is_read() {
        let mut budget = Budget::of_file(1 << 26, 49 << 10);
        assert!(budget.left_bytes() < 70 << 20);
        budget.spend(FLOOR).unwrap();
        assert!(budget.spend(FLOOR).unwrap_err().to_string().ends_with("of one of its size"));
        let mut budget = budget.raised_to(1 << 26);
        assert!(budget.spend((1 << 26) - FLOOR + 1).unwrap_err().to_string().ends_with("allowed"));
        budget.spend((1 << 26) - FLOOR).unwrap();
        // A file of 100 MB has all that there is.
        assert_eq!(Budget::of_file(1 << 26, 100 << 20).left_bytes(), 8 << 26);
        assert_eq!(Budget::of_file(1 << 10, 100 << 20).raised_to(1 << 10).left_bytes(), 8 << 10);
    }
}
