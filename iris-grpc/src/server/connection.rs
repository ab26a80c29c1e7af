//! One connection: HTTP/2 from its first bytes to its age.

use std::convert::Infallible;
use std::future::{Future, pending};
use std::io::{self, Cursor};
use std::pin::pin;
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use iris_serving::net::{Flow, PATIENCE, Protocol, Stopped, linger};
use iris_serving::timeouts::timeout;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::sleep;
use tracing::debug;

use crate::{Limits, Router};

/// What HTTP/2 begins with.
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

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
            .keep_alive_interval(limits.keepalive_interval)
            .keep_alive_timeout(limits.keepalive_timeout);
        Self { router, limits, http, stopped }
    }
}

impl Protocol for Connections {
    /// Its age may also bring about the end.
    fn connection(&self, stream: TcpStream) -> impl Future<Output = ()> + Send + 'static {
        let (router, limits, http) = (self.router.clone(), self.limits, self.http.clone());
        let stopped = self.stopped.clone();
        async move {
            if let Err(error) = serve(stream, router, limits, &http, stopped).await {
                debug!(%error, "connection ended");
            }
        }
    }
}

type AnyError = Box<dyn std::error::Error + Send + Sync>;

async fn serve(
    mut stream: TcpStream,
    router: Router,
    limits: Limits,
    http: &http2::Builder<TokioExecutor>,
    stopped: Stopped,
) -> Result<(), AnyError> {
    let mut preface = [0; PREFACE.len()];
    begin(&mut stream, &mut preface, limits.handshake_timeout, stopped.clone()).await?;
    let is_over = converse(&mut stream, preface, router, limits, http, stopped).await?;
    if is_over {
        // What a client still has to say of an answer must not reset it.
        linger(&mut stream).await;
    }
    Ok(())
}

/// Serves HTTP/2 behind its first bytes. Whether it came to an end, and was not cut off.
async fn converse(
    stream: &mut TcpStream,
    preface: [u8; PREFACE.len()],
    router: Router,
    limits: Limits,
    http: &http2::Builder<TokioExecutor>,
    stopped: Stopped,
) -> Result<bool, AnyError> {
    let flow = Flow::many();
    let (reader, writer) = stream.split();
    let stream = flow.watched(tokio::io::join(Cursor::new(preface).chain(reader), writer));
    let calls = flow.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        let (router, flow, call) = (router.clone(), calls.clone(), calls.call());
        async move {
            let response = router.answer(request.map(|body| flow.asking(body))).await;
            let response = response.map(|body| flow.answering(body));
            drop(call);
            Ok::<_, Infallible>(response)
        }
    });
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
    let mut watch = flow.watch(&stopped);
    tokio::select! {
        biased;
        served = connection.as_mut() => {
            watch.over();
            return Ok(served.map(|()| true)?);
        }
        () = stopped.clone().wait() => {
            // The client is told to begin nothing more, and, when it has heard that, what was begun.
            connection.as_mut().graceful_shutdown();
            let served = watch.part(connection, |_| ()).await;
            return Ok(served.transpose()?.is_some());
        }
        () = age(limits.max_connection_age) => {}
    }
    // The client is told to go elsewhere; what it has begun may still end.
    connection.as_mut().graceful_shutdown();
    tokio::select! {
        served = connection.as_mut() => {
            watch.over();
            Ok(served.map(|()| true)?)
        }
        () = stopped.clone().wait() => {
            let served = watch.part(connection, |_| ()).await;
            Ok(served.transpose()?.is_some())
        }
        () = age(limits.max_connection_age_grace) => Err("its calls took longer than the grace after its age".into()),
    }
}

/// Reads what HTTP/2 begins with, which hyper would wait for without a limit.
async fn begin(
    stream: &mut TcpStream,
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
                timeout(PATIENCE, whole).await.ok_or(io::ErrorKind::TimedOut)??
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
