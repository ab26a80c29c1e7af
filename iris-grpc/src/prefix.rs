//! What stands before a message: whether it is compressed, and its length.

use bytes::Bytes;

/// Bytes of it.
pub(crate) const LEN: usize = 5;

/// That of a message of so many bytes that is not compressed.
pub(crate) fn plain(len: u32) -> [u8; LEN] {
    let [a, b, c, d] = len.to_be_bytes();
    [0, a, b, c, d]
}

/// A message of less than 4 GiB behind its prefix.
pub(crate) fn framed(message: &[u8]) -> Bytes {
    let len = u32::try_from(message.len()).unwrap_or(u32::MAX);
    [&plain(len)[..], message].concat().into()
}
