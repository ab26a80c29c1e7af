//! What a request must not be, whatever it asks for: RFC 9110 and 9112.
//!
//! Such a request is answered here, before any route, and its connection ends:
//! who sends it, or stands in between, may not agree on where it ends.

use std::fmt::Display;

use axum::body::Body;
use axum::response::Response;
use http::header::{CONNECTION, EXPECT, HOST, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Version};
use iris_core::ErrorClass;
use iris_telemetry::Origin;

use super::host;
use crate::client::client;
use crate::endpoints::Endpoints;
use crate::respond::refuse;
use crate::{Failure, HttpService};

/// The answer to a request that must not be, which is then counted; `None` for
/// any other. `is_ambiguous` says whether its length can be read in two ways.
pub(super) fn refusal<B>(
    service: &HttpService,
    request: &Request<B>,
    is_ambiguous: bool,
) -> Option<Response<Body>> {
    let failure = violation(request, is_ambiguous)?;
    let origin = Origin::new(Endpoints::of_no_route().method(request.method().as_str()));
    let origin = origin.client(client(service, request.headers()));
    count(service, &origin, failure.status(), (failure.class(), &failure));
    let mut response = refuse(request.uri().path(), request.headers(), failure);
    if request.version() <= Version::HTTP_11 {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    Some(response)
}

/// Counts a request that hyper has refused, of which only its error is known.
pub(super) fn count_unreadable(service: &HttpService, error: &hyper::Error) {
    let (status, class) = if error.is_parse_too_large() {
        (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, ErrorClass::TooLarge)
    } else {
        (StatusCode::BAD_REQUEST, ErrorClass::InvalidInput)
    };
    count(service, &Origin::new(Endpoints::of_no_route().method("")), status, (class, error));
}

fn count(service: &HttpService, origin: &Origin<'_>, status: StatusCode, fault: (ErrorClass, &dyn Display)) {
    service.catalog().recorder().count(origin, status.as_u16(), Some(fault));
}

fn violation<B>(request: &Request<B>, is_ambiguous: bool) -> Option<Failure> {
    let (version, headers) = (request.version(), request.headers());
    if is_ambiguous {
        return Some(Failure::wrong(
            "the length of the body is said twice; send one content-length, or chunks",
        ));
    }
    host_violation(request).or_else(|| coding_violation(headers)).or_else(|| {
        if *request.method() == Method::CONNECT {
            return Some(Failure::new(ErrorClass::Unimplemented, "this is no proxy"));
        }
        if request.uri().path() == "*" && *request.method() != Method::OPTIONS {
            return Some(Failure::wrong("only OPTIONS may be asked of *"));
        }
        // A client of HTTP/1.0 cannot expect anything.
        let is_known = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"100-continue");
        let expects_more = version > Version::HTTP_10 && !headers.get_all(EXPECT).iter().all(is_known);
        expects_more.then(|| {
            let reason = "no expectation is met but 100-continue";
            Failure::wrong(reason).with_status(StatusCode::EXPECTATION_FAILED)
        })
    })
}

/// One valid host; HTTP/1.0 knows none, and HTTP/2 has another place for it.
fn host_violation<B>(request: &Request<B>) -> Option<Failure> {
    let mut hosts = request.headers().get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) => (request.version() == Version::HTTP_11)
            .then(|| Failure::wrong("there is no host header, which HTTP/1.1 demands")),
        (Some(_), Some(_)) => Some(Failure::wrong("there is more than one host header")),
        (Some(host), None) if !host::is_valid(host.as_bytes()) => {
            Some(Failure::wrong("the host header names no host"))
        }
        (Some(host), None) => {
            let authority = request.uri().authority().filter(|_| request.version() == Version::HTTP_2);
            let differs = authority.is_some_and(|authority| {
                !authority.as_str().as_bytes().eq_ignore_ascii_case(host.as_bytes())
            });
            differs.then(|| Failure::wrong("the host header differs from :authority"))
        }
    }
}

