//! Drives a [`Wire`] over a socket of tokio's.

use std::future::Future;
use std::io::{self, ErrorKind};
use std::pin::{Pin, pin};

use iris_serving::net::{Client, Stopped, Told, Waits};
use iris_serving::timeouts::poll_once;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::answer::{Arrival, FastPath};
use super::wire::{Step, Wire};

/// Answers the common requests of a connection until there are no more: returns
/// the bytes read of another one, or `None` if the connection is to be closed.
///
/// How long the client may take is told by its pace, so that no wait here has a
/// timer and a request costs two stores.
///
/// # Errors
///
/// If the connection breaks, or answers are not read in time.
pub(super) async fn drive(
    stream: &mut TcpStream,
    client: &Client,
    fast_path: &FastPath,
    stopped: Stopped,
) -> io::Result<Option<Vec<u8>>> {
    let pace = client.pace();
    let mut wire = Wire::new(fast_path);
    let mut stop = pin!(stopped.wait());
    let mut told = pin!(pace.told());
    let mut in_flight = None;
    let mut next = Step::Read;
    loop {
        next = match next {
            Step::Read => {
                drop(in_flight.take());
                if wire.is_in_request() {
                    pace.go_on(Waits::Part);
                } else if pace.waits() != Waits::Silent {
                    pace.wait(Waits::Idle);
                }
                tokio::select! {
                    biased;
                    () = &mut stop => answer_pending(stream, &mut wire).await?,
                    read = stream.read_buf(wire.spare()) => {
                        in_flight = Some(fast_path.service().in_flight().enter());
                        wire.received(read?, &Arrival::now(fast_path))
                    }
                    told = &mut told => {
                        if told != Told::Late(Waits::Part) {
                            client.ends(told);
                        }
                        wire.silent()
                    }
                }
            }
            Step::Write(answers) => {
                pace.wait(Waits::Server);
                let n_bytes = match poll_once(stream.write(answers)).await {
                    Some(written) => written?,
                    None => write(stream, client, answers, told.as_mut()).await?,
                };
                if n_bytes == 0 {
                    return Err(ErrorKind::WriteZero.into());
                }
                wire.wrote(n_bytes)
            }
            Step::HandOver(unread) => return Ok(Some(unread)),
            Step::Close => return Ok(None),
        };
    }
}

/// Writes some of the answers, once the client has made room for them.
#[cold]
async fn write(
    stream: &mut TcpStream,
    client: &Client,
    mut answers: &[u8],
    mut told: Pin<&mut impl Future<Output = Told>>,
) -> io::Result<usize> {
    let pace = client.pace();
    let mut n_bytes = 0;
    pace.go_on(Waits::Answer);
    while !answers.is_empty() {
        let written = tokio::select! {
            biased;
            written = stream.write(answers) => written?,
            told = told.as_mut() => {
                client.ends(told);
                return Err(ErrorKind::TimedOut.into());
            }
        };
        if written == 0 {
            break;
        }
        pace.moved(written);
        n_bytes += written;
        answers = answers.get(written..).unwrap_or_default();
    }
    Ok(n_bytes)
}

/// Reads what has come in together with the stop: whoever sent it is still answered.
async fn answer_pending<'w>(stream: &mut TcpStream, wire: &'w mut Wire<'_>) -> io::Result<Step<'w>> {
    // The runtime learns only between tasks of what has come in since.
    tokio::task::yield_now().await;
    if let Some(read) = poll_once(stream.read_buf(wire.spare())).await {
        read?;
    }
    Ok(wire.stopped())
}
