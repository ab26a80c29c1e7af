//! A body whose incomplete message is held from the connection's memory.
//!
//! tonic collects a message until it is complete. Most come in one piece and
//! cost nothing here; of those that do not, every byte counts, and so does the
//! call itself, and what HTTP/2 has read and keeps while there is no memory.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use iris_serving as serving;
use iris_serving::budget::{Budget, Exceeded, Held, Kind};
use tonic::Status;

use crate::call::Call;
use crate::refusal::Refusal;
use crate::{AnyError, prefix};

/// Of a small message memory is held by so many bytes at a time, as many as a frame of HTTP/2 has.
const STEP: usize = 16 << 10;

/// What a call takes while its client is waited for: mostly the task that waits.
pub(crate) const CALL: usize = 16 << 10;

/// Bytes of a call that HTTP/2 reads before they are asked for.
pub(crate) const UNREAD: u32 = 256 << 10;

/// Passes frames on as soon as there is memory for the message that they are of.
pub(crate) struct Weighed<B> {
    body: B,
    call: Arc<Call>,
    message: Message,
    /// For the call, since its client was first waited for.
    waits: Option<Held>,
    held: Option<Held>,
    waiting: Option<Waiting>,
}

type Room = Pin<Box<dyn Future<Output = Result<Held, Exceeded>> + Send>>;

/// A frame that waits for memory.
struct Waiting {
    room: Room,
    frame: Frame<Bytes>,
    /// For what comes in meanwhile. It is small pieces, of which there are some when
    /// large ones have to wait; where even these are none, nobody waits.
    unread: Vec<Held>,
}

/// Where in a message the bytes end that came so far.
#[derive(Debug, Clone, Copy, Default)]
struct Message {
    /// Of the flag and the length; five when they are complete.
    prefix: [u8; prefix::LEN],
    n_prefix: usize,
    /// Bytes behind these that are still to come.
    left: usize,
    /// Bytes that came, of an incomplete message.
    len: usize,
}

impl Message {
    /// Bytes to hold for it. Once it is no small one, that is all of it, or
    /// messages that grow would wait for each other.
    fn room(&self, limit: usize) -> usize {
        if self.len <= Budget::SMALL {
            return self.len.next_multiple_of(STEP);
        }
        self.len.saturating_add(self.left).min(limit).max(self.len)
    }

    /// Takes more bytes in; returns how many there are of a message that is not complete.
    fn take(&mut self, mut data: &[u8]) -> usize {
        while !data.is_empty() {
            if self.n_prefix < self.prefix.len() {
                let n = data.len().min(self.prefix.len() - self.n_prefix);
                self.prefix[self.n_prefix..][..n].copy_from_slice(&data[..n]);
                self.n_prefix += n;
                self.len += n;
                data = &data[n..];
                if self.n_prefix < self.prefix.len() {
                    break;
                }
                let [_, len @ ..] = self.prefix;
                self.left = u32::from_be_bytes(len) as usize;
            }
            let n = data.len().min(self.left);
            self.left -= n;
            self.len += n;
            data = &data[n..];
            if self.left == 0 {
                *self = Self::default();
            }
        }
        self.len
    }
}

impl<B> Weighed<B> {
    pub(crate) fn new(body: B, call: Arc<Call>) -> Self {
        Self { body, call, message: Message::default(), waits: None, held: None, waiting: None }
    }

    /// Holds so many bytes; a future if that has to wait.
    fn hold(&mut self, len: usize) -> Option<Room> {
        if len == 0 {
            self.held = None;
            return None;
        }
        if self.held.as_ref().is_some_and(|held| held.bytes() >= len) {
            return None;
        }
        let room = self.message.room(self.call.context.limits.max_message_size);
        let mut held = self.held.take().unwrap_or_else(|| self.call.context.budget.nothing(Kind::Bodies));
        Some(Box::pin(async move { held.resize_patiently(room).await.map(|()| held) }))
    }

    /// Holds what the call takes while its client is waited for.
    fn wait(&mut self) -> Result<(), Exceeded> {
        if self.waits.is_none() {
            self.waits = Some(self.call.context.budget.hold_now(Kind::Bodies, CALL)?);
        }
        Ok(())
    }

    /// Holds what may come in while a frame waits: from what all connections have, as
    /// the frame may wait because this one has had its part.
    fn unread(&self) -> Result<Vec<Held>, Exceeded> {
        let piece = |_| self.call.catalog().budget().hold_now(Kind::Bodies, Budget::SMALL);
        (0..UNREAD as usize / Budget::SMALL).map(piece).collect()
    }
}

#[cold]
fn no_room(exceeded: Exceeded) -> Status {
    Refusal::from(serving::Refusal::from(exceeded)).into()
}

impl<B> Body for Weighed<B>
where
    B: Body<Data = Bytes, Error = AnyError> + Unpin,
{
    type Data = Bytes;
    type Error = AnyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = self.get_mut();
        if this.waiting.is_none() {
            let frame = match Pin::new(&mut this.body).poll_frame(context) {
                Poll::Ready(Some(Ok(frame))) => frame,
                Poll::Ready(end) => return Poll::Ready(end),
                Poll::Pending => {
                    return match this.wait() {
                        Ok(()) => Poll::Pending,
                        Err(exceeded) => Poll::Ready(Some(Err(no_room(exceeded).into()))),
                    };
                }
            };
            let len = frame.data_ref().map_or(0, |data| this.message.take(data));
            match this.hold(len) {
                None => return Poll::Ready(Some(Ok(frame))),
                Some(room) => this.waiting = Some(Waiting { room, frame, unread: Vec::new() }),
            }
        }
        let Some(mut waiting) = this.waiting.take() else { return Poll::Ready(None) };
        match waiting.room.as_mut().poll(context) {
            Poll::Ready(Ok(held)) => {
                this.held = Some(held);
                Poll::Ready(Some(Ok(waiting.frame)))
            }
            Poll::Ready(Err(exceeded)) => Poll::Ready(Some(Err(no_room(exceeded).into()))),
            Poll::Pending => {
                if waiting.unread.is_empty() {
                    match this.unread() {
                        Ok(unread) => waiting.unread = unread,
                        Err(exceeded) => return Poll::Ready(Some(Err(no_room(exceeded).into()))),
                    }
                }
                this.waiting = Some(waiting);
                Poll::Pending
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.waiting.is_none() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        if self.waiting.is_some() { SizeHint::default() } else { self.body.size_hint() }
    }
}

impl<B> fmt::Debug for Weighed<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Weighed").field("message", &self.message).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(len: u32) -> Vec<u8> {
        [&[0][..], &len.to_be_bytes(), &vec![7; len as usize]].concat()
    }

    #[test]
    fn whatever_the_cuts_only_an_incomplete_message_counts() {
        let bytes = [framed(10), framed(0), framed(3), framed(300)].concat();
        let ends = [15, 20, 28, 333];
        let begin = |at: usize| ends.iter().copied().filter(|end| *end <= at).max().unwrap_or(0);
        for first in 0..=bytes.len() {
            for second in (first..=bytes.len()).step_by(7) {
                let mut message = Message::default();
                assert_eq!(message.take(&bytes[..first]), first - begin(first));
                assert_eq!(message.take(&bytes[first..second]), second - begin(second));
                assert_eq!(message.take(&bytes[second..]), 0);
            }
        }
    }
}
