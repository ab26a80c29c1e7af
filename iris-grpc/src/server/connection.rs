//! One connection: HTTP/2 from its first bytes to its age.

use std::convert::Infallible;
use std::future::{Future, pending};
use std::io;
use std::pin::{Pin, pin};
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use iris_serving::asked_by;
use iris_serving::net::{
    Client, Closed, Flow, HTTP2_PREFACE as PREFACE, Outgoing, Paced, Protocol, Replayed, STOP_PATIENCE,
    Stopped, Stream, Told, Waits, linger,
};
use iris_serving::timeouts::timeout;
use tokio::io::AsyncReadExt;
use tokio::time::sleep;
use tracing::debug;

use crate::weighed::UNREAD;
use crate::{AnyError, Limits, Router};

/// How long a client that is asked to go because it does nothing may take to go.
const PARTING: Duration = Duration::from_secs(1);

/// Bytes of a stream, and of all of them together, that a client may send before
/// somebody reads them: no message waits for more than a few round trips.
const STREAM_WINDOW: u32 = UNREAD;
const CONNECTION_WINDOW: u32 = 4 * STREAM_WINDOW;
/// Bytes of a stream that wait for the client to read.
const SEND_BUFFER: usize = 64 << 10;

/// What every connection of a listener needs.
pub(super) struct Connections {
    router: Router,
    limits: Limits,
    http: http2::Builder<TokioExecutor>,
    stopped: Stopped,
}

impl Connections {
    pub(super) fn new(router: Router, limits: Limits, stopped: Stopped) -> Self {
        let mut http = http2::Builder::new(TokioExecutor::new());
        http.timer(TokioTimer::new())
            .max_concurrent_streams(limits.max_concurrent_streams)
            .max_header_list_size(limits.max_header_list_size)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_send_buf_size(SEND_BUFFER)
            .keep_alive_interval(limits.keepalive_interval)
            .keep_alive_timeout(limits.keepalive_timeout);
        Self { router, limits, http, stopped }
    }
}

impl Protocol for Connections {
    const NAMES: &'static [&'static [u8]] = &[b"h2"];

    /// Its age may also bring about the end.
    fn connection<S: Stream>(&self, stream: S, client: Client) -> impl Future<Output = ()> + Send + 'static {
        let (router, limits, http) = (self.router.for_connection(), self.limits, self.http.clone());
        let stopped = self.stopped.clone();
        async move {
            if let Err(error) = serve(stream, &client, router, limits, &http, stopped).await {
                debug!(%error, "connection ended");
            }
        }
    }
}

async fn serve<S: Stream>(
    mut stream: S,
    client: &Client,
    router: Router,
    limits: Limits,
    http: &http2::Builder<TokioExecutor>,
    stopped: Stopped,
) -> Result<(), AnyError> {
    let mut preface = [0; PREFACE.len()];
    tokio::select! {
        biased;
        begun = begin(&mut stream, &mut preface, limits.handshake_timeout, stopped.clone()) => {
            begun.inspect_err(|error| client.closed(not_begun(error)))?;
        }
        told = client.pace().told() => {
            client.ends(told);
            return Ok(());
        }
    }
    let peer = stream.peer().map(|address| address.ip());
    let flow = Flow::many();
    let replayed = Replayed::new(preface.to_vec(), &mut stream);
    let watched = Paced::together(flow.watched(replayed), client.pace().clone());
    let (pace, calls) = (client.pace().clone(), flow.clone());
    let service = service_fn(move |request: Request<Incoming>| {
        let (router, answering) = (router.clone(), pace.request());
        let (flow, call) = (calls.clone(), calls.call());
        // HTTP/2 moves what it is given several times before it is a task, and the task at its
        // end once more: a pointer, and not the kilobytes of a call under way.
        Box::pin(async move {
            let answer = asked_by(peer, router.answer(request.map(|body| flow.asking(body)))).await;
            let answer = answer.map(|body| flow.answering(Outgoing::new(body, answering)));
            drop(call);
            Ok::<_, Infallible>(answer)
        })
    });
    let is_over = {
        let connection = pin!(http.serve_connection(TokioIo::new(watched), service));
        converse(connection, http2::Connection::graceful_shutdown, (client, &flow), limits, stopped).await?
    };
    if is_over {
        // What a client still has to say of an answer must not reset it.
        linger(&mut stream).await;
    }
    Ok(())
}

/// Serves HTTP/2 behind its first bytes; `depart` tells the client to begin nothing
/// more. Whether it came to an end, and was not cut off.
async fn converse<C: Future<Output = hyper::Result<()>>>(
    mut connection: Pin<&mut C>,
    depart: impl FnOnce(Pin<&mut C>),
    (client, flow): (&Client, &Flow),
    limits: Limits,
    stopped: Stopped,
) -> Result<bool, AnyError> {
    let mut watch = flow.watch(&stopped);
    let grace = tokio::select! {
        biased;
        served = connection.as_mut() => {
            watch.over();
            return Ok(served.map(|()| true)?);
        }
        told = client.pace().told() => {
            client.ends(told);
            match told {
                Told::Late(Waits::Answer) => return Ok(false),
                _ => Some(PARTING),
            }
        }
        () = stopped.clone().wait() => None,
        () = age(limits.max_connection_age) => limits.max_connection_age_grace,
    };
    // The client is told to go elsewhere; what it has begun may still end.
    depart(connection.as_mut());
    let ends = |told| {
        client.ends(told);
        Ok(false)
    };
    tokio::select! {
        biased;
        served = connection.as_mut() => {
            watch.over();
            return Ok(served.map(|()| true)?);
        }
        () = stopped.clone().wait() => {}
        told = client.pace().told() => return ends(told),
        () = age(grace) => return Err("its calls took longer than the grace".into()),
    }
    tokio::select! {
        biased;
        served = watch.part(connection, |_| ()) => Ok(served.transpose()?.is_some()),
        told = client.pace().told() => ends(told),
    }
}

/// As what it counts that HTTP/2 was not begun.
fn not_begun(error: &io::Error) -> Closed {
    match error.kind() {
        io::ErrorKind::TimedOut => Closed::Silent,
        _ => Closed::Malformed,
    }
}

/// Reads what HTTP/2 begins with, which hyper would wait for without a limit.
async fn begin(
    stream: &mut impl Stream,
    preface: &mut [u8; PREFACE.len()],
    limit: Duration,
    stopped: Stopped,
) -> io::Result<()> {
    {
        let mut whole = pin!(stream.read_exact(preface));
        tokio::select! {
            biased;
            read = timeout(limit, whole.as_mut()) => read.ok_or(io::ErrorKind::TimedOut)??,
            () = stopped.wait() => {
                // Whoever has connected has a call on its way.
                timeout(STOP_PATIENCE, whole).await.ok_or(io::ErrorKind::TimedOut)??
            }
        };
    }
    if preface == PREFACE { Ok(()) } else { Err(io::Error::other("the client does not speak HTTP/2")) }
}

/// Done after so long, or never.
async fn age(limit: Option<Duration>) {
    match limit {
        Some(limit) => sleep(limit).await,
        None => pending().await,
    }
}
