//! What a file may still expand to.

use crate::error::{Error, ErrorKind, Result};

/// Numbers of eight bytes that are left. They are never given back, so the
/// budget bounds work as well as memory.
#[derive(Debug)]
pub(crate) struct Budget {
    limit: usize,
    left: usize,
}

impl Budget {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, left: limit }
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
        let message = format!("the file expands to more than the {} numbers allowed", self.limit);
        Error::new(ErrorKind::ModelTooLarge, message)
    }
}
