//! HTTP/2 at the same door: known by the preface that a client begins with.

use std::convert::Infallible;
use std::io;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http2::Builder;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use iris_serving::net::{
    Client, Flow, HTTP2_PREFACE as PREFACE, Outgoing, Paced, Replayed, Stopped, Stream, Told, Waits,
};
use iris_serving::{self as serving, asked_by, peer};
use tokio::io::AsyncReadExt;
use tokio::time::timeout;

use super::strict;
use crate::HttpService;

/// Requests at a time on one connection; a client waits with more.
const MAX_STREAMS: u32 = 128;
/// Bytes of a request's headers, unpacked.
const MAX_HEADERS: u32 = 16 << 10;
/// Bytes that a client may send of a body, and of all bodies of a connection,
/// before anybody has read them.
const STREAM_WINDOW: u32 = 256 << 10;
const CONNECTION_WINDOW: u32 = 1 << 20;
/// Bytes of an answer that wait for the client's window.
const MAX_SEND_BUFFER: usize = 64 << 10;
/// Streams that a client may have reset before anybody has looked at them, and
/// resets of ours that it may bring about; who does more is sent away.
const MAX_RESETS: usize = 20;
const MAX_ERRORS: usize = 64;

/// How long what is under way may take once a client is told to go for being late.
const PARTING: Duration = Duration::from_secs(5);

/// How connections are served.
#[derive(Debug, Clone)]
pub(super) struct Http2(Builder<TokioExecutor>);

impl Http2 {
    pub(super) fn new() -> Self {
        let mut builder = Builder::new(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .max_concurrent_streams(MAX_STREAMS)
            .max_header_list_size(MAX_HEADERS)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_send_buf_size(MAX_SEND_BUFFER)
            .max_pending_accept_reset_streams(MAX_RESETS)
            .max_local_error_reset_streams(MAX_ERRORS);
        Self(builder)
    }

    /// Serves a connection of which the preface is in `unread`, until the client
    /// leaves, waits for too long, or the stop. `None` if it was cut off.
    pub(super) async fn serve(
        &self,
        stream: &mut impl Stream,
        unread: Vec<u8>,
        service: &HttpService,
        (client, router): (&Client, Router),
        stopped: Stopped,
    ) -> Option<hyper::Result<()>> {
        let (pace, flow) = (client.pace(), Flow::many());
        let stream = flow.watched(Replayed::new(unread, stream));
        let stream = Paced::together(stream, pace.clone());
        // A stream has a task of its own.
        let peer = peer();
        let (service, of_requests, calls) = (service.clone(), pace.clone(), flow.clone());
        let router = TowerToHyperService::new(router);
        let share = serving::Client::new();
        let budget = service.catalog().budget().of_connection();
        let answering = service_fn(move |mut request: Request<Incoming>| {
            let (under_way, flow, call) = (of_requests.request(), calls.clone(), calls.call());
            request.extensions_mut().insert(share.clone());
            request.extensions_mut().insert(budget.clone());
            let request = request.map(|body| flow.asking(body));
            let answered = strict::refusal(&service, &request, false).ok_or_else(|| router.call(request));
            async move {
                let response = match answered {
                    Ok(refused) => refused,
                    Err(answered) => asked_by(peer, answered).await?,
                };
                let response = response.map(|body| flow.answering(Outgoing::new(body, under_way)));
                drop(call);
                Ok::<_, Infallible>(response)
            }
        });
        let mut connection = pin!(self.0.serve_connection(TokioIo::new(stream), answering));
        let mut watch = flow.watch(&stopped);
        let told = tokio::select! {
            biased;
            served = connection.as_mut() => {
                watch.over();
                return Some(served);
            }
            told = pace.told() => Some(told),
            () = stopped.clone().wait() => None,
        };
        if told == Some(Told::Late(Waits::Answer)) {
            client.ends(Told::Late(Waits::Answer));
            return None;
        }
        connection.as_mut().graceful_shutdown();
        let Some(told) = told else {
            return watch.part(connection, |_| ()).await;
        };
        client.ends(told);
        // Who is silent may not answer that either.
        timeout(PARTING, connection).await.ok()
    }
}

/// Whether the preface may begin with these bytes, or they with it.
pub(super) fn may_be_preface(bytes: &[u8]) -> bool {
    let n = bytes.len().min(PREFACE.len());
    n > 0 && bytes[..n] == PREFACE[..n]
}

/// Reads on behind `unread` until it is the preface, or can no longer become it.
///
/// # Errors
///
/// If the connection breaks, or ends.
pub(super) async fn has_preface(stream: &mut impl Stream, unread: &mut Vec<u8>) -> io::Result<bool> {
    while may_be_preface(unread) {
        if unread.len() >= PREFACE.len() {
            return Ok(true);
        }
        if stream.read_buf(unread).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(false)
}
