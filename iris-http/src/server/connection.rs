//! One connection: the fast path for as long as it fits, then hyper.

use std::convert::Infallible;
use std::future::Future;
use std::io::Cursor;
use std::pin::pin;
use std::time::{Duration, SystemTime};

use http::header::DATE;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use iris_serving::budget::Budget;
use iris_serving::net::{Protocol, Stopped};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio_io_timeout::TimeoutWriter;
use tracing::{debug, warn};

use super::answer::FastPath;
use super::date::Date;
use super::drive::drive;
use super::heads::{self, HeadReader, Requests};
use crate::{HttpService, router};

/// What every connection of a listener needs.
pub(super) struct Connections {
    fast_path: FastPath,
    router: axum::Router,
    budget: Budget,
    http: http1::Builder,
    timeout: Duration,
    stopped: Stopped,
}

impl Connections {
    /// A connection may be idle, or sending a head, for `timeout`.
    pub(super) fn new(service: HttpService, timeout: Duration, stopped: Stopped) -> Self {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(timeout).max_buf_size(heads::LONGEST);
        let service = service.for_one_thread();
        let budget = service.catalog().budget().clone();
        Self { router: router(&service), budget, fast_path: FastPath::new(service), http, timeout, stopped }
    }
}

impl Protocol for Connections {
    fn connection(&self, mut stream: TcpStream) -> impl Future<Output = ()> + Send + 'static {
        let (fast_path, timeout) = (self.fast_path.clone(), self.timeout);
        let (router, http, budget) = (self.router.clone(), self.http.clone(), self.budget.clone());
        let stopped = self.stopped.clone();
        async move {
            match drive(&mut stream, &fast_path, timeout, stopped.clone()).await {
                Ok(None) => {}
                Ok(Some(unread)) => hand_over(stream, unread, router, &budget, &http, timeout, stopped).await,
                Err(error) => debug!(%error, "connection ended"),
            }
        }
    }
}

/// Lets hyper and the router serve the rest, beginning with what was read already.
async fn hand_over(
    stream: TcpStream,
    unread: Vec<u8>,
    router: axum::Router,
    budget: &Budget,
    http: &http1::Builder,
    timeout: Duration,
    stopped: Stopped,
) {
    if SystemTime::now() < SystemTime::UNIX_EPOCH {
        warn!("a connection was closed: the clock is before 1970, where hyper panics");
        return;
    }
    let (reader, writer) = stream.into_split();
    // hyper would wait for ever for a client that does not read.
    let mut writer = TimeoutWriter::new(writer);
    writer.set_timeout(Some(timeout));
    let requests = Requests::default();
    let reader = HeadReader::new(Cursor::new(unread).chain(reader), requests.clone(), budget);
    let stream = tokio::io::join(reader, Box::pin(writer));
    let router = TowerToHyperService::new(router);
    let service = service_fn(|request| {
        let under_way = requests.begin();
        let response = router.call(request);
        async {
            let _under_way = under_way;
            let mut response = response.await?;
            if let Some(date) = Date::for_hyper() {
                response.headers_mut().insert(DATE, date);
            }
            Ok::<_, Infallible>(response)
        }
    });
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
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
