//! An OTLP/HTTP receiver that costs as little as it can, since it shares a core
//! with the load.
//!
//! It counts the spans of every body and writes down the id of every request's
//! root span before it answers; every Nth body it decodes in full and compares
//! with what a request must leave behind. If asked to, it also sums what every
//! span took, and keeps the traces of the slowest requests.

#![forbid(unsafe_code)]

mod check;
mod cli;
mod connection;
mod counts;
mod durations;
mod ids;
mod sample;
mod spans;
mod tally;
mod wire;

use std::io;
use std::net::TcpListener;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;

use clap::Parser;

use cli::Cli;
use connection::Connection;
use counts::Counts;
use durations::Durations;
use ids::IdFile;
use sample::Sampler;

/// What all connections share.
pub(crate) struct Receiver {
    cli: Cli,
    counts: Counts,
    ids: IdFile,
    sampler: Sampler,
    durations: Option<Durations>,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let Err(error) = run(cli);
    eprintln!("otlp-receiver: {error}");
    ExitCode::FAILURE
}

/// Accepts for ever, one thread a connection.
fn run(cli: Cli) -> io::Result<std::convert::Infallible> {
    let listener = TcpListener::bind(cli.http)?;
    let ids = IdFile::open(cli.ids.as_deref())?;
    let sampler = Sampler::new(&cli);
    let durations = cli.slowest.map(Durations::new);
    println!("listening http={}", listener.local_addr()?);
    let receiver = Arc::new(Receiver { cli, counts: Counts::default(), ids, sampler, durations });
    loop {
        let (stream, _) = listener.accept()?;
        stream.set_nodelay(true)?;
        let receiver = Arc::clone(&receiver);
        thread::spawn(move || {
            if let Err(error) = Connection::new(stream).serve(&receiver) {
                eprintln!("otlp-receiver: connection closed: {error}");
            }
        });
    }
}
