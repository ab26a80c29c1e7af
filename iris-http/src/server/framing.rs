//! What hyper reads of the framing of requests and does not tell.
//!
//! Of a head with both a length and a transfer coding hyper drops the length,
//! and of one with a length twice the second. Who stands in front of this
//! server may have read such a request otherwise, which is how one request is
//! smuggled in another. So the bytes on their way to hyper are followed, and
//! whoever answers is told of the first head that can be read in two ways.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, ReadBuf};

/// The number of the first head of a connection that can be read in two ways,
/// counted from 0.
#[derive(Debug)]
pub(super) struct Ambiguity(AtomicU64);

impl Ambiguity {
    /// There is none yet.
    pub(super) fn none() -> Self {
        Self(AtomicU64::new(u64::MAX))
    }

    /// Whether the head of this number is that one, or stands behind it.
    pub(super) fn is_before(&self, n: u64) -> bool {
        self.0.load(Ordering::Relaxed) <= n
    }
}

/// A reader whose bytes are followed.
#[derive(Debug)]
pub(super) struct Followed<'a, R> {
    reader: R,
    framing: Framing<'a>,
}

impl<'a, R> Followed<'a, R> {
    /// Follows this reader from the beginning of a request.
    pub(super) fn new(reader: R, ambiguity: &'a Ambiguity) -> Self {
        Self { reader, framing: Framing::new(ambiguity) }
    }
}

impl<R: AsyncRead + Unpin> AsyncRead for Followed<'_, R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.reader).poll_read(context, buffer);
        self.framing.received(&buffer.filled()[before..]);
        polled
    }
}

/// Where in which request the bytes are. What hyper refuses itself need not be
/// followed any further, so that nothing here has to be refused.
#[derive(Debug)]
struct Framing<'a> {
    at: At,
    line: Line,
    head: Head,
    n_heads: u64,
    ambiguity: &'a Ambiguity,
}

/// What the next bytes are.
#[derive(Debug, Clone, Copy)]
enum At {
    /// Lines of a head.
    Head,
    /// So many bytes of a body.
    Body(u64),
    /// A line with the size of a chunk.
    Size,
    /// So many bytes of a chunk.
    Chunk(u64),
    /// The line that a chunk ends with.
    ChunkEnd,
    /// Lines behind the last chunk.
    Trailers,
}

/// What is known of a head so far.
#[derive(Debug, Default)]
struct Head {
    has_begun: bool,
    has_coding: bool,
    n_lengths: u32,
    length: u64,
    is_unclear: bool,
}

/// The beginning of a line, as much of it as can matter.
#[derive(Debug)]
struct Line {
    bytes: [u8; 64],
    len: usize,
    is_cut: bool,
}

impl<'a> Framing<'a> {
    fn new(ambiguity: &'a Ambiguity) -> Self {
        let line = Line { bytes: [0; 64], len: 0, is_cut: false };
        Self { at: At::Head, line, head: Head::default(), n_heads: 0, ambiguity }
    }

    fn received(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            bytes = match self.at {
                At::Body(left) => self.skip(left, bytes, At::Body, At::Head),
                At::Chunk(left) => self.skip(left, bytes, At::Chunk, At::ChunkEnd),
                At::Head | At::Size | At::ChunkEnd | At::Trailers => self.line(bytes),
            };
        }
    }

    /// Passes over bytes of which `left` are to come; returns what follows them.
    fn skip<'b>(&mut self, left: u64, bytes: &'b [u8], more: fn(u64) -> At, then: At) -> &'b [u8] {
        let n = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
        let left = left - n as u64;
        self.at = if left == 0 { then } else { more(left) };
        &bytes[n..]
    }

    /// Reads up to the end of a line; returns what follows it.
    fn line<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else {
            self.line.push(bytes);
            return &[];
        };
        self.line.push(&bytes[..end]);
        self.at = self.line_ended();
        self.line.len = 0;
        self.line.is_cut = false;
        &bytes[end + 1..]
    }

    /// What comes behind the line that is over.
    fn line_ended(&mut self) -> At {
        let line = self.line.text();
        match self.at {
            // Empty lines before a request are nobody's.
            At::Head if line.is_empty() && !self.head.has_begun => At::Head,
            At::Head if line.is_empty() => self.head_ended(),
            At::Head => {
                if self.head.has_begun {
                    self.head.field(line, self.line.is_cut);
                }
                self.head.has_begun = true;
                At::Head
            }
            At::Size => match size(line) {
                Some(0) => At::Trailers,
                // hyper refuses any other, and closes the connection.
                size => At::Chunk(size.unwrap_or(u64::MAX)),
            },
            At::ChunkEnd => At::Size,
            At::Trailers if line.is_empty() => At::Head,
            other => other,
        }
    }

    fn head_ended(&mut self) -> At {
        let head = std::mem::take(&mut self.head);
        if head.is_unclear || head.n_lengths > 1 || (head.n_lengths > 0 && head.has_coding) {
            self.ambiguity.0.fetch_min(self.n_heads, Ordering::Relaxed);
        }
        self.n_heads += 1;
        match (head.has_coding, head.length) {
            (true, _) => At::Size,
            (false, 0) => At::Head,
            (false, length) => At::Body(length),
        }
    }
}

