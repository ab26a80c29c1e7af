//! A file that is part of the program, as browsers are given it.

use std::hash::{DefaultHasher, Hasher};
use std::io::Write;
use std::sync::OnceLock;

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::{GzDecoder, GzEncoder};
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::media_type::accepts_encoding;

/// The file, of which the other form is made when somebody first asks for it, and kept.
#[derive(Debug)]
pub(crate) struct Asset {
    media_type: HeaderValue,
    embedded: &'static [u8],
    is_gzip: bool,
    other: OnceLock<Bytes>,
    tag: OnceLock<u64>,
}

/// Asked for anew each time, for another release may have another file, and answered by 304 if it is the same.
const REVALIDATED: HeaderValue = HeaderValue::from_static("no-cache");
const GZIP: HeaderValue = HeaderValue::from_static("gzip");

impl Asset {
    /// A text as it is written, of this type; its characters are UTF-8.
    pub(crate) const fn text(media_type: &'static str, text: &'static str) -> Self {
        Self::new(media_type, text.as_bytes(), false)
    }

    /// One that is embedded as a gzip stream.
    pub(crate) const fn gzip(media_type: &'static str, stream: &'static [u8]) -> Self {
        Self::new(media_type, stream, true)
    }

    const fn new(media_type: &'static str, embedded: &'static [u8], is_gzip: bool) -> Self {
        let media_type = HeaderValue::from_static(media_type);
        Self { media_type, embedded, is_gzip, other: OnceLock::new(), tag: OnceLock::new() }
    }

    /// The file for whoever sent these headers: compressed if that is read there, and not
    /// at all if it is there already.
    pub(crate) fn answer(&self, request: &HeaderMap) -> Response {
        let as_gzip = accepts_encoding(request, "gzip");
        let tag = self.tag(as_gzip);
        let is_known = is_among(request, &tag);
        let mut response = if is_known {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            ([(CONTENT_TYPE, self.media_type.clone())], self.bytes(as_gzip)).into_response()
        };
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, REVALIDATED);
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if as_gzip && !is_known {
            headers.insert(CONTENT_ENCODING, GZIP);
        }
        headers.extend(HeaderValue::try_from(tag).ok().map(|tag| (ETAG, tag)));
        response
    }

    fn bytes(&self, as_gzip: bool) -> Bytes {
        if as_gzip == self.is_gzip {
            return Bytes::from_static(self.embedded);
        }
        self.other
            .get_or_init(|| if as_gzip { deflated(self.embedded) } else { inflated(self.embedded) })
            .clone()
    }

    /// An entity tag, another for each form, as HTTP wants it of one that is strong.
    fn tag(&self, as_gzip: bool) -> String {
        let hash = self.tag.get_or_init(|| {
            let mut hasher = DefaultHasher::new();
            hasher.write(self.embedded);
            hasher.finish()
        });
        format!("\"{hash:016x}{}\"", if as_gzip { "-gzip" } else { "" })
    }
}

/// Whether a client that sent these headers has what this tag is of.
fn is_among(request: &HeaderMap, tag: &str) -> bool {
    let lines = request.get_all(IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
    // None of our tags has a comma in it.
    let mut known = lines.flat_map(|line| line.split(',')).map(str::trim);
    known.any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}

fn deflated(bytes: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("writing to memory cannot fail").into()
}

fn inflated(stream: &[u8]) -> Bytes {
    let mut decoder = GzDecoder::new(Vec::new());
    decoder
        .write_all(stream)
        .and_then(|()| decoder.finish())
        .expect("what is embedded is a gzip stream")
        .into()
}

#[cfg(test)]
mod tests {
    use http::header::ACCEPT_ENCODING;
    use http_body_util::BodyExt;

    use super::*;

    static TEXT: Asset = Asset::text("text/plain; charset=utf-8", "one two three");

    /// The head and the body for these headers.
    fn ask(asset: &Asset, headers: &[(http::HeaderName, &str)]) -> (http::response::Parts, Bytes) {
        let value = |text: &str| HeaderValue::from_str(text).unwrap();
        let headers = headers.iter().map(|(name, text)| (name.clone(), value(text))).collect();
        let (parts, body) = asset.answer(&headers).into_parts();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        (parts, runtime.block_on(body.collect()).unwrap().to_bytes())
    }

    #[test]
    fn either_form_is_the_same_text() {
        let (parts, plain) = ask(&TEXT, &[]);
        assert_eq!((parts.status.as_u16(), &plain[..]), (200, &b"one two three"[..]));
        assert!(!parts.headers.contains_key(CONTENT_ENCODING));
        let (parts, stream) = ask(&TEXT, &[(ACCEPT_ENCODING, "br, gzip")]);
        assert_eq!(
            (&parts.headers[CONTENT_ENCODING], &parts.headers[VARY]),
            (&GZIP, &HeaderValue::from_static("accept-encoding"))
        );
        assert_eq!(inflated(&stream), plain);
        let embedded = Asset::gzip("text/plain", stream.to_vec().leak());
        assert_eq!(ask(&embedded, &[]).1, plain);
        assert_eq!(ask(&embedded, &[(ACCEPT_ENCODING, "gzip")]).1, stream);
    }

    #[test]
    fn who_has_it_is_told_so() {
        let gzip = (ACCEPT_ENCODING, "gzip");
        let tag = |headers: &[_]| ask(&TEXT, headers).0.headers[ETAG].to_str().unwrap().to_owned();
        let (of_text, of_gzip) = (tag(&[]), tag(std::slice::from_ref(&gzip)));
        assert_ne!(of_text, of_gzip);
        for known in [of_gzip.clone(), format!("W/{of_gzip}"), format!("\"a\", {of_gzip}"), "*".to_owned()] {
            let (parts, body) = ask(&TEXT, &[gzip.clone(), (IF_NONE_MATCH, &known)]);
            assert_eq!((parts.status.as_u16(), body.len()), (304, 0), "{known}");
            assert_eq!(parts.headers[ETAG].to_str().unwrap(), of_gzip);
            assert!(
                !parts.headers.contains_key(CONTENT_TYPE) && !parts.headers.contains_key(CONTENT_ENCODING)
            );
        }
        for other in [of_text.as_str(), "\"\"", "nonsense", ""] {
            assert_eq!(ask(&TEXT, &[gzip.clone(), (IF_NONE_MATCH, other)]).0.status, 200, "{other}");
        }
    }
}
