//! Drives a [`Wire`] over a socket of tokio's.

use std::io::{self, ErrorKind};
use std::pin::pin;
use std::time::Duration;

use iris_serving::net::{Flow, PATIENCE, Stopped};
use iris_serving::timeouts::timeout;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use super::answer::{Arrival, FastPath};
use super::wire::{Step, Wire};

/// Answers the common requests of a connection until there are no more: returns
/// the bytes read of another one, or `None` if the connection is to be closed.
///
/// A client may be silent, or not read its answers, for `idle`.
///
/// # Errors
///
/// If the connection breaks, or answers are not read in time.
pub(super) async fn drive(
    stream: &mut TcpStream,
    fast_path: &FastPath,
    idle: Duration,
    stopped: Stopped,
) -> io::Result<Option<Vec<u8>>> {
    let mut wire = Wire::new(fast_path);
    let mut stop = pin!(stopped.clone().wait());
    // Set anew only when it fires, so that a request costs no timer.
    let mut timer = pin!(sleep(idle));
    let mut in_flight = None;
    let mut next = Step::Read;
    loop {
        next = match next {
            Step::Read => {
                drop(in_flight.take());
                tokio::select! {
                    biased;
                    () = &mut stop => last_request(stream, &mut wire).await?,
                    read = stream.read_buf(wire.spare()) => {
                        in_flight = Some(fast_path.service().in_flight().enter());
                        wire.received(read?, &Arrival::now(fast_path))
                    }
                    () = &mut timer => {
                        timer.as_mut().reset(Instant::now() + idle);
                        wire.silent()
                    }
                }
            }
            Step::Write(answers) => {
                // A client that does not read has as long as an idle one.
                tokio::select! {
                    biased;
                    written = timeout(idle, stream.write_all(answers)) => written.ok_or(ErrorKind::TimedOut)??,
                    () = unread(&stopped) => return Err(ErrorKind::TimedOut.into()),
                }
                let n_bytes = answers.len();
                wire.wrote(n_bytes)
            }
            Step::HandOver(unread) => return Ok(Some(unread)),
            Step::Close => return Ok(None),
        };
    }
}

/// Waits a while for a request that is on its way when the server stops: whoever
/// sends it had no reason not to, and is answered and told to go elsewhere.
async fn last_request<'w>(stream: &mut TcpStream, wire: &'w mut Wire<'_>) -> io::Result<Step<'w>> {
    if !wire.spare().is_empty() {
        return Ok(wire.stopped());
    }
    let n_read = timeout(PATIENCE, stream.read_buf(wire.spare())).await.transpose()?;
    Ok(if n_read == Some(0) { Step::Close } else { wire.stopped() })
}

/// Done when a stopping server has waited long enough for a client to read what
/// it is answered; that is counted as cut off.
async fn unread(stopped: &Stopped) {
    stopped.clone().wait().await;
    let flow = Flow::one_at_a_time();
    let _answer = flow.answering(());
    // Counts the answer, now or when the grace is over before.
    let _watch = flow.watch(stopped);
    sleep(2 * PATIENCE).await;
}
