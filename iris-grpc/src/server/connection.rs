//! One connection: HTTP/2 from its first bytes to its age.

use std::convert::Infallible;
use std::future::{Future, pending};
use std::io;
use std::pin::pin;
use std::time::Duration;

use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use iris_serving::asked_by;
use iris_serving::net::{
    Client, Closed, HTTP2_PREFACE as PREFACE, Paced, Protocol, Replayed, Stopped, Stream, Told, Waits,
};
use iris_serving::timeouts::{poll_once, timeout};
use tokio::io::AsyncReadExt;
use tokio::time::sleep;
use tracing::debug;

use super::outgoing::Outgoing;
use crate::{Limits, Router};

/// How long a client that is asked to go because it does nothing may take to go.
const PARTING: Duration = Duration::from_secs(1);

/// Bytes of a stream, and of all of them together, that a client may send before
/// somebody reads them: no message waits for more than a few round trips.
const STREAM_WINDOW: u32 = 256 << 10;
const CONNECTION_WINDOW: u32 = 1 << 20;
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

type AnyError = Box<dyn std::error::Error + Send + Sync>;

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
    let stream = Paced::together(Replayed::new(preface.to_vec(), stream), client.pace().clone());
    let service = service_fn(move |request| {
        let (router, answering) = (router.clone(), client.pace().request());
        async move {
            let answer = asked_by(peer, router.answer(request)).await;
            Ok::<_, Infallible>(answer.map(|body| Outgoing::new(body, answering)))
        }
    });
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
    let grace = tokio::select! {
        biased;
        served = connection.as_mut() => return Ok(served?),
        told = client.pace().told() => {
            client.ends(told);
            match told {
                Told::Late(Waits::Answer) => return Ok(()),
                _ => Some(PARTING),
            }
        }
        () = stopped.wait() => None,
        () = age(limits.max_connection_age) => limits.max_connection_age_grace,
    };
    // The client is told to go elsewhere; what it has begun may still end.
    connection.as_mut().graceful_shutdown();
    tokio::select! {
        biased;
        served = connection.as_mut() => Ok(served?),
        late = client.pace().told() => {
            client.ends(late);
            Ok(())
        }
        () = age(grace) => Err("its calls took longer than the grace".into()),
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
                // The runtime learns between tasks of what has come in.
                tokio::task::yield_now().await;
                poll_once(whole).await.ok_or(io::ErrorKind::TimedOut)??
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
