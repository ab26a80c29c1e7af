//! Compressed files, as joblib writes them: what is in them.

use std::io::Read;

use flate2::bufread::{MultiGzDecoder, ZlibDecoder};

use super::format::Format;
use crate::error::{Error, ErrorKind, Result};

/// The pickle in a file that zlib or gzip compressed, which may take as many
/// bytes as `max_numbers` numbers.
pub(super) fn inflate(bytes: &[u8], max_numbers: usize) -> Result<Vec<u8>> {
    let limit = max_numbers.saturating_mul(8);
    let mut rest = bytes;
    let inflated = match Format::of(bytes) {
        Format::Gzip => read(MultiGzDecoder::new(&mut rest), limit),
        _ => read(ZlibDecoder::new(&mut rest), limit),
    }?;
    if !rest.is_empty() {
        let offset = bytes.len() - rest.len();
        return Err(Error::malformed("bytes follow the end of what is compressed")
            .within(format_args!("byte {offset}")));
    }
    match Format::of(&inflated) {
        Format::Pickle => Ok(inflated),
        // Which is what anything unknown may be.
        Format::Onnx => {
            Err(Error::unsupported("the file is no pickle; only these are read compressed").within(INSIDE))
        }
        other => Err(other.refusal().within(INSIDE)),
    }
}

const INSIDE: &str = "inside of what is compressed";

fn read(decoder: impl Read, limit: usize) -> Result<Vec<u8>> {
    let mut inflated = Vec::new();
    decoder.take((limit as u64).saturating_add(1)).read_to_end(&mut inflated).map_err(|error| {
        Error::malformed(format!("the file cannot be inflated: {error}")).caused_by(error)
    })?;
    if inflated.len() > limit {
        let message = format!("the file inflates to more than the {limit} bytes allowed");
        return Err(Error::new(ErrorKind::ModelTooLarge, message));
    }
    Ok(inflated)
}
