//! The bytes of a pickle, read once from front to end.

use crate::error::{Error, Result};

/// What is left of the file, and how far it was read.
#[derive(Debug)]
pub(super) struct Input<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Input<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, offset: 0 }
    }

    pub(super) fn offset(&self) -> usize {
        self.offset
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn rest(&self) -> usize {
        self.bytes.len() - self.offset
    }

    /// The next `n` bytes.
    pub(super) fn take(&mut self, n: usize) -> Result<&'a [u8]> {
        let rest = &self.bytes[self.offset..];
        let taken = rest.get(..n).ok_or_else(|| short(n, rest.len()))?;
        self.offset += n;
        Ok(taken)
    }

    pub(super) fn byte(&mut self) -> Result<u8> {
        Ok(self.take(1)?[0])
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let taken = self.take(N)?;
        Ok(taken.try_into().expect("as many bytes as were asked for"))
    }

    /// A length in 1, 4 or 8 bytes, little-endian.
    pub(super) fn length(&mut self, width: usize) -> Result<usize> {
        let bytes = self.take(width)?;
        let length = bytes.iter().rev().fold(0u64, |length, byte| length << 8 | u64::from(*byte));
        usize::try_from(length).map_err(|_| short(usize::MAX, self.rest()))
    }

    /// Everything before the end of the line, which is passed.
    pub(super) fn line(&mut self) -> Result<&'a [u8]> {
        let rest = &self.bytes[self.offset..];
        let end = rest.iter().position(|byte| *byte == b'\n');
        let end = end.ok_or_else(|| Error::malformed("the file is cut short within a line"))?;
        self.offset += end + 1;
        Ok(&rest[..end])
    }
}

#[cold]
fn short(expected: usize, rest: usize) -> Error {
    Error::malformed(format!("the file is cut short: {expected} bytes should follow, {rest} do"))
}
