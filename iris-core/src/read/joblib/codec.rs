//! What joblib compresses with, each behind one call that is bounded.

use std::io::{self, Read};

use flate2::bufread::{MultiGzDecoder, ZlibDecoder};

use crate::error::{Error, ErrorKind, Result};
use crate::read::format::Format;

/// Memory of a decoder of xz or lzma, in KiB: what the highest preset takes, and
/// so the most that joblib asks for.
#[cfg(feature = "compression")]
const DICTIONARY_KIB: u32 = 66 << 10;

/// What `bytes` inflate to, no more than `limit` bytes of it, and how many of
/// them follow the end of the stream.
pub(super) fn inflate(format: Format, bytes: &[u8], limit: usize) -> Result<(Vec<u8>, usize)> {
    let mut rest = bytes;
    let inflated = match format {
        Format::Gzip => bounded(MultiGzDecoder::new(&mut rest), limit),
        Format::Zlib => bounded(ZlibDecoder::new(&mut rest), limit),
        #[cfg(feature = "compression")]
        Format::Bzip2 => bounded(bzip2::bufread::BzDecoder::new(&mut rest), limit),
        #[cfg(feature = "compression")]
        Format::Xz => bounded(lzma_rust2::XzReader::new_mem_limit(&mut rest, false, DICTIONARY_KIB), limit),
        #[cfg(feature = "compression")]
        Format::Lzma => return lzma(bytes, limit),
        #[cfg(feature = "compression")]
        Format::Lz4 => return lz4(bytes, limit),
        other => return Err(other.refusal()),
    }?;
    Ok((inflated, rest.len()))
}

/// Its decoder reads ahead and says afterwards by how much.
#[cfg(feature = "compression")]
fn lzma(mut bytes: &[u8], limit: usize) -> Result<(Vec<u8>, usize)> {
    let decoder = lzma_rust2::LzmaReader::new_mem_limit(&mut bytes, DICTIONARY_KIB, None);
    let mut decoder = decoder.map_err(broken)?;
    decoder.set_relaxed_end_condition(false);
    let inflated = bounded(&mut decoder, limit)?;
    let (rest, ahead) = decoder.into_parts();
    Ok((inflated, rest.len() + ahead.len()))
}

/// Its decoder takes the end of the file for the end of a frame, which has a mark of its own.
#[cfg(feature = "compression")]
fn lz4(bytes: &[u8], limit: usize) -> Result<(Vec<u8>, usize)> {
    let mut rest = bytes;
    let inflated = bounded(lz4_flex::frame::FrameDecoder::new(&mut rest), limit)?;
    let frame = &bytes[..bytes.len() - rest.len()];
    // A sum of the content may stand behind the mark: a bit of the fifth byte says so.
    let has_sum = frame.get(4).is_some_and(|flags| flags & 4 != 0);
    let frame = &frame[..frame.len().saturating_sub(if has_sum { 4 } else { 0 })];
    if !frame.ends_with(&[0; 4]) {
        return Err(broken(io::ErrorKind::UnexpectedEof.into()));
    }
    Ok((inflated, rest.len()))
}

fn bounded(decoder: impl Read, limit: usize) -> Result<Vec<u8>> {
    let mut inflated = Vec::new();
    decoder.take((limit as u64).saturating_add(1)).read_to_end(&mut inflated).map_err(broken)?;
    if inflated.len() > limit {
        let message = format!("the file inflates to more than the {limit} bytes allowed");
        return Err(Error::new(ErrorKind::ModelTooLarge, message));
    }
    Ok(inflated)
}

#[cold]
fn broken(error: io::Error) -> Error {
    Error::malformed(format!("the file cannot be inflated: {error}")).caused_by(error)
}
