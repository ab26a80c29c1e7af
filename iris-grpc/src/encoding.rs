//! How a client compresses its messages, and how it is answered.

use http::{HeaderMap, HeaderName, HeaderValue};
use iris_core::ErrorClass;
use iris_serving::inflate::Compression;

use crate::refusal::Refusal;

const SENT: HeaderName = HeaderName::from_static("grpc-encoding");
const ACCEPTED: HeaderName = HeaderName::from_static("grpc-accept-encoding");

/// What is read here, for whoever has sent something else.
const READ: HeaderValue = HeaderValue::from_static("gzip,deflate,identity");

/// Takes from the metadata what only the body's reader needs to know.
pub(crate) fn take(headers: &mut HeaderMap) -> Result<Option<Compression>, Refusal> {
    let Some(encoding) = headers.remove(SENT) else { return Ok(None) };
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
