//! One connection: the fast path for as long as it fits, then hyper.

use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::time::{Duration, SystemTime};

use http::header::DATE;
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use iris_serving::Client;
use iris_serving::net::{Protocol, Replayed, Stopped, Stream};
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
    const NAMES: &'static [&'static [u8]] = &[b"http/1.1"];

    fn connection<S: Stream>(&self, mut stream: S) -> impl Future<Output = ()> + Send + 'static {
        let (fast_path, timeout) = (self.fast_path.clone(), self.timeout);
        let (router, http) = (self.router.clone(), self.http.clone());
        let stopped = self.stopped.clone();
        async move {
            match drive(&mut stream, &fast_path, timeout, stopped.clone()).await {
                Ok(None) => stream.close().await,
                Ok(Some(unread)) => hand_over(stream, unread, router, &http, timeout, stopped).await,
                Err(error) => debug!(%error, "connection ended"),
            }
        }
    }
}

/// Bytes of a body that is dear for no ordinary model.
const SHORT: u64 = 2 << 10;

/// Lets hyper and the router serve the rest, beginning with what was read already.
async fn hand_over<S: Stream>(
    stream: S,
    unread: Vec<u8>,
    router: axum::Router,
    http: &http1::Builder,
    timeout: Duration,
    stopped: Stopped,
) {
    if SystemTime::now() < SystemTime::UNIX_EPOCH {
        warn!("a connection was closed: the clock is before 1970, where hyper panics");
        return;
    }
    // hyper would wait for ever for a client that does not read.
    let mut stream = TimeoutWriter::new(Replayed::new(unread, stream));
    stream.set_timeout(Some(timeout));
    let router = TowerToHyperService::new(router);
    let client = Client::new();
    let service = service_fn(|mut request: http::Request<Incoming>| {
        // Only of dear requests does it matter whose they are.
        if request.body().size_hint().upper().is_none_or(|n_bytes| n_bytes > SHORT) {
            request.extensions_mut().insert(client.clone());
        }
        let response = router.call(request);
        async {
            let mut response = response.await?;
            if let Some(date) = Date::for_hyper() {
                response.headers_mut().insert(DATE, date);
            }
            Ok::<_, Infallible>(response)
        }
    });
    let mut connection = pin!(http.serve_connection(TokioIo::new(Box::pin(stream)), service));
    // The connection comes first: it has bytes to read that a stop must not lose.
    let served = tokio::select! {
        biased;
        served = connection.as_mut() => served,
        () = stopped.wait() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        debug!(%error, "connection ended");
    }
}
