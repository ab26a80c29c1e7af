//! One request and its answer over a connection of HTTP/1.1.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const MOST_HEADERS: usize = 64;
const PIECE: usize = 64 * 1024;

/// What is known of an answer, which was read to its end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Whether another request may follow.
    pub(crate) keeps: bool,
}

/// How the end of a body is told.
#[derive(Clone, Copy, Debug)]
enum Body {
    Length(usize),
    Chunked,
    UntilClosed,
}

/// Sends and reads at once: a refusal may come before the request has been read.
pub(crate) async fn exchange(stream: &mut TcpStream, request: &[u8]) -> io::Result<Answer> {
    let (mut reader, mut writer) = stream.split();
    let mut written = None;
    let answer = {
        let write = writer.write_all(request);
        let read = read(&mut reader);
        tokio::pin!(write, read);
        loop {
            tokio::select! {
                biased;
                outcome = &mut write, if written.is_none() => written = Some(outcome.is_ok()),
                answer = &mut read => break answer?,
            }
        }
    };
    Ok(Answer { keeps: answer.keeps && written == Some(true), ..answer })
}

async fn read(reader: &mut (impl AsyncReadExt + Unpin)) -> io::Result<Answer> {
    let mut buffer = Vec::with_capacity(PIECE);
    loop {
        if reader.read_buf(&mut buffer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if let Some((length, answer, body)) = head(&buffer)? {
            if answer.status == 100 {
                buffer.drain(..length);
                continue;
            }
            buffer.drain(..length);
            rest(reader, buffer, body).await?;
            return Ok(answer);
        }
    }
}

/// The head, if it is whole: its length, what it says, and how its body ends.
fn head(bytes: &[u8]) -> io::Result<Option<(usize, Answer, Body)>> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let parsed = response.parse(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    let httparse::Status::Complete(length) = parsed else { return Ok(None) };
    let status = response.code.unwrap_or(0);
    let value = |name: &str| {
        let header = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        header.map(|header| String::from_utf8_lossy(header.value).to_ascii_lowercase())
    };
    let body = match (value("content-length"), value("transfer-encoding")) {
        _ if status == 204 || status == 304 || status == 100 => Body::Length(0),
        (_, Some(coding)) if coding.ends_with("chunked") => Body::Chunked,
        (Some(length), _) => Body::Length(length.trim().parse().map_err(|_| io::ErrorKind::InvalidData)?),
        _ => Body::UntilClosed,
    };
    let keeps = !matches!(body, Body::UntilClosed) && value("connection").as_deref() != Some("close");
    Ok(Some((length, Answer { status, keeps }, body)))
}

/// Reads a body to its end, of which `first` is there already, and keeps nothing.
async fn rest(reader: &mut (impl AsyncReadExt + Unpin), mut first: Vec<u8>, body: Body) -> io::Result<()> {
    match body {
        Body::Length(length) => {
            let mut left = length.saturating_sub(first.len());
            while left > 0 {
                first.clear();
                let n = reader.read_buf(&mut first).await?;
                if n == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                left = left.saturating_sub(n);
            }
            Ok(())
        }
        Body::UntilClosed => loop {
            first.clear();
            if reader.read_buf(&mut first).await? == 0 {
                return Ok(());
            }
        },
        Body::Chunked => loop {
            if chunks(&mut first)? {
                return Ok(());
            }
            if reader.read_buf(&mut first).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        },
    }
}

/// Takes whole chunks off the front; true once the last has been taken.
fn chunks(bytes: &mut Vec<u8>) -> io::Result<bool> {
    let mut taken = 0;
    let over = loop {
        match httparse::parse_chunk_size(&bytes[taken..]) {
            Ok(httparse::Status::Complete((line, size))) => {
                let size = usize::try_from(size).map_err(|_| io::ErrorKind::InvalidData)?;
                let end = taken + line + size + 2;
                if bytes.len() < end {
                    break false;
                }
                taken = end;
                if size == 0 {
                    break true;
                }
            }
            Ok(httparse::Status::Partial) => break false,
            Err(_) => return Err(io::ErrorKind::InvalidData.into()),
        }
    };
    bytes.drain(..taken);
    Ok(over)
}
