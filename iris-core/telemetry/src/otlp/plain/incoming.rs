//! An HTTP/1.1 answer, read as it comes.

use std::io::{self, Error, ErrorKind, Read};

use httparse::{EMPTY_HEADER, Header, Response, Status};
use ureq::http::StatusCode;

use super::super::message::{Answer, retry_after};

/// A collector's answer is a few bytes; an error page may be some more. No more
/// than this is read of all that comes before the next message.
const LIMIT: usize = 64 << 10;

/// Asked of the kernel at a time: more than what is usual.
const PIECE: usize = 4 << 10;

const MAX_HEADERS: usize = 64;

/// An answer, and whether another may come on the same connection.
#[derive(Debug)]
pub(super) struct Incoming {
    pub(super) answer: Answer,
    pub(super) keeps: bool,
}

impl Incoming {
    /// Reads an answer, those in the interim (100 to 199) left out. `buffer` is
    /// empty afterwards if not a byte came.
    ///
    /// # Errors
    ///
    /// Whatever `input` fails with, its end in the middle of a head, and what is
    /// no HTTP. A body that fails is an empty one: the status is known by then.
    pub(super) fn read(input: impl Read, buffer: &mut Vec<u8>) -> io::Result<Self> {
        buffer.clear();
        let mut bytes = Bytes { input, buffer, at: 0 };
        let mut head = bytes.head()?;
        while head.status.is_informational() {
            head = bytes.head()?;
        }
        let body = bytes.body(head.length);
        // Bytes that nobody has asked for would be taken for the next answer.
        let is_over = body.is_ok() && bytes.rest().is_empty();
        Ok(Self {
            answer: Answer { status: head.status, after: head.after, body: body.unwrap_or_default() },
            keeps: head.keeps && is_over,
        })
    }
}

struct Head {
    status: StatusCode,
    after: Option<std::time::Duration>,
    length: Length,
    keeps: bool,
}

/// How it is known where a body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Length {
    Bytes(usize),
    Chunked,
    UntilClosed,
}

/// What has come, and how much of it is used.
struct Bytes<'a, R> {
    input: R,
    buffer: &'a mut Vec<u8>,
    at: usize,
}

impl<R: Read> Bytes<'_, R> {
    fn head(&mut self) -> io::Result<Head> {
        loop {
            let mut headers = [EMPTY_HEADER; MAX_HEADERS];
            let mut response = Response::new(&mut headers);
            if let Status::Complete(len) = response.parse(self.rest()).map_err(no_http)? {
                let head = Head::of(&response)?;
                self.at += len;
                return Ok(head);
            }
            self.more()?;
        }
    }

    fn body(&mut self, length: Length) -> io::Result<Vec<u8>> {
        match length {
            Length::Bytes(len) => self.take(len).map(<[u8]>::to_vec),
            Length::Chunked => self.chunks(),
            Length::UntilClosed => loop {
                match self.more() {
                    Ok(()) => {}
                    Err(error) if error.kind() == ErrorKind::UnexpectedEof => break Ok(self.rest().to_vec()),
                    Err(error) => break Err(error),
                }
            },
        }
    }

    fn chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let parse = |bytes: &[u8]| httparse::parse_chunk_size(bytes).map_err(no_http);
            let size = usize::try_from(self.whole(parse)?).map_err(no_http)?;
            if size == 0 {
                break;
            }
            body.extend(self.take(size)?);
            if self.take(2)? != b"\r\n" {
                return Err(no_http("a chunk is longer than it says"));
            }
        }
        // What may stand behind the last chunk is not looked at.
        self.whole(|bytes| {
            let mut trailers = [EMPTY_HEADER; MAX_HEADERS];
            let parsed = httparse::parse_headers(bytes, &mut trailers);
            parsed.map_err(no_http).map(|status| match status {
                Status::Complete((len, _)) => Status::Complete((len, ())),
                Status::Partial => Status::Partial,
            })
        })?;
        Ok(body)
    }

    /// Parses what has come, once it is whole.
    fn whole<T>(&mut self, parse: impl Fn(&[u8]) -> io::Result<Status<(usize, T)>>) -> io::Result<T> {
        loop {
            if let Status::Complete((len, value)) = parse(self.rest())? {
                self.at += len;
                return Ok(value);
            }
            self.more()?;
        }
    }

    fn take(&mut self, len: usize) -> io::Result<&[u8]> {
        if len > LIMIT {
            return Err(too_long());
        }
        while self.rest().len() < len {
            self.more()?;
        }
        self.at += len;
        Ok(&self.buffer[self.at - len..self.at])
    }

    fn rest(&self) -> &[u8] {
        &self.buffer[self.at..]
    }

    /// Waits for at least a byte.
    fn more(&mut self) -> io::Result<()> {
        let before = self.buffer.len();
        if before >= LIMIT {
            return Err(too_long());
        }
        self.buffer.resize(before + PIECE, 0);
        let read = loop {
            match self.input.read(&mut self.buffer[before..]) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        self.buffer.truncate(before + *read.as_ref().unwrap_or(&0));
        match read? {
            0 => Err(Error::new(ErrorKind::UnexpectedEof, "the connection was closed before the answer")),
            _ => Ok(()),
        }
    }
}

