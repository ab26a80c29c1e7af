//! A collector of traces that takes everything and keeps nothing.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;

/// Starts one in this process; returns its endpoint for `OTEL_EXPORTER_OTLP_ENDPOINT`.
/// It goes on until the process ends.
///
/// # Errors
///
/// If no port can be had.
pub fn start() -> io::Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let endpoint = format!("http://{}", listener.local_addr()?);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A connection that breaks off has nothing to say to anybody.
            thread::spawn(|| drop(take(stream)));
        }
    });
    Ok(endpoint)
}

/// Answers every message with success until the connection ends.
fn take(mut stream: TcpStream) -> io::Result<()> {
    let mut reader = BufReader::with_capacity(1 << 16, stream.try_clone()?);
    let (mut line, mut n_bytes) = (String::new(), 0);
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        if let Some(length) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            n_bytes = length.trim().parse().map_err(io::Error::other)?;
        }
        if line == "\r\n" {
            io::copy(&mut reader.by_ref().take(n_bytes), &mut io::sink())?;
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")?;
        }
    }
}
