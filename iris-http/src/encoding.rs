//! The codings that a request's body may come in.

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING};
use http::{HeaderMap, HeaderValue};
use iris_core::ErrorClass;
use iris_serving::inflate::{Compression, InflateError, inflate};

use crate::{Failure, media_type};

/// What `Content-Encoding` says: the codings in the order in which they were applied.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Codings(Vec<Compression>);

/// What is read, as a refusal says it.
const READ: HeaderValue = HeaderValue::from_static("gzip, deflate, identity");

/// More than one is a curiosity, and each is work.
const MAX_CODINGS: usize = 3;

impl Codings {
    /// Of all lines of the header.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, Failure> {
        let mut codings = Vec::new();
        for line in headers.get_all(CONTENT_ENCODING) {
            for name in media_type::text(line).split(',').map(str::trim) {
                match compression(name) {
                    Ok(compression) => codings.extend(compression),
                    Err(()) => return Err(unsupported(format!("the content encoding is {name:?}"))),
                }
            }
        }
        if codings.len() > MAX_CODINGS {
            return Err(unsupported(format!("the body is encoded {} times", codings.len())));
        }
        Ok(Self(codings))
    }

    /// Whether the body is as it was.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The body as it was before; no more than `limit` bytes of it, nor of what
    /// stands between two codings.
    pub(crate) fn decode(self, body: Bytes, limit: usize) -> Result<Bytes, Failure> {
        self.0.into_iter().rev().try_fold(body, |body, compression| {
            inflate(compression, &body, limit).map(Bytes::from).map_err(|error| match error {
                InflateError::TooLarge(limit) => Failure::too_large(limit, ", once decoded"),
                error => Failure::wrong(format!("the body is not encoded as it says: {error}")),
            })
        })
    }
}

/// What a coding is undone by, if by anything. An empty name is an empty place
/// in a list.
fn compression(name: &str) -> Result<Option<Compression>, ()> {
    let is = |known: &str| name.eq_ignore_ascii_case(known);
    if is("") || is("identity") {
        Ok(None)
    } else if is("gzip") || is("x-gzip") {
        Ok(Some(Compression::Gzip))
    } else if is("deflate") {
        Ok(Some(Compression::Zlib))
    } else {
        Err(())
    }
}

#[cold]
fn unsupported(what: String) -> Failure {
    let reason = format!("{what}; send gzip, deflate, or the body as it is");
    Failure::new(ErrorClass::UnsupportedMediaType, reason).with_header(ACCEPT_ENCODING, READ)
}

#[cfg(test)]
mod tests {
    use super::Compression::{Gzip, Zlib};
    use super::*;

    fn codings(lines: &[&str]) -> Result<Codings, Failure> {
        Codings::of(
            &lines.iter().map(|line| (CONTENT_ENCODING, HeaderValue::from_str(line).unwrap())).collect(),
        )
    }

    #[test]
    fn names_lists_and_lines() {
        for (lines, expected) in [
            (&[][..], &[][..]),
            (&[""], &[]),
            (&["Identity"], &[]),
            (&["gzip"], &[Gzip]),
            (&["GZip"], &[Gzip]),
            (&["x-gzip"], &[Gzip]),
            (&["deflate"], &[Zlib]),
            (&["gzip, identity"], &[Gzip]),
            (&["deflate ,gzip"], &[Zlib, Gzip]),
            (&["deflate", "identity, ,gzip"], &[Zlib, Gzip]),
        ] {
            assert_eq!(codings(lines).unwrap().0, expected, "{lines:?}");
        }
    }

    #[test]
    fn what_is_not_read_is_named_beside_what_is() {
        for (lines, named) in [
            (&["br"][..], "\"br\""),
            (&["gzip", "ZSTD"], "\"ZSTD\""),
            (&["gzip;q=1"], "\"gzip;q=1\""),
            (&["gzip, gzip", "gzip, gzip"], "encoded 4 times"),
        ] {
            let failure = codings(lines).unwrap_err();
            assert!(failure.to_string().contains(named), "{failure}");
            let response = failure.into_response(crate::Style::Detail);
            assert_eq!(response.status(), 415);
            assert_eq!(response.headers()[ACCEPT_ENCODING], READ);
        }
    }
}
