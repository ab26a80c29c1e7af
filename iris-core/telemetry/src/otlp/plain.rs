//! HTTP/1.1 without encryption, on one connection that is kept.
//!
//! Head and body leave in one vectored write. A library would copy each body
//! into a buffer of its own first, which pushes as much out of the cache.

mod incoming;
#[cfg(test)]
mod tests;

use std::io::{self, Error, ErrorKind, IoSlice, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use ureq::Proxy;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::http::uri::{PathAndQuery, Scheme};
use ureq::unversioned::resolver::Resolver;
use ureq::unversioned::transport::NextTimeout;

use super::message::{Answer, CONTENT_TYPE, USER_AGENT};
use super::resolver::Remembering;
use incoming::Incoming;

/// More than anybody waits, and less than overflows a clock.
const LONGEST: Duration = Duration::from_secs(86_400);

/// Headers about the connection and where a body ends: who sets such knows of
/// something between here and the collector that this client does not.
const FRAMING: [&str; 7] =
    ["connection", "content-length", "expect", "te", "trailer", "transfer-encoding", "upgrade"];

pub(super) struct Plain {
    collector: Uri,
    resolver: Remembering,
    timeout: Duration,
    /// Everything of a request but its body, up to `length_at` the same for all.
    head: Vec<u8>,
    length_at: usize,
    kept: Option<TcpStream>,
    answer: Vec<u8>,
}

impl Plain {
    /// A way to `collector`, if it is one that this client can go: without
    /// encryption, and without the `proxy` that the environment names.
    pub(super) fn to(
        collector: &Uri,
        headers: &[(String, String)],
        timeout: Duration,
        proxy: Option<&Proxy>,
    ) -> Option<Self> {
        let is_plain = collector.scheme() == Some(&Scheme::HTTP);
        let is_direct = proxy.is_none_or(|proxy| proxy.is_no_proxy(collector));
        let is_set = |name: &str| headers.iter().any(|(is, _)| is.eq_ignore_ascii_case(name));
        if !is_plain || !is_direct || FRAMING.into_iter().any(is_set) {
            return None;
        }
        let host = collector.authority()?.as_str();
        let path = collector.path_and_query().map_or("/", PathAndQuery::as_str);
        let mut head = format!("POST {path} HTTP/1.1\r\ncontent-type: {CONTENT_TYPE}\r\n");
        for (name, value) in [("host", host), ("user-agent", USER_AGENT), ("accept", "*/*")] {
            if !is_set(name) {
                head.extend([name, ": ", value, "\r\n"]);
            }
        }
        for (name, value) in headers {
            head.extend([name, ": ", value, "\r\n"]);
        }
        head.push_str("content-length: ");
        Some(Self {
            collector: collector.clone(),
            resolver: Remembering::default(),
            timeout: timeout.min(LONGEST),
            length_at: head.len(),
            head: head.into_bytes(),
            kept: None,
            answer: Vec::new(),
        })
    }

    /// Sends one message, within the timeout.
    pub(super) fn post(&mut self, body: &[u8]) -> io::Result<Answer> {
        let deadline = Instant::now() + self.timeout;
        self.head.truncate(self.length_at);
        write!(self.head, "{}\r\n\r\n", body.len())?;
        if let Some(stream) = self.kept.take().filter(is_idle) {
            match self.exchange(stream, body, deadline) {
                // It was just being closed, as connections are that were long idle.
                Err(error) if self.answer.is_empty() && error.kind() != ErrorKind::TimedOut => {}
                other => return other,
            }
        }
        let stream = self.connect(deadline)?;
        self.exchange(stream, body, deadline)
    }

    /// Keeps the connection if another message may go over it.
    fn exchange(&mut self, stream: TcpStream, body: &[u8], deadline: Instant) -> io::Result<Answer> {
        let mut timed = Timed { stream: &stream, deadline };
        let written = write_all(&mut timed, &self.head, body);
        // Who does not want the message may say so and close before all of it is there.
        match (written, Incoming::read(timed, &mut self.answer)) {
            (written, Ok(Incoming { answer, keeps })) => {
                self.kept = (keeps && written.is_ok()).then_some(stream);
                Ok(answer)
            }
            (Err(error), Err(_)) | (Ok(()), Err(error)) => Err(error),
        }
    }

    /// To the first of the collector's addresses where somebody listens. Each has
    /// half of the time that is left, the last all of it.
    fn connect(&self, deadline: Instant) -> io::Result<TcpStream> {
        let after = left(deadline)?.into();
        let timeout = NextTimeout { after, reason: ureq::Timeout::Resolve, ..NextTimeout::default() };
        let addresses = self.resolver.resolve(&self.collector, &Config::default(), timeout);
        let addresses = addresses.map_err(Error::other)?;
        let mut last = Error::from(ErrorKind::AddrNotAvailable);
        for (index, address) in addresses.iter().enumerate() {
            let time = left(deadline)?;
            let time = if index + 1 < addresses.len() { time / 2 } else { time };
            match TcpStream::connect_timeout(address, time) {
                Ok(stream) => {
                    // The end of a message is not to wait until its beginning is acknowledged.
                    stream.set_nodelay(true)?;
                    return Ok(stream);
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

/// Whether nothing has come on a connection, not even its end: what a server says
/// before it closes one would be taken for the answer to the next message.
fn is_idle(stream: &TcpStream) -> bool {
    let peeked = stream.set_nonblocking(true).and_then(|()| stream.peek(&mut [0]));
    peeked.is_err_and(|error| error.kind() == ErrorKind::WouldBlock) && stream.set_nonblocking(false).is_ok()
}

fn write_all(to: &mut impl Write, head: &[u8], body: &[u8]) -> io::Result<()> {
    let mut slices = [IoSlice::new(head), IoSlice::new(body)];
    let mut left = &mut slices[..];
    while !left.is_empty() {
        match to.write_vectored(left) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(n) => IoSlice::advance_slices(&mut left, n),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// A connection of which each wait ends at the deadline.
struct Timed<'a> {
    stream: &'a TcpStream,
    deadline: Instant,
}

impl Read for Timed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(left(self.deadline)?))?;
        self.stream.read(buffer).map_err(in_time)
    }
}

impl Write for Timed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(left(self.deadline)?))?;
        self.stream.write_vectored(slices).map_err(in_time)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The time until the deadline.
fn left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(late()) } else { Ok(left) }
}

/// A wait that ended without anything is said in two ways, by system.
fn in_time(error: Error) -> Error {
    if error.kind() == ErrorKind::WouldBlock { late() } else { error }
}

fn late() -> Error {
    Error::new(ErrorKind::TimedOut, "no answer in time")
}