impl Head {
    fn of(response: &Response<'_, '_>) -> io::Result<Self> {
        let status = StatusCode::from_u16(response.code.unwrap_or_default()).map_err(no_http)?;
        let named =
            |name: &'static str| response.headers.iter().filter(move |is| is.name.eq_ignore_ascii_case(name));
        let has = |name, word: &str| {
            named(name).any(|header| words(header).any(|is| is.eq_ignore_ascii_case(word)))
        };
        let is_modern = response.version == Some(1);
        let coded = named("transfer-encoding").next_back();
        let length = if status == StatusCode::NO_CONTENT || status == StatusCode::NOT_MODIFIED {
            Length::Bytes(0)
        } else if let Some(coding) = coded {
            let is_chunked = words(coding).last().is_some_and(|last| last.eq_ignore_ascii_case("chunked"));
            if is_chunked { Length::Chunked } else { Length::UntilClosed }
        } else {
            content_length(named("content-length"))?
        };
        // An answer with both lengths may be one that somebody has smuggled in.
        let is_clear = coded.is_none() || named("content-length").next().is_none();
        let stays = !has("connection", "close") && (is_modern || has("connection", "keep-alive"));
        let after = named("retry-after").next().and_then(|header| retry_after(header.value));
        Ok(Self { status, after, length, keeps: stays && is_clear && length != Length::UntilClosed })
    }
}

/// The length that all of them say.
fn content_length<'a>(headers: impl Iterator<Item = &'a Header<'a>>) -> io::Result<Length> {
    let mut length = None;
    for word in headers.flat_map(words) {
        let is_number = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
        let number = word.parse().ok().filter(|_| is_number);
        let Some(number) = number.filter(|number| length.is_none_or(|known| known == *number)) else {
            return Err(no_http("its length is none"));
        };
        length = Some(number);
    }
    Ok(length.map_or(Length::UntilClosed, Length::Bytes))
}

/// What stands between the commas of a header.
fn words<'a>(header: &Header<'a>) -> impl Iterator<Item = &'a str> {
    std::str::from_utf8(header.value).unwrap_or_default().split(',').map(str::trim)
}

fn no_http(why: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::InvalidData, format!("the answer is no HTTP: {why}"))
}

