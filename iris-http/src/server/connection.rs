//! One connection: the fast path for as long as it fits, then hyper.

use std::convert::Infallible;
use std::future::Future;
use std::io::Cursor;
use std::pin::pin;
use std::time::SystemTime;

use http::header::DATE;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use iris_serving::net::{Client, Closed, Paced, Protocol, Stopped};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tracing::{debug, warn};

use super::answer::FastPath;
use super::date::Date;
use super::drive::drive;
use super::in_turn::{Incoming, Outgoing};
use crate::HttpService;

/// What every connection of a listener needs.
pub(super) struct Connections {
    fast_path: Option<FastPath>,
    router: axum::Router,
    stopped: Stopped,
}

impl Connections {
    /// Whose requests are all answered by `router`.
    pub(super) fn new(router: axum::Router, stopped: Stopped) -> Self {
        Self { fast_path: None, router, stopped }
    }

    /// The same, the common ones of them on the fast path.
    pub(super) fn with_fast_path(self, service: HttpService) -> Self {
        Self { fast_path: Some(FastPath::new(service)), ..self }
    }
}

impl Protocol for Connections {
    fn connection(&self, mut stream: TcpStream, client: Client) -> impl Future<Output = ()> + Send + 'static {
        let (fast_path, router) = (self.fast_path.clone(), self.router.clone());
        let stopped = self.stopped.clone();
        async move {
            let unread = match fast_path {
                Some(fast_path) => drive(&mut stream, &client, &fast_path, stopped.clone()).await,
                None => Ok(Some(Vec::new())),
            };
            match unread {
                Ok(None) => {}
                Ok(Some(unread)) => hand_over(stream, &client, unread, router, stopped).await,
                Err(error) => debug!(%error, "connection ended"),
            }
        }
    }
}

/// Lets hyper and the router serve the rest, beginning with what was read already.
async fn hand_over(
    stream: TcpStream,
    client: &Client,
    unread: Vec<u8>,
    router: axum::Router,
    stopped: Stopped,
) {
    if SystemTime::now() < SystemTime::UNIX_EPOCH {
        warn!("a connection was closed: the clock is before 1970, where hyper panics");
        return;
    }
    let pace = client.pace();
    let (reader, writer) = stream.into_split();
    let stream = tokio::io::join(Cursor::new(unread).chain(reader), writer);
    let stream = Paced::in_turn(stream, pace.clone());
    let router = TowerToHyperService::new(router);
    let service = service_fn(|request: http::Request<hyper::body::Incoming>| {
        let answering = pace.request();
        let response = router.call(request.map(|body| Incoming::new(body, pace.clone())));
        async {
            let mut response = response.await?;
            if let Some(date) = Date::for_hyper() {
                response.headers_mut().insert(DATE, date);
            }
            Ok::<_, Infallible>(response.map(|body| Outgoing::new(body, answering)))
        }
    });
    // Without hyper's timers: who is late is told so.
    let mut connection = pin!(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    let mut told = pin!(pace.told());
    // The connection comes first: it has bytes to read that a stop must not lose.
    let mut served = tokio::select! {
        biased;
        served = connection.as_mut() => Some(served),
        () = stopped.wait() => None,
        told = told.as_mut() => return client.ends(told),
    };
    if served.is_none() {
        connection.as_mut().graceful_shutdown();
        served = tokio::select! {
            biased;
            served = connection.as_mut() => Some(served),
            told = told => return client.ends(told),
        };
    }
    if let Some(Err(error)) = served {
        if error.is_parse() {
            client.closed(Closed::Malformed);
        }
        debug!(%error, "connection ended");
    }
}
