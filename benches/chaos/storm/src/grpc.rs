//! The clients of gRPC: a few connections, and a stream for each call.

use std::cell::Cell;
use std::fs;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use h2::client::{ResponseFuture, SendRequest};
use http::{HeaderMap, Method, Request};
use tokio::net::TcpStream;
use tokio::task::spawn_local;
use tokio::time::timeout_at;

use crate::answer::End;
use crate::cli::Cli;
use crate::phase::Due;

/// More than any answer needs, so that flow control never waits for the client.
const WINDOW: u32 = 64 * 1024 * 1024;

/// All connections to one server.
#[derive(Debug)]
pub(crate) struct Channels {
    uri: String,
    message: Bytes,
    deadline: Duration,
    connections: Vec<SendRequest<Bytes>>,
    next: Cell<usize>,
}

impl Channels {
    pub(crate) async fn open(cli: &Cli, path: &str) -> io::Result<Self> {
        let body = fs::read(&cli.request)?;
        let mut message = BytesMut::with_capacity(5 + body.len());
        message.put_u8(0);
        message.put_u32(u32::try_from(body.len()).map_err(io::Error::other)?);
        message.put_slice(&body);
        let mut connections = Vec::new();
        for _ in 0..cli.connections {
            let stream = TcpStream::connect(cli.address).await?;
            stream.set_nodelay(true)?;
            let (channel, connection) = h2::client::Builder::new()
                .initial_window_size(WINDOW)
                .initial_connection_window_size(WINDOW)
                .handshake(stream)
                .await
                .map_err(io::Error::other)?;
            spawn_local(connection);
            connections.push(channel);
        }
        Ok(Self {
            uri: format!("http://{}{path}", cli.address),
            message: message.freeze(),
            deadline: cli.deadline(),
            connections,
            next: Cell::new(0),
        })
    }

    /// Calls on the connection whose turn it is.
    pub(crate) fn send(self: &Rc<Self>, due: Due) {
        let index = self.next.get();
        self.next.set((index + 1) % self.connections.len());
        let this = Rc::clone(self);
        spawn_local(async move {
            let until = (due.at + this.deadline).into();
            let end = match timeout_at(until, this.call(this.connections[index].clone())).await {
                Ok(Ok(code)) => End::of_grpc(code),
                Ok(Err(error)) if was_not_taken(&error) => End::Connect,
                Ok(Err(_)) => End::Broken,
                Err(_) => End::Deadline,
            };
            due.ended(end);
        });
    }

    async fn call(&self, channel: SendRequest<Bytes>) -> Result<u16, h2::Error> {
        // A connection that takes no more calls had none of this one.
        let mut channel = channel.ready().await.map_err(|_| h2::Reason::REFUSED_STREAM)?;
        let request = Request::builder()
            .method(Method::POST)
            .uri(&self.uri)
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .body(())
            .map_err(|_| h2::Reason::INTERNAL_ERROR)?;
        let (answer, mut stream) = channel.send_request(request, false)?;
        stream.send_data(self.message.clone(), true)?;
        read(answer).await
    }
}

/// Whether the server said that it has not begun with a call, so that it may be made elsewhere.
fn was_not_taken(error: &h2::Error) -> bool {
    let is_parting = error.is_go_away() && error.is_remote() && error.reason() == Some(h2::Reason::NO_ERROR);
    is_parting || error.reason() == Some(h2::Reason::REFUSED_STREAM)
}

/// The code of an answer, in its trailers or, where there is nothing else, in its head.
async fn read(answer: ResponseFuture) -> Result<u16, h2::Error> {
    let (head, mut body) = answer.await?.into_parts();
    if let Some(code) = code_of(&head.headers) {
        return Ok(code);
    }
    while let Some(piece) = body.data().await {
        let length = piece?.len();
        body.flow_control().release_capacity(length)?;
    }
    let trailers = body.trailers().await?;
    trailers.as_ref().and_then(code_of).ok_or_else(|| h2::Reason::PROTOCOL_ERROR.into())
}

fn code_of(headers: &HeaderMap) -> Option<u16> {
    headers.get("grpc-status")?.to_str().ok()?.parse().ok()
}
