//! One connection: the fast path for as long as it fits, then hyper.

use std::convert::Infallible;
use std::future::Future;
use std::io::Cursor;
use std::pin::pin;
use std::time::{Duration, SystemTime};

use http::header::{CONNECTION, DATE};
use http::{HeaderValue, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use iris_serving::net::{Flow, Protocol, Stopped, linger};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio_io_timeout::TimeoutWriter;
use tracing::{debug, warn};

use super::answer::FastPath;
use super::date::Date;
use super::drive::drive;
use crate::{HttpService, router};

/// What every connection of a listener needs.
pub(super) struct Connections {
    fast_path: FastPath,
    router: axum::Router,
    http: http1::Builder,
    timeout: Duration,
    stopped: Stopped,
}

impl Connections {
    /// A connection may be idle, or sending a head, for `timeout`.
    pub(super) fn new(service: HttpService, timeout: Duration, stopped: Stopped) -> Self {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(timeout);
        let service = service.for_one_thread();
        Self { router: router(&service), fast_path: FastPath::new(service), http, timeout, stopped }
    }
}

impl Protocol for Connections {
    fn connection(&self, mut stream: TcpStream) -> impl Future<Output = ()> + Send + 'static {
        let (fast_path, timeout) = (self.fast_path.clone(), self.timeout);
        let (router, http) = (self.router.clone(), self.http.clone());
        let stopped = self.stopped.clone();
        async move {
            match drive(&mut stream, &fast_path, timeout, stopped.clone()).await {
                Ok(None) => linger(&mut stream).await,
                Ok(Some(unread)) => {
                    let is_over = hand_over(&mut stream, unread, router, &http, timeout, stopped).await;
                    if is_over {
                        linger(&mut stream).await;
                    }
                }
                Err(error) => debug!(%error, "connection ended"),
            }
        }
    }
}

/// Lets hyper and the router serve the rest, beginning with what was read already.
/// Whether it came to an end, and was not cut off.
async fn hand_over(
    stream: &mut TcpStream,
    unread: Vec<u8>,
    router: axum::Router,
    http: &http1::Builder,
    timeout: Duration,
    stopped: Stopped,
) -> bool {
    if SystemTime::now() < SystemTime::UNIX_EPOCH {
        warn!("a connection was closed: the clock is before 1970, where hyper panics");
        return true;
    }
    let flow = Flow::one_at_a_time();
    let (reader, writer) = stream.split();
    // hyper would wait for ever for a client that does not read.
    let mut writer = TimeoutWriter::new(writer);
    writer.set_timeout(Some(timeout));
    let stream = flow.watched(tokio::io::join(Cursor::new(unread).chain(reader), Box::pin(writer)));
    let router = TowerToHyperService::new(router);
    let service = service_fn(|request: Request<Incoming>| {
        let call = flow.call();
        let response = router.call(request.map(|body| flow.asking(body)));
        let (flow, stopped) = (&flow, &stopped);
        async move {
            let mut response = response.await?;
            if let Some(date) = Date::for_hyper() {
                response.headers_mut().insert(DATE, date);
            }
            // The next request is to go elsewhere, as the client learns by this answer.
            if stopped.is_told() {
                response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            let response = response.map(|body| flow.answering(body));
            drop(call);
            Ok::<_, Infallible>(response)
        }
    });
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
    let mut watch = flow.watch(&stopped);
    // The connection comes first: it has bytes to read that a stop must not lose.
    let served = tokio::select! {
        biased;
        served = connection.as_mut() => {
            watch.over();
            Some(served)
        }
        // What is idle is left open for a while, for a request that is on its way.
        () = stopped.clone().wait() => watch.part(connection.as_mut(), http1::Connection::graceful_shutdown).await,
    };
    match served {
        Some(Ok(())) => true,
        Some(Err(error)) => {
            debug!(%error, "connection ended");
            true
        }
        None => false,
    }
}
