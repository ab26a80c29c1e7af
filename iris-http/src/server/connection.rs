//! One connection: the fast path for as long as it fits, then hyper.

use std::convert::Infallible;
use std::future::Future;
use std::io::Cursor;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime};

use http::header::{CONNECTION, DATE};
use http::{HeaderValue, Request};
use hyper::body::Body as _;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use iris_serving::net::{
    Client, Closed, Cut, Flow, Paced, Protocol, STOP_PATIENCE, Stopped, Stream, Told, linger,
};
use iris_serving::{self as serving, asked_by};
use tokio::io::AsyncReadExt;
use tokio::time::sleep;
use tracing::{debug, warn};

use super::answer::FastPath;
use super::date::Date;
use super::drive::{Driven, drive};
use super::framing::{Ambiguity, Followed};
use super::heads::{self, HeadReader, Requests};
use super::http2::{self, Http2};
use super::in_turn::{Incoming, Outgoing};
use super::slice::Slice;
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
            let driven = match fast_path {
                Some(fast_path) => drive(&mut stream, &client, &fast_path, &stopped).await,
                None => Ok(Driven::HandOver(Vec::new())),
            };
            match driven {
                Ok(Driven::Over) => linger(&mut stream).await,
                Ok(Driven::LetGo) => stream.close().await,
                Ok(Driven::HandOver(unread)) => {
                    let hand_over = HandOver { service: &service, client: &client, router, stopped };
                    let is_over = asked_by(peer, hand_over.serve(&mut stream, unread, &http2)).await;
                    if is_over {
                        linger(&mut stream).await;
                    }
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
    /// Whether it came to an end, and was not cut off.
    async fn serve<S: Stream>(self, stream: &mut S, mut unread: Vec<u8>, http2: &Http2) -> bool {
        if SystemTime::now() < SystemTime::UNIX_EPOCH {
            warn!("a connection was closed: the clock is before 1970, where hyper panics");
            return true;
        }
        if http2::may_be_preface(&unread) {
            match self.before_the_stop(http2::has_preface(stream, &mut unread)).await {
                Some(Ok(true)) => {
                    let Self { service, client, router, stopped } = self;
                    let served = http2.serve(stream, unread, service, (client, router), stopped).await;
                    return is_over(served);
                }
                Some(Ok(false)) => {}
                Some(Err(error)) => {
                    debug!(%error, "connection ended");
                    return true;
                }
                None => {
                    debug!("a client did not say in time what it speaks");
                    return false;
                }
            }
        }
        let served = self.serve_http1(stream, unread).await;
        if let Some(Err(error)) = &served
            && error.is_parse()
        {
            self.client.closed(Closed::Malformed);
            strict::count_unreadable(self.service, error);
        }
        is_over(served)
    }

    /// What comes of it before the client is late, and not long after the server stops.
    async fn before_the_stop<F: Future>(&self, future: F) -> Option<F::Output> {
        let too_late = async {
            self.stopped.clone().wait().await;
            sleep(STOP_PATIENCE).await;
        };
        tokio::select! {
            biased;
            output = future => Some(output),
            () = too_late => {
                self.stopped.cut(Cut::Request);
                None
            }
            told = self.client.pace().told() => self.ends(told),
        }
    }

    /// Serves HTTP/1; `None` if the client was too late, or its place was needed.
    async fn serve_http1<S: Stream>(&self, stream: &mut S, unread: Vec<u8>) -> Option<hyper::Result<()>> {
        let (ambiguity, n_requests) = (Ambiguity::none(), AtomicU64::new(0));
        let (pace, flow) = (self.client.pace(), Flow::one_at_a_time());
        let (reader, writer) = tokio::io::split(stream);
        let requests = Requests::default();
        let reader = Cursor::new(unread).chain(reader);
        let reader = HeadReader::new(reader, requests.clone(), self.service.catalog().budget());
        let stream = flow.watched(tokio::io::join(Followed::new(reader, &ambiguity), writer));
        let stream = Paced::in_turn(stream, pace.clone());
        let router = TowerToHyperService::new(self.router.clone());
        let (client, slice) = (serving::Client::new(), Slice::new(Instant::now()));
        let service = service_fn(|mut request: Request<hyper::body::Incoming>| {
            let (answering, call) = (pace.request(), flow.call());
            // Only of dear requests does it matter whose they are.
            if request.body().size_hint().upper().is_none_or(|n_bytes| n_bytes > SHORT) {
                request.extensions_mut().insert(client.clone());
            }
            let under_way = requests.begin();
            let is_ambiguous = ambiguity.is_before(n_requests.fetch_add(1, Ordering::Relaxed));
            let request = request.map(|body| flow.asking(Incoming::new(body, pace.clone())));
            let answered =
                strict::refusal(self.service, &request, is_ambiguous).ok_or_else(|| router.call(request));
            let (flow, stopped, slice) = (&flow, &self.stopped, &slice);
            async move {
                let _under_way = under_way;
                slice.turn().await;
                let mut response = match answered {
                    Ok(refused) => refused,
                    Err(answered) => answered.await?,
                };
                if let Some(date) = Date::for_hyper() {
                    response.headers_mut().insert(DATE, date);
                }
                // The next request is to go elsewhere, as the client learns by this answer.
                if stopped.is_told() {
                    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                }
                let response = response.map(|body| flow.answering(Outgoing::new(body, answering)));
                drop(call);
                slice.answered();
                Ok::<_, Infallible>(response)
            }
        });
        // Without hyper's timers: who is late is told so.
        let mut http = http1::Builder::new();
        http.max_buf_size(heads::LONGEST);
        let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
        let mut watch = flow.watch(&self.stopped);
        let mut told = pin!(pace.told());
        // The connection comes first: it has bytes to read that a stop must not lose.
        tokio::select! {
            biased;
            served = connection.as_mut() => {
                watch.over();
                return Some(served);
            }
            () = self.stopped.clone().wait() => {}
            told = told.as_mut() => {
                watch.over();
                return self.ends(told);
            }
        }
        // What is idle is left open for a while, for a request that is on its way.
        tokio::select! {
            biased;
            served = watch.part(connection.as_mut(), http1::Connection::graceful_shutdown) => served,
            told = told => self.ends(told),
        }
    }

    /// Counts that the connection ends because of what it was told.
    fn ends<T>(&self, told: Told) -> Option<T> {
        self.client.ends(told);
        None
    }
}

/// Whether it came to an end, and was not cut off.
fn is_over(served: Option<hyper::Result<()>>) -> bool {
    match served {
        Some(Ok(())) => true,
        Some(Err(error)) => {
            debug!(%error, "connection ended");
            true
        }
        None => false,
    }
}
