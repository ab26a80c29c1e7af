//! One connection: the fast path for as long as it fits, then hyper.

use std::convert::Infallible;
use std::future::Future;
use std::io::Cursor;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::SystemTime;

use http::header::{CONNECTION, DATE};
use hyper::body::Body as _;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use iris_serving::net::{Client, Closed, Paced, Protocol, Stopped, Stream};
use iris_serving::{self as serving, asked_by};
use tokio::io::AsyncReadExt;
use tracing::{debug, warn};

use super::answer::FastPath;
use super::date::Date;
use super::drive::drive;
use super::framing::{Ambiguity, Followed};
use super::heads::{self, HeadReader, Requests};
use super::http2::{self, Http2};
use super::in_turn::{Incoming, Outgoing};
use super::linger::linger;
use super::strict;
use crate::HttpService;

/// What every connection of a listener needs.
pub(super) struct Connections {
    fast_path: Option<FastPath>,
    service: HttpService,
    router: axum::Router,
    http2: Http2,
    stopped: Stopped,
}

impl Connections {
    /// Whose requests are all answered by `router`.
    pub(super) fn new(service: HttpService, router: axum::Router, stopped: Stopped) -> Self {
        Self { fast_path: None, service, router, http2: Http2::new(), stopped }
    }

    /// The same, the common ones of them on the fast path.
    pub(super) fn with_fast_path(self) -> Self {
        Self { fast_path: Some(FastPath::new(self.service.clone())), ..self }
    }
}

impl Protocol for Connections {
    const NAMES: &'static [&'static [u8]] = &[b"h2", b"http/1.1"];

    fn connection<S: Stream>(
        &self,
        mut stream: S,
        client: Client,
    ) -> impl Future<Output = ()> + Send + 'static {
        let peer = stream.peer().map(|address| address.ip());
        let fast_path = self.fast_path.clone().map(|fast_path| fast_path.asked_by(peer));
        let (service, router, http2) = (self.service.clone(), self.router.clone(), self.http2.clone());
        let stopped = self.stopped.clone();
        async move {
            let unread = match fast_path {
                Some(fast_path) => drive(&mut stream, &client, &fast_path, stopped.clone()).await,
                None => Ok(Some(Vec::new())),
            };
            match unread {
                Ok(None) => stream.close().await,
                Ok(Some(unread)) => {
                    let hand_over = HandOver { service: &service, client: &client, router, stopped };
                    asked_by(peer, hand_over.serve(stream, unread, &http2)).await;
                }
                Err(error) => debug!(%error, "connection ended"),
            }
        }
    }
}

/// Bytes of a body that is dear for no ordinary model.
const SHORT: u64 = 2 << 10;

/// Who serves what the fast path leaves.
struct HandOver<'s> {
    service: &'s HttpService,
    client: &'s Client,
    router: axum::Router,
    stopped: Stopped,
}

impl HandOver<'_> {
    /// Lets hyper and the router serve the rest, beginning with what was read already.
    async fn serve<S: Stream>(self, mut stream: S, mut unread: Vec<u8>, http2: &Http2) {
        if SystemTime::now() < SystemTime::UNIX_EPOCH {
            warn!("a connection was closed: the clock is before 1970, where hyper panics");
            return;
        }
        if http2::may_be_preface(&unread) {
            match self.before_the_stop(http2::has_preface(&mut stream, &mut unread)).await {
                Some(Ok(true)) => {
                    let Self { service, client, router, stopped } = self;
                    let served = http2.serve(stream, unread, service, (client, router), stopped).await;
                    return tell(served);
                }
                Some(Ok(false)) => {}
                Some(Err(error)) => return debug!(%error, "connection ended"),
                None => return debug!("a client did not say in time what it speaks"),
            }
        }
        let parting = AtomicBool::new(false);
        let Some(served) = self.serve_http1(&mut stream, unread, &parting).await else { return };
        let unreadable = served.as_ref().err().filter(|error| error.is_parse());
        if let Some(error) = unreadable {
            self.client.closed(Closed::Malformed);
            strict::count_unreadable(self.service, error);
        }
        let may_be_sending = unreadable.is_some() || parting.into_inner();
        tell(served);
        if may_be_sending {
            linger(&mut stream).await;
        } else {
            stream.close().await;
        }
    }

    /// What comes of it before the client is late, and before the server stops.
    async fn before_the_stop<F: Future>(&self, future: F) -> Option<F::Output> {
        tokio::select! {
            biased;
            output = future => Some(output),
            () = self.stopped.clone().wait() => None,
            told = self.client.pace().told() => {
                self.client.ends(told);
                None
            }
        }
    }

    /// Serves HTTP/1; `None` if the client was too late, or its place was needed. Sets
    /// `parting` if the last answer told the client to go, which may have been sending.
    async fn serve_http1<S: Stream>(
        &self,
        stream: &mut S,
        unread: Vec<u8>,
        parting: &AtomicBool,
    ) -> Option<hyper::Result<()>> {
        let (ambiguity, n_requests) = (Ambiguity::none(), AtomicU64::new(0));
        let pace = self.client.pace();
        let (reader, writer) = tokio::io::split(stream);
        let requests = Requests::default();
        let reader = Cursor::new(unread).chain(reader);
        let reader = HeadReader::new(reader, requests.clone(), self.service.catalog().budget());
        let stream = tokio::io::join(Followed::new(reader, &ambiguity), writer);
        let stream = Paced::in_turn(stream, pace.clone());
        let router = TowerToHyperService::new(self.router.clone());
        let client = serving::Client::new();
        let service = service_fn(|mut request: http::Request<hyper::body::Incoming>| {
            let answering = pace.request();
            // Only of dear requests does it matter whose they are.
            if request.body().size_hint().upper().is_none_or(|n_bytes| n_bytes > SHORT) {
                request.extensions_mut().insert(client.clone());
            }
            let under_way = requests.begin();
            let is_ambiguous = ambiguity.is_before(n_requests.fetch_add(1, Ordering::Relaxed));
            let request = request.map(|body| Incoming::new(body, pace.clone()));
            let answered =
                strict::refusal(self.service, &request, is_ambiguous).ok_or_else(|| router.call(request));
            async {
                let _under_way = under_way;
                let mut response = match answered {
                    Ok(refused) => refused,
                    Err(answered) => answered.await?,
                };
                if let Some(date) = Date::for_hyper() {
                    response.headers_mut().insert(DATE, date);
                }
                parting.store(response.headers().contains_key(CONNECTION), Ordering::Relaxed);
                Ok::<_, Infallible>(response.map(|body| Outgoing::new(body, answering)))
            }
        });
        // Without hyper's timers: who is late is told so.
        let mut http = http1::Builder::new();
        http.max_buf_size(heads::LONGEST);
        let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
        let mut told = pin!(pace.told());
        // The connection comes first: it has bytes to read that a stop must not lose.
        tokio::select! {
            biased;
            served = connection.as_mut() => return Some(served),
            () = self.stopped.clone().wait() => {}
            told = told.as_mut() => {
                self.client.ends(told);
                return None;
            }
        }
        connection.as_mut().graceful_shutdown();
        tokio::select! {
            biased;
            served = connection.as_mut() => Some(served),
            told = told => {
                self.client.ends(told);
                None
            }
        }
    }
}

fn tell(served: hyper::Result<()>) {
    if let Err(error) = served {
        debug!(%error, "connection ended");
    }
}
