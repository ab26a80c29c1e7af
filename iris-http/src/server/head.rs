//! Is this the request that nearly every request is?

use std::mem::MaybeUninit;

use httparse::{Header, Request, Status};

/// A `POST /predict` that the fast path can answer: a body of known length in
/// JSON, on a connection that stays open, with nothing that asks for more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    /// Bytes up to the body.
    pub(super) len: usize,
    /// Bytes of the body.
    pub(super) body_len: usize,
}

/// Headers looked at; a request with more is not the common one.
const MAX_HEADERS: usize = 32;

impl Head {
    /// Reads a head at the front of `input`.
    ///
    /// `None` is no judgement: whatever is incomplete, unusual or wrong is
    /// left to hyper and the router, which answer all of HTTP/1.1.
    #[inline]
    pub(super) fn parse(input: &[u8]) -> Option<Self> {
        if !input.starts_with(b"POST /predict HTTP/1.1\r\n") {
            return None;
        }
        let mut headers = [const { MaybeUninit::<Header<'_>>::uninit() }; MAX_HEADERS];
        let mut request = Request::new(&mut []);
        let Ok(Status::Complete(len)) = request.parse_with_uninit_headers(input, &mut headers) else {
            return None;
        };
        let mut body_len = None;
        for header in &*request.headers {
            match Kind::of(header.name) {
                Kind::ContentLength if body_len.is_none() => body_len = Some(length(header.value)?),
                Kind::ContentType if header.value == b"application/json" => {}
                Kind::Connection if header.value.eq_ignore_ascii_case(b"keep-alive") => {}
                // A problem document is wanted if anything goes wrong.
                Kind::Accept if !contains(header.value, b"problem") => {}
                Kind::Other => {}
                _ => return None,
            }
        }
        Some(Self { len, body_len: body_len? })
    }
}

/// What a header means to the framing or the form of the answer.
enum Kind {
    Accept,
    Connection,
    ContentLength,
    ContentType,
    /// Another framing, another protocol, or a wait before the body.
    Unusual,
    Other,
}

impl Kind {
    #[inline]
    fn of(name: &str) -> Self {
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        match name.len() {
            6 if is("accept") => Self::Accept,
            6 if is("expect") => Self::Unusual,
            7 if is("upgrade") => Self::Unusual,
            10 if is("connection") => Self::Connection,
            12 if is("content-type") => Self::ContentType,
            14 if is("content-length") => Self::ContentLength,
            16 if is("content-encoding") => Self::Unusual,
            17 if is("transfer-encoding") => Self::Unusual,
            _ => Self::Other,
        }
    }
}

/// Digits only, and few enough not to overflow.
fn length(value: &[u8]) -> Option<usize> {
    let is_number = (1..=9).contains(&value.len()) && value.iter().all(u8::is_ascii_digit);
    is_number.then(|| value.iter().fold(0, |length, digit| length * 10 + usize::from(digit - b'0')))
}

fn contains(value: &[u8], part: &[u8]) -> bool {
    value.windows(part.len()).any(|window| window.eq_ignore_ascii_case(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(headers: &str) -> Option<usize> {
        let head = format!("POST /predict HTTP/1.1\r\n{headers}\r\n");
        Head::parse(format!("{head}body").as_bytes()).map(|found| {
            assert_eq!(found.len, head.len());
            found.body_len
        })
    }

    #[test]
    fn the_common_request_whoever_sends_it() {
        for headers in [
            "Content-Length: 75\r\n",
            "host: a\r\ncontent-type: application/json\r\ncontent-length: 75\r\n",
            "Host: a\r\nUser-Agent: curl/8\r\nAccept: */*\r\nContent-Type: application/json\r\nContent-Length: 75\r\n",
            "Connection: Keep-Alive\r\nCONTENT-LENGTH:75\r\naccept-encoding: gzip\r\n",
            "content-length: 00075\r\ntraceparent: 00-x-y-01\r\n",
        ] {
            assert_eq!(parse(headers), Some(75), "{headers}");
        }
    }

    #[test]
    fn anything_else_is_left_alone() {
        for headers in [
            "",
            "content-length: 75\r\ncontent-length: 75\r\n",
            "content-length: 75\r\ntransfer-encoding: chunked\r\n",
            "content-length: +75\r\n",
            "content-length: 7 5\r\n",
            "content-length: 99999999999999999999\r\n",
            "content-length: \r\n",
            "content-length: 75\r\nconnection: close\r\n",
            "content-length: 75\r\nexpect: 100-continue\r\n",
            "content-length: 75\r\nupgrade: websocket\r\n",
            "content-length: 75\r\ncontent-encoding: gzip\r\n",
            "content-length: 75\r\ncontent-type: text/plain\r\n",
            "content-length: 75\r\naccept: application/problem+json\r\n",
            "content-length : 75\r\n",
            "content-length: 75\r\n folded: 1\r\n",
        ] {
            assert_eq!(parse(headers), None, "{headers}");
        }
        for line in [
            "GET /predict HTTP/1.1",
            "POST /predict HTTP/1.0",
            "POST /predict?a HTTP/1.1",
            "POST http://a/predict HTTP/1.1",
            "POST  /predict HTTP/1.1",
        ] {
            assert_eq!(
                Head::parse(format!("{line}\r\ncontent-length: 0\r\n\r\n").as_bytes()),
                None,
                "{line}"
            );
        }
        let many = "x: y\r\n".repeat(MAX_HEADERS);
        assert_eq!(parse(&format!("{many}content-length: 75\r\n")), None);
    }

    #[test]
    fn an_incomplete_head_is_not_read_early() {
        let whole = b"POST /predict HTTP/1.1\r\ncontent-length: 0\r\n\r\n";
        for len in 0..whole.len() {
            assert_eq!(Head::parse(&whole[..len]), None);
        }
        assert_eq!(Head::parse(whole), Some(Head { len: whole.len(), body_len: 0 }));
    }
}
