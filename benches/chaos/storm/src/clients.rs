//! The clients of HTTP/1.1: connections that are kept, and more of them when all are busy.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::spawn_local;
use tokio::time::timeout_at;

use crate::answer::End;
use crate::cli::Cli;
use crate::http1;
use crate::phase::Due;

/// All connections to one server.
#[derive(Debug)]
pub(crate) struct Clients {
    address: SocketAddr,
    request: Bytes,
    deadline: Duration,
    most: usize,
    fresh: bool,
    state: RefCell<State>,
}

#[derive(Debug, Default)]
struct State {
    connections: usize,
    /// Connections with nothing to do, the last used one last.
    idle: Vec<oneshot::Sender<Due>>,
    /// Requests that found no connection.
    waiting: VecDeque<Due>,
}

impl Clients {
    pub(crate) fn open(cli: &Cli) -> io::Result<Self> {
        Ok(Self {
            address: cli.address,
            request: fs::read(&cli.request)?.into(),
            deadline: cli.deadline(),
            most: cli.connections,
            fresh: cli.fresh,
            state: RefCell::default(),
        })
    }

    /// Sends it on an idle connection, on a new one, or on the first that is free.
    pub(crate) fn send(self: &Rc<Self>, mut due: Due) {
        let mut state = self.state.borrow_mut();
        while let Some(idle) = state.idle.pop() {
            // One that was closed meanwhile gives the request back.
            match idle.send(due) {
                Ok(()) => return,
                Err(back) => due = back,
            }
        }
        if state.connections < self.most {
            state.connections += 1;
            spawn_local(Rc::clone(self).connection(due));
        } else {
            state.waiting.push_back(due);
        }
    }

    /// A connection's life; as it ends, who waits gets one of its own.
    async fn connection(self: Rc<Self>, first: Due) {
        self.requests(first).await;
        let next = self.next_waiting();
        match next {
            Some(due) => {
                spawn_local(self.connection_again(due));
            }
            None => self.state.borrow_mut().connections -= 1,
        }
    }

    /// Boxed, as a future cannot hold itself.
    fn connection_again(self: Rc<Self>, due: Due) -> std::pin::Pin<Box<dyn Future<Output = ()>>> {
        Box::pin(self.connection(due))
    }

    async fn requests(&self, first: Due) {
        let until = (first.at + self.deadline).into();
        let mut stream = match timeout_at(until, TcpStream::connect(self.address)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(_)) => return first.ended(End::Connect),
            Err(_) => return first.ended(End::Deadline),
        };
        // Who gives up resets, so that ports are free at once.
        if stream.set_nodelay(true).and_then(|()| stream.set_zero_linger()).is_err() {
            return first.ended(End::Connect);
        }
        let mut due = Some(first);
        while let Some(request) = due.take() {
            let until = (request.at + self.deadline).into();
            match timeout_at(until, http1::exchange(&mut stream, &self.request)).await {
                Err(_) => return request.ended(End::Deadline),
                Ok(Err(_)) => return request.ended(End::Broken),
                Ok(Ok(answer)) => {
                    request.ended(End::of_http(answer.status));
                    if self.fresh || !answer.keeps {
                        return;
                    }
                }
            }
            due = match self.next_waiting() {
                Some(due) => Some(due),
                None => self.told(&stream).await,
            };
        }
    }

    /// The next request for an idle connection; none once the server has closed it.
    async fn told(&self, stream: &TcpStream) -> Option<Due> {
        let (sender, mut receiver) = oneshot::channel();
        self.state.borrow_mut().idle.push(sender);
        tokio::select! {
            biased;
            due = &mut receiver => due.ok(),
            // Nothing is to be read of an idle connection but its end.
            _ = stream.readable() => {
                receiver.close();
                receiver.try_recv().ok()
            }
        }
    }

    /// The first that waits and whose client still does.
    fn next_waiting(&self) -> Option<Due> {
        let mut state = self.state.borrow_mut();
        while let Some(due) = state.waiting.pop_front() {
            if Instant::now() < due.at + self.deadline {
                return Some(due);
            }
            due.ended(End::Unsent);
        }
        None
    }
}
