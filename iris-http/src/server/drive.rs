//! Drives a [`Wire`] over a socket of tokio's.

use std::io::{self, ErrorKind};
use std::pin::pin;
use std::time::Duration;

use iris_serving::Form;
use iris_serving::net::Stopped;
use iris_serving::timeouts::{poll_once, timeout};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use super::answer::{self, Arrival, FastPath};
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
    let mut stop = pin!(stopped.wait());
    // Set anew only when it fires, so that a request costs no timer.
    let mut timer = pin!(sleep(idle));
    let mut in_flight = None;
    let mut n_reads = 0_u8;
    // Whether there is likely to be more that has come in already.
    let mut has_more = false;
    let mut next = Step::Read;
    loop {
        next = match next {
            Step::Read => {
                drop(in_flight.take());
                if std::mem::take(&mut has_more) {
                    // Everybody else comes first.
                    tokio::task::yield_now().await;
                }
                if let Some(n_bytes) = wire.refused() {
                    let lane = fast_path.service().catalog().lane();
                    let pause = lane.map_or(Duration::ZERO, |lane| lane.pause(n_bytes));
                    if !pause.is_zero() {
                        sleep(pause).await;
                    }
                }
                let buffer = wire.spare();
                let room = buffer.capacity() - buffer.len();
                tokio::select! {
                    biased;
                    () = &mut stop => answer_pending(stream, &mut wire).await?,
                    read = stream.read_buf(wire.spare()) => {
                        let n_bytes = read?;
                        in_flight = Some(fast_path.service().in_flight().enter());
                        n_reads = n_reads.wrapping_add(1);
                        has_more = n_bytes >= room;
                        wire.received(n_bytes, &Arrival::now(fast_path, n_reads.is_multiple_of(MEASURED)))
                    }
                    () = &mut timer => {
                        timer.as_mut().reset(Instant::now() + idle);
                        wire.silent()
                    }
                }
            }
            Step::Write(answers) => {
                // A client that does not read has as long as an idle one.
                timeout(idle, stream.write_all(answers)).await.ok_or(ErrorKind::TimedOut)??;
                let n_bytes = answers.len();
                wire.wrote(n_bytes)
            }
            Step::Dear => match answer_dear(stream, fast_path, &mut wire).await? {
                Some(answer) => wire.answered(answer, &Arrival::now(fast_path, false)),
                None => return Ok(None),
            },
            Step::HandOver(unread) => return Ok(Some(unread)),
            Step::Close => return Ok(None),
        };
    }
}

/// Has a request answered in the lane; `None` if its client has gone meanwhile.
async fn answer_dear(
    stream: &mut TcpStream,
    fast_path: &FastPath,
    wire: &mut Wire<'_>,
) -> io::Result<Option<Vec<u8>>> {
    let (served, arrival) = (fast_path.clone(), Arrival::now(fast_path, false));
    let request = wire.take_dear();
    let n_bytes = request.len();
    let work = move || answer::answer_dear(&served, &request, &arrival);
    let lane = fast_path.service().catalog().lane();
    let Some(place) = lane.and_then(|lane| lane.wait(wire.client(), Form::Text, n_bytes)) else {
        return Ok(Some(work()));
    };
    let mut answer = pin!(place.run(work));
    loop {
        let buffer = wire.spare();
        let has_room = buffer.capacity() > buffer.len();
        tokio::select! {
            biased;
            answer = &mut answer => return Ok(Some(answer)),
            read = stream.read_buf(buffer), if has_room => if read? == 0 {
                return Ok(None);
            },
        }
    }
}

/// Of so many times that something comes in, one is measured.
const MEASURED: u8 = 8;

/// Reads what has come in together with the stop: whoever sent it is still answered.
async fn answer_pending<'w>(stream: &mut TcpStream, wire: &'w mut Wire<'_>) -> io::Result<Step<'w>> {
    // The runtime learns only between tasks of what has come in since.
    tokio::task::yield_now().await;
    if let Some(read) = poll_once(stream.read_buf(wire.spare())).await {
        read?;
    }
    Ok(wire.stopped())
}
