//! Data that an envelope of JSON holds as base64.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::Failure;

pub(super) fn from_base64(text: &str) -> Result<Vec<u8>, Failure> {
    BASE64_STANDARD
        .decode(text)
        .map_err(|error| Failure::wrong(format!("the event's data is no base64: {error}")))
}