/// One final `chunked`, and nothing before it that would have to be undone.
fn coding_violation(headers: &HeaderMap) -> Option<Failure> {
    let mut values = headers.get_all(TRANSFER_ENCODING).iter().peekable();
    values.peek()?;
    let mut codings =
        values.flat_map(|value| value.as_bytes().split(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
    let is_chunked = |coding: &[u8]| coding.eq_ignore_ascii_case(b"chunked");
    let first = codings.next().unwrap_or_default();
    match codings.next() {
        None if is_chunked(first) => None,
        _ if is_chunked(first) => Some(Failure::wrong("chunked is not the last transfer coding")),
        _ => {
            let reason = "no transfer coding is undone but chunked";
            Some(Failure::new(ErrorClass::Unimplemented, reason))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(version: Version, method: &str, target: &str, headers: &[(&str, &str)]) -> Option<u16> {
        let request = Request::builder().version(version).method(method).uri(target);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        violation(&request.body(()).unwrap(), false).map(|failure| failure.status().as_u16())
    }

    const IRIS: (&str, &str) = ("host", "iris");

    #[test]
    fn the_host_is_asked_for_by_version() {
        let of = |version, headers: &[(&str, &str)]| status(version, "GET", "/", headers);
        for version in [Version::HTTP_10, Version::HTTP_11, Version::HTTP_2] {
            assert_eq!(of(version, &[IRIS]), None);
            assert_eq!(of(version, &[("host", "a b")]), Some(400));
            assert_eq!(of(version, &[("host", "")]), Some(400));
            assert_eq!(of(version, &[IRIS, IRIS]), Some(400));
            assert_eq!(of(version, &[]), (version == Version::HTTP_11).then_some(400));
        }
        let absolute = |version, host| status(version, "GET", "http://iris/", &[("host", host)]);
        assert_eq!(absolute(Version::HTTP_2, "IRIS"), None);
        assert_eq!(absolute(Version::HTTP_2, "rose"), Some(400));
        assert_eq!(absolute(Version::HTTP_11, "rose"), None, "the target wins");
    }

    #[test]
    fn one_final_chunked_is_the_only_coding() {
        let of = |codings: &[&str]| {
            let codings = codings.iter().map(|coding| ("transfer-encoding", *coding));
            status(Version::HTTP_11, "POST", "/", &[IRIS].into_iter().chain(codings).collect::<Vec<_>>())
        };
        assert_eq!(of(&["Chunked"]), None);
        for (codings, expected) in [
            (&["chunked, chunked"][..], 400),
            (&["chunked", "chunked"], 400),
            (&["chunked, identity"], 400),
            (&["chunked,"], 400),
            (&["gzip, chunked"], 501),
            (&["gzip", "chunked"], 501),
            (&["identity"], 501),
            (&[""], 501),
            (&[", chunked"], 501),
            (&["chunked;q=1"], 501),
        ] {
            assert_eq!(of(codings), Some(expected), "{codings:?}");
        }
    }

    #[test]
    fn what_is_expected_and_what_is_asked_of_no_path() {
        let expects = |version, value| status(version, "POST", "/", &[IRIS, ("expect", value)]);
        assert_eq!(expects(Version::HTTP_11, "100-Continue"), None);
        assert_eq!(expects(Version::HTTP_11, "200-ok"), Some(417));
        assert_eq!(expects(Version::HTTP_11, "100-continue, more"), Some(417));
        assert_eq!(expects(Version::HTTP_10, "200-ok"), None);
        assert_eq!(status(Version::HTTP_11, "OPTIONS", "*", &[IRIS]), None);
        assert_eq!(status(Version::HTTP_11, "GET", "*", &[IRIS]), Some(400));
        assert_eq!(status(Version::HTTP_11, "CONNECT", "iris:80", &[IRIS]), Some(501));
    }
}
