//! The encodings that a request's body may come in.

use std::io::Read;

use bytes::Bytes;
use flate2::read::{GzDecoder, ZlibDecoder};
use http::header::CONTENT_ENCODING;
use http::{HeaderMap, StatusCode};

use crate::Failure;

/// What `Content-Encoding` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Identity,
    Gzip,
    /// That of zlib, as HTTP means it.
    Deflate,
}

impl Encoding {
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, Failure> {
        match headers.get(CONTENT_ENCODING).map(http::HeaderValue::as_bytes) {
            None | Some(b"identity") => Ok(Self::Identity),
            Some(b"gzip") => Ok(Self::Gzip),
            Some(b"deflate") => Ok(Self::Deflate),
            Some(other) => {
                let other = String::from_utf8_lossy(other);
                let reason =
                    format!("the content encoding is {other:?}; send gzip, deflate, or the body as it is");
                Err(Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, reason))
            }
        }
    }

    /// The body as it was before; no more than `limit` bytes of it.
    pub(crate) fn decode(self, body: Bytes, limit: usize) -> Result<Bytes, Failure> {
        match self {
            Self::Identity => Ok(body),
            Self::Gzip => inflate(GzDecoder::new(body.as_ref()), limit),
            Self::Deflate => inflate(ZlibDecoder::new(body.as_ref()), limit),
        }
    }
}

fn inflate(decoder: impl Read, limit: usize) -> Result<Bytes, Failure> {
    let mut whole = Vec::new();
    decoder.take(limit as u64 + 1).read_to_end(&mut whole).map_err(|error| {
        Failure::new(StatusCode::BAD_REQUEST, format!("the body is not encoded as it says: {error}"))
    })?;
    if whole.len() > limit {
        let reason = format!("the body is larger than the {limit} bytes accepted here, once decoded");
        return Err(Failure::new(StatusCode::PAYLOAD_TOO_LARGE, reason));
    }
    Ok(whole.into())
}