impl Head {
    fn field(&mut self, line: &[u8], is_cut: bool) {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { return };
        let (name, value) = (&line[..colon], &line[colon + 1..]);
        if name.eq_ignore_ascii_case(b"content-length") {
            self.n_lengths += 1;
            // A length so far to the right is written to be overlooked.
            self.is_unclear |= is_cut;
            let digits = std::str::from_utf8(value.trim_ascii()).ok();
            // What is no number hyper refuses.
            self.length = digits.and_then(|digits| digits.parse().ok()).unwrap_or(u64::MAX);
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.has_coding = true;
        }
    }
}

impl Line {
    fn push(&mut self, bytes: &[u8]) {
        let n = bytes.len().min(self.bytes.len() - self.len);
        self.bytes[self.len..self.len + n].copy_from_slice(&bytes[..n]);
        self.len += n;
        self.is_cut |= n < bytes.len();
    }

    /// Without the carriage return, if it has come as far as that.
    fn text(&self) -> &[u8] {
        let line = &self.bytes[..self.len];
        if self.is_cut { line } else { line.strip_suffix(b"\r").unwrap_or(line) }
    }
}

/// The size that a chunk's line begins with.
fn size(line: &[u8]) -> Option<u64> {
    let end = line.iter().position(|byte| !byte.is_ascii_hexdigit()).unwrap_or(line.len());
    u64::from_str_radix(std::str::from_utf8(&line[..end]).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number of the first head that can be read in two ways, however the bytes come.
    fn first(sent: &str) -> Option<u64> {
        let found = |pieces: &[&[u8]]| {
            let ambiguity = Ambiguity::none();
            let mut framing = Framing::new(&ambiguity);
            for piece in pieces {
                framing.received(piece);
            }
            (ambiguity.0.load(Ordering::Relaxed), framing.n_heads)
        };
        let whole = found(&[sent.as_bytes()]);
        for cut in 0..=sent.len() {
            let (front, back) = sent.as_bytes().split_at(cut);
            assert_eq!(found(&[front, back]), whole, "cut at {cut}: {sent}");
        }
        let bytes: Vec<&[u8]> = sent.as_bytes().chunks(1).collect();
        assert_eq!(found(&bytes), whole, "byte by byte: {sent}");
        (whole.0 != u64::MAX).then_some(whole.0)
    }

    const GET: &str = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";
    const BOTH: &str = "POST / HTTP/1.1\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n";

    #[test]
    fn a_head_that_can_be_read_in_one_way_only_is_passed() {
        for sent in [
            "",
            GET,
            "POST / HTTP/1.1\r\ncontent-length: 65\r\n\r\n",
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nx-content-length: 3\r\ncontent-length: 1\r\n\r\nx",
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\ncontent-length: 3\r\n\r\n",
            // Bodies that look like heads.
            &format!("POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n{BOTH}", BOTH.len()),
            &format!(
                "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{BOTH}\r\n0\r\n\r\n",
                BOTH.len()
            ),
        ] {
            assert_eq!(first(sent), None, "{sent}");
        }
    }

    #[test]
    fn the_first_that_can_be_read_in_two_ways_is_found_behind_any_other() {
        let sized = "POST / HTTP/1.1\r\ncontent-length: 5\r\n\r\n\r\n\r\nx";
        let chunked = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nx\r\n\r\nA\r\n0123456789\r\n0\r\na: b\r\n\r\n";
        let (twice, wide) = (
            "POST / HTTP/1.1\r\ncontent-length: 0\r\ncontent-length: 0\r\n\r\n",
            &format!("POST / HTTP/1.1\r\ncontent-length: {}5\r\n\r\n", " ".repeat(60)),
        );
        let turned = "POST / HTTP/1.1\r\nTRANSFER-ENCODING: chunked\r\nCONTENT-LENGTH: 3\r\n\r\n";
        for bad in [BOTH, twice, wide, turned, &BOTH.replace("\r\n", "\n")] {
            for (n, before) in [
                (0, String::new()),
                (0, "\r\n\n".to_owned()),
                (1, GET.to_owned()),
                (1, sized.to_owned()),
                (1, chunked.to_owned()),
                (4, [sized, GET, chunked, GET].concat()),
            ] {
                assert_eq!(first(&format!("{before}{bad}")), Some(n), "{before}{bad}");
            }
        }
    }
}
