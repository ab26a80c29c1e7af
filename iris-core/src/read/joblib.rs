//! Compressed files, as joblib writes them: what is in them.

mod codec;

use super::format::Format;
use super::pickle::Budget;
use crate::error::{Error, Result};

/// The pickle in a compressed file, which is held against `budget`.
pub(super) fn inflate(format: Format, bytes: &[u8], budget: &mut Budget) -> Result<Vec<u8>> {
    let (inflated, rest) = codec::inflate(format, bytes, budget.left_bytes())?;
    budget.spend_bytes(inflated.len())?;
    if rest > 0 {
        let offset = bytes.len() - rest;
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
