//! HTTP/1.1 on one connection, as much of it as an exporter speaks.

use std::borrow::Cow;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::{str, thread};

use flate2::read::GzDecoder;

use crate::Receiver;
use crate::durations::Durations;
use crate::tally::{SPAN_ID_BYTES, Tally};

const LARGEST_HEAD: usize = 64 << 10;
const LARGEST_BODY: usize = 64 << 20;
const ACCEPTED: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n";

/// A connection and what was read from it: `buffer[..filled]` is not answered yet.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
}

/// The head of a request: `own_bytes` long, and the body after it.
struct Head {
    is_post: bool,
    path: String,
    own_bytes: usize,
    body_bytes: usize,
    is_gzip: bool,
    closes: bool,
}

impl Connection {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self { stream, buffer: vec![0; LARGEST_HEAD], filled: 0 }
    }

    /// Answers one request after the other, until the client has no more.
    pub(crate) fn serve(mut self, receiver: &Receiver) -> io::Result<()> {
        while let Some(head) = self.read_head()? {
            let end = head.own_bytes + head.body_bytes;
            self.read_up_to(end)?;
            let body = &self.buffer[head.own_bytes..end];
            let answer = receiver.answer(&head, body)?;
            self.stream.write_all(&answer)?;
            self.buffer.copy_within(end..self.filled, 0);
            self.filled -= end;
            if head.closes {
                break;
            }
        }
        Ok(())
    }

    fn read_head(&mut self) -> io::Result<Option<Head>> {
        loop {
            if let Some(head) = Head::parse(&self.buffer[..self.filled])? {
                return Ok(Some(head));
            }
            if self.filled >= LARGEST_HEAD {
                return Err(invalid("the head is too long"));
            }
            match self.stream.read(&mut self.buffer[self.filled..])? {
                0 if self.filled == 0 => return Ok(None),
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                n => self.filled += n,
            }
        }
    }

    fn read_up_to(&mut self, end: usize) -> io::Result<()> {
        if self.buffer.len() < end {
            self.buffer.resize(end, 0);
        }
        if self.filled < end {
            self.stream.read_exact(&mut self.buffer[self.filled..end])?;
            self.filled = end;
        }
        Ok(())
    }
}

impl Head {
    fn parse(bytes: &[u8]) -> io::Result<Option<Self>> {
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut request = httparse::Request::new(&mut headers);
        let httparse::Status::Complete(own_bytes) = request.parse(bytes).map_err(invalid)? else {
            return Ok(None);
        };
        let mut head = Self {
            is_post: request.method == Some("POST"),
            path: request.path.unwrap_or_default().to_owned(),
            own_bytes,
            body_bytes: 0,
            is_gzip: false,
            closes: request.version == Some(0),
        };
        for header in request.headers {
            head.read(header.name, header.value)?;
        }
        Ok(Some(head))
    }

    fn read(&mut self, name: &str, value: &[u8]) -> io::Result<()> {
        if name.eq_ignore_ascii_case("content-length") {
            let length = str::from_utf8(value).ok().and_then(|text| text.trim().parse().ok());
            self.body_bytes = length
                .filter(|&length| length <= LARGEST_BODY)
                .ok_or_else(|| invalid("the content-length is no number or too large"))?;
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            return Err(invalid("bodies are taken with a content-length only"));
        } else if name.eq_ignore_ascii_case("content-encoding") {
            self.is_gzip = value.eq_ignore_ascii_case(b"gzip");
        } else if name.eq_ignore_ascii_case("connection") {
            self.closes |= value.eq_ignore_ascii_case(b"close");
        }
        Ok(())
    }
}

impl Receiver {
    fn answer(&self, head: &Head, body: &[u8]) -> io::Result<Cow<'static, [u8]>> {
        match (head.is_post, head.path.as_str()) {
            (true, "/v1/traces") => self.take_in(head, body),
            (false, "/counts") => Ok(json(&self.counts.json()).into()),
            (false, "/ids") => Ok(json(&self.ids.json()?).into()),
            (false, "/durations") => Ok(self.of_durations(Durations::json)),
            (false, "/slowest") => Ok(self.of_durations(Durations::slowest_json)),
            _ => Ok(status(404).into()),
        }
    }

    /// Counts, notes and samples a body; only then it is acknowledged.
    fn take_in(&self, head: &Head, body: &[u8]) -> io::Result<Cow<'static, [u8]>> {
        #[expect(clippy::disallowed_methods, reason = "being slow is what the flag asks for")]
        if !self.cli.delay.is_zero() {
            thread::sleep(self.cli.delay);
        }
        if self.cli.status != 200 {
            self.counts.refused.add(1);
            return Ok(status(self.cli.status).into());
        }
        let body = if head.is_gzip { unpacked(body)?.into() } else { Cow::Borrowed(body) };
        let Ok(tally) = Tally::of(&body) else {
            eprintln!("otlp-receiver: a body of {} bytes is malformed", body.len());
            self.counts.refused.add(1);
            return Ok(status(400).into());
        };
        self.ids.append(&tally.root_ids)?;
        if self.durations.as_ref().is_some_and(|durations| durations.add(&body).is_err()) {
            eprintln!("otlp-receiver: the spans of a body of {} bytes have no times", body.len());
        }
        self.counts.spans.add(tally.spans);
        self.counts.other_spans.add(tally.other_spans);
        self.counts.roots.add((tally.root_ids.len() / SPAN_ID_BYTES) as u64);
        if self.counts.bodies.add(1).is_multiple_of(self.cli.sample.get()) {
            self.sampler.check(&body, &self.counts);
        }
        Ok(ACCEPTED.into())
    }

    /// What the durations tell; 404 if nobody asked to keep them.
    fn of_durations(&self, tell: impl Fn(&Durations) -> String) -> Cow<'static, [u8]> {
        self.durations.as_ref().map_or_else(|| status(404), |durations| json(&tell(durations))).into()
    }
}

fn unpacked(body: &[u8]) -> io::Result<Vec<u8>> {
    let mut whole = Vec::new();
    GzDecoder::new(body).take(LARGEST_BODY as u64).read_to_end(&mut whole)?;
    Ok(whole)
}

fn json(body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}")
        .into_bytes()
}

fn status(code: u16) -> Vec<u8> {
    format!("HTTP/1.1 {code} Status\r\ncontent-length: 0\r\n\r\n").into_bytes()
}

fn invalid(reason: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}