fn too_long() -> Error {
    Error::new(ErrorKind::InvalidData, "the answer is too long")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a few bytes at a time, and counts those that it has given.
    struct Pieces<'a>(&'a [u8], usize);

    impl Read for Pieces<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let len = self.0.len().min(self.1).min(buffer.len());
            let (now, later) = self.0.split_at(len);
            buffer[..len].copy_from_slice(now);
            self.0 = later;
            Ok(len)
        }
    }

    /// The status, the body and whether the connection stays, however the bytes come.
    fn read(text: &str) -> Result<(u16, String, bool), ErrorKind> {
        let mut all = [1, 2, 7, usize::MAX].map(|size| {
            let read = Incoming::read(Pieces(text.as_bytes(), size), &mut Vec::new());
            read.map_err(|error| error.kind()).map(|Incoming { answer, keeps }| {
                (answer.status.as_u16(), String::from_utf8(answer.body).unwrap(), keeps)
            })
        });
        assert!(all.windows(2).all(|pair| pair[0] == pair[1]), "{text:?}: {all:?}");
        std::mem::replace(&mut all[0], Err(ErrorKind::Other))
    }

    fn answer(status: u16, body: &str, keeps: bool) -> (u16, String, bool) {
        (status, body.to_owned(), keeps)
    }

    #[test]
    fn a_body_ends_where_its_head_says() {
        let cases = [
            ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", answer(200, "abc", true)),
            (
                "HTTP/1.1 200\r\ncontent-length: 3, 3\r\nContent-length: 3\r\n\r\nabc",
                answer(200, "abc", true),
            ),
            ("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", answer(200, "", true)),
            ("HTTP/1.1 204 No Content\r\n\r\n", answer(204, "", true)),
            (
                "HTTP/1.1 503 Busy\r\nconnection: TE, Close\r\ncontent-length: 1\r\n\r\nx",
                answer(503, "x", false),
            ),
            ("HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\nx", answer(200, "x", false)),
            (
                "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\ncontent-length: 1\r\n\r\nx",
                answer(200, "x", true),
            ),
            ("HTTP/1.1 200 OK\r\n\r\nuntil closed", answer(200, "until closed", false)),
            ("HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\nzzz", answer(200, "zzz", false)),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text), Ok(expected), "{text:?}");
        }
    }

    #[test]
    fn chunks_are_put_together() {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n";
        for (chunks, expected) in [
            ("3\r\nabc\r\nA;why=not\r\n0123456789\r\n0\r\n\r\n", answer(200, "abc0123456789", true)),
            ("1\r\na\r\n0\r\nServer-Timing: all;dur=1\r\n\r\n", answer(200, "a", true)),
            ("0\r\n\r\n", answer(200, "", true)),
            // The status is known, whatever the body is.
            ("3\r\nabcd\r\n0\r\n\r\n", answer(200, "", false)),
            ("x\r\n", answer(200, "", false)),
            ("3\r\nab", answer(200, "", false)),
            ("ffffffffffffffff\r\n", answer(200, "", false)),
        ] {
            assert_eq!(read(&format!("{head}{chunks}")), Ok(expected), "{chunks:?}");
        }
        let both = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
        assert_eq!(read(both), Ok(answer(200, "", false)));
    }

    #[test]
    fn answers_in_the_interim_are_left_out() {
        let interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n";
        let last = "HTTP/1.1 429 Slow\r\nretry-after: 7\r\ncontent-length: 2\r\n\r\nno";
        assert_eq!(read(&format!("{interim}{last}")), Ok(answer(429, "no", true)));
        let after = |text: &str| Incoming::read(text.as_bytes(), &mut Vec::new()).unwrap().answer.after;
        assert_eq!(after(last), Some(std::time::Duration::from_secs(7)));
        assert_eq!(after("HTTP/1.1 429 Slow\r\nretry-after: soon\r\n\r\n"), None);
        let endless = interim.repeat(LIMIT / interim.len() + 1);
        assert_eq!(read(&endless), Err(ErrorKind::InvalidData));
    }

    #[test]
    fn what_is_no_answer_is_an_error() {
        for (text, kind) in [
            ("", ErrorKind::UnexpectedEof),
            ("HTTP/1.1 200 OK\r\ncontent-le", ErrorKind::UnexpectedEof),
            ("SSH-2.0-OpenSSH_9.2\r\n", ErrorKind::InvalidData),
            ("HTTP/1.1 099 What\r\n\r\n", ErrorKind::InvalidData),
            ("HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabcd", ErrorKind::InvalidData),
            ("HTTP/1.1 200 OK\r\ncontent-length: +3\r\n\r\nabc", ErrorKind::InvalidData),
            ("HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\n", ErrorKind::InvalidData),
        ] {
            assert_eq!(read(text), Err(kind), "{text:?}");
        }
        let header = format!("x: {}\r\n", "y".repeat(1_000));
        let long = format!("HTTP/1.1 200 OK\r\n{}", header.repeat(LIMIT / header.len() + 2));
        assert_eq!(read(&long), Err(ErrorKind::InvalidData));
    }

    #[test]
    fn no_more_than_the_limit_is_read() {
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n";
        let long = format!("{head}{}", "x".repeat(1_000_000));
        assert_eq!(read(&long), Ok(answer(200, "", false)));
        let endless = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(2 * LIMIT));
        assert_eq!(read(&endless), Ok(answer(200, "", false)));
        let more = "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nxHTTP/1.1 408 Late\r\n\r\n";
        let together = Incoming::read(more.as_bytes(), &mut Vec::new()).unwrap();
        assert_eq!((together.answer.body, together.keeps), (b"x".to_vec(), false));
    }
}
