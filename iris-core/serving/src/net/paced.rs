//! A stream that accounts for what it waits for.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::pace::Pace;
use super::times::Waits;

/// A stream whose reads and writes tell its [`Pace`] what the client takes its time for.
#[derive(Debug)]
pub struct Paced<S> {
    stream: S,
    pace: Pace,
    /// Whether requests come one after the other, so that what is read between
    /// them is the head of the next.
    in_turn: bool,
}

impl<S> Paced<S> {
    /// Requests come one after the other.
    pub fn in_turn(stream: S, pace: Pace) -> Self {
        Self { stream, pace, in_turn: true }
    }

    /// Requests come together, as in HTTP/2.
    pub fn together(stream: S, pace: Pace) -> Self {
        Self { stream, pace, in_turn: false }
    }

    fn wrote<T>(&self, polled: Poll<io::Result<T>>, n_bytes: impl Fn(&T) -> usize) -> Poll<io::Result<T>> {
        match &polled {
            Poll::Pending => self.pace.go_on(Waits::Answer),
            Poll::Ready(Ok(written)) if self.pace.waits() == Waits::Answer => {
                self.pace.moved(n_bytes(written));
            }
            Poll::Ready(_) => {}
        }
        polled
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { stream, pace, in_turn } = self.get_mut();
        let before = buffer.filled().len();
        let polled = Pin::new(stream).poll_read(context, buffer);
        if *in_turn && !pace.is_in_request() {
            match (&polled, pace.waits()) {
                (Poll::Ready(Ok(())), Waits::Idle | Waits::Silent | Waits::Server)
                    if buffer.filled().len() > before =>
                {
                    pace.go_on(Waits::Head);
                }
                // What was read before makes no whole head.
                (Poll::Pending, Waits::Part) => pace.rename(Waits::Head),
                (Poll::Pending, Waits::Server) => pace.go_on(Waits::Idle),
                _ => {}
            }
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.wrote(polled, |n| *n)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(context, bytes);
        self.wrote(polled, |n| *n)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_flush(context);
        if polled.is_ready() && self.pace.waits() == Waits::Answer {
            self.pace.settle();
        }
        self.wrote(polled, |()| 0)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_shutdown(context);
        self.wrote(polled, |()| 0)
    }
}
