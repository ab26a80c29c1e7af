//! Compressed bytes as they were before, for a bounded amount of work.
//!
//! A limit of the output is not enough: deflate can be written so that megabytes
//! of it say nothing at all, and each byte of that costs far more than one of
//! honest data. What came out must therefore justify what went in.

use std::io::{self, BufRead, Read};

use flate2::bufread::{GzDecoder, ZlibDecoder};

/// How bytes were compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// One gzip member or several (RFC 1952).
    Gzip,
    /// A zlib stream (RFC 1950), which HTTP calls `deflate`.
    Zlib,
}

/// Why compressed bytes are refused.
#[derive(Debug, thiserror::Error)]
pub enum InflateError {
    /// They hold more than the limit.
    #[error("it holds more than {0} bytes")]
    TooLarge(usize),
    /// They are much longer than what they hold.
    #[error("{read} bytes of it hold no more than {held}")]
    Padded {
        /// Bytes read.
        read: usize,
        /// Bytes that they hold.
        held: usize,
    },
    /// They are in more gzip members than are read.
    #[error("it has more than {MAX_MEMBERS} gzip members")]
    Members,
    /// They are cut short, or no such stream.
    #[error("{0}")]
    Malformed(#[from] io::Error),
    /// There is more behind the end.
    #[error("{0} bytes are left behind its end")]
    Trailing(usize),
}

/// Input that may be read beyond what has come out of it. No compressor makes
/// data longer by more than 5 bytes in 16 KiB; this leaves room for headers with
/// names in them, for thousands of small members, and for what one read buffers.
const SLACK: usize = 64 << 10;

const MAX_MEMBERS: usize = 4_096;

/// What one read of a decoder asks for.
const CHUNK: usize = 16 << 10;

/// The bytes as they were before compression, at most `limit` of them.
///
/// # Errors
///
/// See [`InflateError`]; what had come out by then is lost.
pub fn inflate(compression: Compression, bytes: &[u8], limit: usize) -> Result<Vec<u8>, InflateError> {
    let mut output = Output { bytes: Vec::new(), limit };
    match compression {
        Compression::Gzip => gzip(bytes, &mut output)?,
        Compression::Zlib => {
            let mut decoder = ZlibDecoder::new(Metered::new(bytes));
            output.read(&mut decoder, ZlibDecoder::get_mut)?;
            decoder.get_ref().expect_end()?;
        }
    }
    Ok(output.bytes)
}

/// Bytes that so many compressed ones can become, of which no more than `limit` are made.
#[must_use]
pub fn most_inflated(len: usize, limit: usize) -> usize {
    /// What deflate makes of a byte at most.
    const MOST: usize = 1_032;
    len.saturating_mul(MOST).min(limit)
}

fn gzip(bytes: &[u8], output: &mut Output) -> Result<(), InflateError> {
    let mut decoder = GzDecoder::new(Metered::new(bytes));
    for _ in 0..MAX_MEMBERS {
        output.read(&mut decoder, GzDecoder::get_mut)?;
        let rest = decoder.get_ref().clone();
        if !rest.bytes.starts_with(&[0x1F, 0x8B]) {
            return rest.expect_end();
        }
        decoder.reset(rest);
    }
    Err(InflateError::Members)
}

/// What came out so far.
struct Output {
    bytes: Vec<u8>,
    limit: usize,
}

impl Output {
    /// Reads a stream to its end, letting it have more input as output grows.
    fn read<'b, D: Read>(
        &mut self,
        decoder: &mut D,
        input: fn(&mut D) -> &mut Metered<'b>,
    ) -> Result<(), InflateError> {
        loop {
            let held = self.bytes.len();
            input(decoder).allowed = held + SLACK;
            self.bytes.resize(held + CHUNK, 0);
            let read = decoder.read(&mut self.bytes[held..]);
            self.bytes.truncate(held + read.as_ref().map_or(0, |read| *read));
            if self.bytes.len() > self.limit {
                return Err(InflateError::TooLarge(self.limit));
            }
            match read {
                Ok(0) => return Ok(()),
                Ok(_) => {}
                Err(_) if input(decoder).is_exhausted() => {
                    return Err(InflateError::Padded { read: input(decoder).consumed, held });
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// Input of which no more can be read than is allowed.
#[derive(Debug, Clone)]
struct Metered<'b> {
    bytes: &'b [u8],
    consumed: usize,
    allowed: usize,
}

impl<'b> Metered<'b> {
    fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, consumed: 0, allowed: SLACK }
    }

    fn is_exhausted(&self) -> bool {
        self.consumed >= self.allowed && !self.bytes.is_empty()
    }

    fn expect_end(&self) -> Result<(), InflateError> {
        match self.bytes.len() {
            0 => Ok(()),
            left => Err(InflateError::Trailing(left)),
        }
    }
}

impl BufRead for Metered<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.is_exhausted() {
            return Err(io::Error::other("no more input is allowed"));
        }
        let len = self.bytes.len().min(self.allowed - self.consumed);
        Ok(&self.bytes[..len])
    }

    fn consume(&mut self, n: usize) {
        self.bytes = &self.bytes[n..];
        self.consumed += n;
    }
}

impl Read for Metered<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(into)?;
        self.consume(read);
        Ok(read)
    }
}

#[cfg(test)]
mod tests;
