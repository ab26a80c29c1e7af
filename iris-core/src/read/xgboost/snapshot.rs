//! The forms in which a model's bytes come: a file's, or those that a pickle holds.

use super::learner::Learner;
use super::{binary, document, json, ubjson};
use crate::error::{Error, Result};
use crate::read::budget::Budget;

/// What stands in front of a binary model that is followed by its parameters.
const WITH_PARAMETERS: &[u8] = b"CONFIG-offset:";

/// The learner of these bytes, whatever their form.
pub(super) fn learner(bytes: &[u8], budget: &mut Budget) -> Result<Learner> {
    if let Some(rest) = bytes.strip_prefix(WITH_PARAMETERS) {
        return binary::read(in_front_of_parameters(rest)?, budget);
    }
    if is_json(bytes) {
        return document::learner(json::read(bytes, budget)?, budget);
    }
    match bytes {
        [b'{', ..] => document::learner(ubjson::read(bytes, budget)?, budget),
        _ => binary::read(bytes, budget),
    }
}

/// Whether an object of JSON begins here.
fn is_json(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    text.strip_prefix(b"{").is_some_and(|rest| matches!(rest.trim_ascii_start(), [b'"' | b'}', ..]))
}

/// The bytes of the model, whose number stands before them.
fn in_front_of_parameters(bytes: &[u8]) -> Result<&[u8]> {
    let too_early = || Error::malformed("the file ends too early");
    let (length, rest) = bytes.split_first_chunk().ok_or_else(too_early)?;
    let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| too_early())?;
    rest.get(..length).ok_or_else(too_early)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_says_where_its_parameters_begin() {
        assert_eq!(in_front_of_parameters(b"\x02\0\0\0\0\0\0\0ab{}").unwrap(), b"ab");
        for bytes in [&b"\x09\0\0\0\0\0\0\0ab{}"[..], b"\x02\0", &[0xff; 9]] {
            assert!(in_front_of_parameters(bytes).is_err());
        }
    }

    #[test]
    fn json_begins_with_a_key_in_quotes_and_ubjson_with_its_length() {
        assert!(is_json(b"{\"learner\": {}}") && is_json(b" \n{ \"learner\""));
        assert!(!is_json(b"{L\0\0\0\0\0\0\0\x07learner") && !is_json(b"binf"));
    }
}
