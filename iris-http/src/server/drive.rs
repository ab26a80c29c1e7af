//! Drives a [`Wire`] over a socket of tokio's.

use std::future::Future;
use std::io::{self, ErrorKind};
use std::pin::{Pin, pin};
use std::time::Duration;

use iris_serving::budget::Kind;
use iris_serving::net::{Client, Flow, Pace, STOP_PATIENCE, Stopped, Stream, Told, Waits};
use iris_serving::timeouts::{poll_once, timeout};
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::sleep;

use super::answer::{self, Arrival, FastPath};
use super::wire::{Step, Wire};

/// What is left of a connection.
#[derive(Debug)]
pub(super) enum Driven {
    /// The bytes read of a request that is not common.
    HandOver(Vec<u8>),
    /// Nothing; it has come to its end.
    Over,
    /// Nothing; its place is needed, or it was idle for too long.
    LetGo,
}

/// Answers the common requests of a connection until there are no more.
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
    stopped: &Stopped,
) -> io::Result<Driven> {
    let pace = client.pace();
    let mut wire = Wire::new(fast_path);
    let mut stop = pin!(stopped.clone().wait());
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
                    () = &mut stop => last_request(stream, &mut wire).await?,
                    read = stream.read_buf(wire.spare()) => {
                        let n_bytes = read?;
                        in_flight = Some(fast_path.service().in_flight().enter());
                        n_reads = n_reads.wrapping_add(1);
                        has_more = n_bytes >= room;
                        wire.received(n_bytes, &Arrival::now(fast_path, n_reads % MEASURED == 1))
                    }
                    told = &mut told => {
                        if told != Told::Late(Waits::Part) {
                            client.ends(told);
                            return Ok(Driven::LetGo);
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
                    let rest = &answers[n_bytes..];
                    Box::pin(write(stream, (client, fast_path), rest, told.as_mut(), stopped)).await?;
                    answers.len()
                };
                wire.wrote(n_bytes)
            }
            Step::Dear => match answer_dear(stream, (client, fast_path), &mut wire, stopped).await? {
                Some(answer) => wire.answered(answer, &Arrival::now(fast_path, false)),
                None => return Ok(Driven::Over),
            },
            Step::HandOver(unread) => return Ok(Driven::HandOver(unread)),
            Step::Close => return Ok(Driven::Over),
        };
    }
}

/// Has a request answered in the lane; `None` if its client has gone meanwhile.
async fn answer_dear(
    stream: &mut impl Stream,
    (client, fast_path): (&Client, &FastPath),
    wire: &mut Wire<'_>,
    stopped: &Stopped,
) -> io::Result<Option<Vec<u8>>> {
    let (served, arrival) = (fast_path.clone(), Arrival::now(fast_path, false));
    let request = wire.take_dear();
    let (sort, n_bytes) = answer::cost(fast_path, &request);
    let work = move || answer::answer_dear(&served, &request, &arrival);
    let lane = fast_path.service().catalog().lane();
    let Some(place) = lane.and_then(|lane| lane.wait(wire.client(), sort, n_bytes)) else {
        return Ok(Some(work()));
    };
    client.pace().wait(Waits::Server);
    let flow = Flow::one_at_a_time();
    // It is in flight, whether it waits for its turn or has it.
    let (_call, mut watch) = (flow.call(), flow.watch(stopped));
    let mut answer = pin!(place.run(work));
    loop {
        let buffer = wire.spare();
        let has_room = buffer.capacity() > buffer.len();
        tokio::select! {
            biased;
            answer = &mut answer => {
                watch.over();
                return Ok(Some(answer));
            }
            read = stream.read_buf(buffer), if has_room => match read {
                Ok(0) | Err(_) => {
                    watch.over();
                    return read.map(|_| None);
                }
                Ok(_) => {}
            },
        }
    }
}

/// Of so many times that something comes in, one is measured: the first, for many connections bring no more.
const MEASURED: u8 = 8;

/// Writes the answers as the client makes room for them, and as long as it does
/// once the server stops. What it does not take at once is held from the budget.
#[cold]
async fn write(
    stream: &mut impl Stream,
    (client, fast_path): (&Client, &FastPath),
    answers: &[u8],
    mut told: Pin<&mut impl Future<Output = Told>>,
    stopped: &Stopped,
) -> io::Result<()> {
    let Ok(_held) = fast_path.service().catalog().budget().hold_now(Kind::Answers, answers.len()) else {
        return Err(io::Error::other("there is no memory for answers that are not read"));
    };
    client.pace().go_on(Waits::Answer);
    let flow = Flow::one_at_a_time();
    let _answer = flow.answering(());
    let mut writing = pin!(write_all(flow.watched(stream), client.pace(), answers));
    let mut watch = flow.watch(stopped);
    let late = |told| {
        client.ends(told);
        Err(ErrorKind::TimedOut.into())
    };
    tokio::select! {
        biased;
        written = writing.as_mut() => {
            watch.over();
            return written;
        }
        told = told.as_mut() => {
            watch.over();
            return late(told);
        }
        () = stopped.clone().wait() => {}
    }
    tokio::select! {
        biased;
        written = watch.part(writing, |_| ()) => written.unwrap_or(Err(ErrorKind::TimedOut.into())),
        told = told => late(told),
    }
}

async fn write_all(mut stream: impl AsyncWrite + Unpin, pace: &Pace, mut answers: &[u8]) -> io::Result<()> {
    while !answers.is_empty() {
        match stream.write(answers).await? {
            0 => return Err(ErrorKind::WriteZero.into()),
            n_bytes => {
                pace.moved(n_bytes);
                answers = &answers[n_bytes..];
            }
        }
    }
    // Encrypted bytes may be held back until they are flushed.
    stream.flush().await
}

/// Waits a while for a request that is on its way when the server stops: whoever
/// sends it had no reason not to, and is answered and told to go elsewhere.
async fn last_request<'w>(stream: &mut impl Stream, wire: &'w mut Wire<'_>) -> io::Result<Step<'w>> {
    if !wire.spare().is_empty() {
        return Ok(wire.stopped());
    }
    let n_read = timeout(STOP_PATIENCE, stream.read_buf(wire.spare())).await.transpose()?;
    Ok(if n_read == Some(0) { Step::Close } else { wire.stopped() })
}
