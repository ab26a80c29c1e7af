//! How a client compresses its messages, and how it is answered.

use http::{HeaderMap, HeaderValue};
use iris_core::ErrorClass;
use iris_serving::inflate::Compression;

use crate::refusal::Refusal;

const SENT: &str = "grpc-encoding";
const ACCEPTED: &str = "grpc-accept-encoding";

/// What is read here, for whoever has sent something else.
const READ: HeaderValue = HeaderValue::from_static("gzip,deflate,identity");

/// Takes from the metadata what only the body's reader needs to know.
///
/// Nearly every client says that it reads gzip, and nearly no answer is worth
/// compressing; so only a client that compresses its own messages gets it.
pub(crate) fn take(headers: &mut HeaderMap) -> Result<Option<Compression>, Refusal> {
    let Some(encoding) = headers.remove(SENT) else {
        headers.remove(ACCEPTED);
        return Ok(None);
    };
    match encoding.as_bytes() {
        b"identity" => Ok(None),
        b"gzip" => Ok(Some(Compression::Gzip)),
        b"deflate" => Ok(Some(Compression::Zlib)),
        other => {
            let other = String::from_utf8_lossy(other);
            let reason =
                format!("messages compressed by {other} are not read; send gzip, deflate or identity");
            Err(Refusal::of(ErrorClass::Unimplemented, reason))
        }
    }
}

/// Says what would have been read.
#[cold]
pub(crate) fn advertise(headers: &mut HeaderMap) {
    headers.insert(ACCEPTED, READ);
}
