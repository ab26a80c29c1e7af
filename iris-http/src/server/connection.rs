//! One connection: the fast path for as long as it fits, then hyper.

use std::convert::Infallible;
use std::future::Future;
use std::io::Cursor;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use http::header::{CONNECTION, DATE};
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use iris_serving::net::{Protocol, Stopped, Stream};
use iris_serving::timeouts::timeout;
use iris_serving::{Client, asked_by};
use tokio::io::AsyncReadExt;
use tokio_io_timeout::TimeoutWriter;
use tracing::{debug, warn};

use super::answer::FastPath;
use super::date::Date;
use super::drive::drive;
use super::framing::{Ambiguity, Followed};
use super::heads::{self, HeadReader, Requests};
use super::http2::{self, Http2};
use super::linger::linger;
use super::strict;
use crate::{HttpService, router};

/// What every connection of a listener needs.
pub(super) struct Connections {
    fast_path: FastPath,
    router: axum::Router,
    http: http1::Builder,
    http2: Http2,
    timeout: Duration,
    stopped: Stopped,
}

impl Connections {
    /// A connection may be idle, or sending a head, for `timeout`.
    pub(super) fn new(service: HttpService, timeout: Duration, stopped: Stopped) -> Self {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(timeout).max_buf_size(heads::LONGEST);
        let (service, http2) = (service.for_one_thread(), Http2::new(timeout));
        Self { router: router(&service), fast_path: FastPath::new(service), http, http2, timeout, stopped }
    }
}

impl Protocol for Connections {
    const NAMES: &'static [&'static [u8]] = &[b"h2", b"http/1.1"];

    fn connection<S: Stream>(&self, mut stream: S) -> impl Future<Output = ()> + Send + 'static {
        let peer = stream.peer().map(|address| address.ip());
        let (fast_path, timeout) = (self.fast_path.clone().asked_by(peer), self.timeout);
        let (router, http, http2) = (self.router.clone(), self.http.clone(), self.http2.clone());
        let stopped = self.stopped.clone();
        async move {
            match drive(&mut stream, &fast_path, timeout, stopped.clone()).await {
                Ok(None) => stream.close().await,
                Ok(Some(unread)) => {
                    let hand_over = HandOver { service: fast_path.service(), router, http, timeout, stopped };
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
    router: axum::Router,
    http: http1::Builder,
    timeout: Duration,
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
                    let Self { service, router, timeout, stopped, .. } = self;
                    let served = http2.serve(stream, unread, service, router, timeout, stopped).await;
                    return tell(served);
                }
                Some(Ok(false)) => {}
                Some(Err(error)) => return debug!(%error, "connection ended"),
                None => return debug!("a client did not say in time what it speaks"),
            }
        }
        let parting = AtomicBool::new(false);
        let served = self.serve_http1(&mut stream, unread, &parting).await;
        let unreadable = served.as_ref().err().filter(|error| error.is_parse());
        if let Some(error) = unreadable {
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

    /// What comes of it in the time for a head, and before the server stops.
    async fn before_the_stop<F: Future>(&self, future: F) -> Option<F::Output> {
        tokio::select! {
            biased;
            output = timeout(self.timeout, future) => output,
            () = self.stopped.clone().wait() => None,
        }
    }

    /// Serves HTTP/1. Sets `parting` if the last answer told the client to go,
    /// which may have been sending.
    async fn serve_http1<S: Stream>(
        &self,
        stream: &mut S,
        unread: Vec<u8>,
        parting: &AtomicBool,
    ) -> hyper::Result<()> {
        let (ambiguity, n_requests) = (Ambiguity::none(), AtomicU64::new(0));
        let (reader, writer) = tokio::io::split(stream);
        // hyper would wait for ever for a client that does not read.
        let mut writer = TimeoutWriter::new(writer);
        writer.set_timeout(Some(self.timeout));
        let requests = Requests::default();
        let reader = Cursor::new(unread).chain(reader);
        let reader = HeadReader::new(reader, requests.clone(), self.service.catalog().budget());
        let stream = tokio::io::join(Followed::new(reader, &ambiguity), Box::pin(writer));
        let router = TowerToHyperService::new(self.router.clone());
        let client = Client::new();
        let service = service_fn(|mut request: http::Request<Incoming>| {
            // Only of dear requests does it matter whose they are.
            if request.body().size_hint().upper().is_none_or(|n_bytes| n_bytes > SHORT) {
                request.extensions_mut().insert(client.clone());
            }
            let under_way = requests.begin();
            let is_ambiguous = ambiguity.is_before(n_requests.fetch_add(1, Ordering::Relaxed));
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
                Ok::<_, Infallible>(response)
            }
        });
        let mut connection = pin!(self.http.serve_connection(TokioIo::new(stream), service));
        // The connection comes first: it has bytes to read that a stop must not lose.
        tokio::select! {
            biased;
            served = connection.as_mut() => served,
            () = self.stopped.clone().wait() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        }
    }
}

fn tell(served: hyper::Result<()>) {
    if let Err(error) = served {
        debug!(%error, "connection ended");
    }
}
