//! Drives a [`Wire`] over a socket of tokio's.

use std::future::Future;
use std::io::{self, ErrorKind};
use std::pin::{Pin, pin};
use std::time::Duration;

use iris_serving::Form;
use iris_serving::budget::Kind;
use iris_serving::net::{Client, Pace, Stopped, Stream, Told, Waits};
use iris_serving::timeouts::poll_once;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::sleep;

use super::answer::{self, Arrival, FastPath};
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
    stream: &mut impl Stream,
    client: &Client,
    fast_path: &FastPath,
    stopped: Stopped,
) -> io::Result<Option<Vec<u8>>> {
    let pace = client.pace();
    let mut wire = Wire::new(fast_path);
    let mut stop = pin!(stopped.wait());
    let mut told = pin!(pace.told());
    let mut in_flight = None;
    let mut n_reads = 0_u8;
    // Whether there is likely to be more that has come in already.
    let mut has_more = false;
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
                    None => 0,
                };
                let n_bytes = if n_bytes == answers.len() && poll_once(stream.flush()).await.is_some() {
                    n_bytes
                } else {
                    write(stream, (client, fast_path), &answers[n_bytes..], told.as_mut()).await?;
                    answers.len()
                };
                wire.wrote(n_bytes)
            }
            Step::Dear => match answer_dear(stream, fast_path, (&mut wire, pace)).await? {
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
    stream: &mut impl Stream,
    fast_path: &FastPath,
    (wire, waits): (&mut Wire<'_>, &Pace),
) -> io::Result<Option<Vec<u8>>> {
    let (served, arrival) = (fast_path.clone(), Arrival::now(fast_path, false));
    let request = wire.take_dear();
    let n_bytes = request.len();
    let work = move || answer::answer_dear(&served, &request, &arrival);
    let lane = fast_path.service().catalog().lane();
    let Some(place) = lane.and_then(|lane| lane.wait(wire.client(), Form::Text, n_bytes)) else {
        return Ok(Some(work()));
    };
    waits.wait(Waits::Server);
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

/// Writes the answers as the client makes room for them. What it does not take at
/// once is held from the budget.
#[cold]
async fn write(
    stream: &mut impl Stream,
    (client, fast_path): (&Client, &FastPath),
    mut answers: &[u8],
    mut told: Pin<&mut impl Future<Output = Told>>,
) -> io::Result<()> {
    let Ok(_held) = fast_path.service().catalog().budget().hold_now(Kind::Answers, answers.len()) else {
        return Err(io::Error::other("there is no memory for answers that are not read"));
    };
    let pace = client.pace();
    pace.go_on(Waits::Answer);
    loop {
        // Encrypted bytes may be held back until they are flushed.
        let moving = async {
            if answers.is_empty() {
                return stream.flush().await.map(|()| 0);
            }
            let written = stream.write(answers).await?;
            if written == 0 { Err(ErrorKind::WriteZero.into()) } else { Ok(written) }
        };
        let written = tokio::select! {
            biased;
            written = moving => written?,
            told = told.as_mut() => {
                client.ends(told);
                return Err(ErrorKind::TimedOut.into());
            }
        };
        if answers.is_empty() {
            return Ok(());
        }
        pace.moved(written);
        answers = &answers[written..];
    }
}

/// Reads what has come in together with the stop: whoever sent it is still answered.
async fn answer_pending<'w>(stream: &mut impl Stream, wire: &'w mut Wire<'_>) -> io::Result<Step<'w>> {
    // The runtime learns only between tasks of what has come in since.
    tokio::task::yield_now().await;
    if let Some(read) = poll_once(stream.read_buf(wire.spare())).await {
        read?;
    }
    Ok(wire.stopped())
}
