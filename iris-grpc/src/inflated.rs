//! A body whose compressed messages are inflated before tonic sees them.
//!
//! tonic would inflate by itself, but only the first member of a gzip, and with
//! no limit of the work.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use iris_core::ErrorClass;
use tonic::Status;

use crate::call::Call;
use crate::refusal::Refusal;
use crate::status::Kind;
use crate::{AnyError, prefix};
use iris_serving::inflate::{Compression, InflateError, inflate, most_inflated};
use iris_serving::{self as serving, budget};

/// Passes messages on, inflated if they were compressed; without compression,
/// bytes as they come.
#[derive(Debug)]
pub(crate) struct Inflated<B> {
    body: B,
    messages: Option<Messages>,
}

impl<B> Inflated<B> {
    /// Reads messages of at most as many bytes as the limits say, compressed or not.
    pub(crate) fn new(body: B, compression: Option<Compression>, call: &Arc<Call>) -> Self {
        let messages = |compression| {
            let (call, limit) = (call.clone(), call.context.limits.max_message_size);
            Messages { compression, limit, call, held: BytesMut::new(), next: Next::Prefix }
        };
        Self { body, messages: compression.map(messages) }
    }
}

/// Bytes on their way to be messages.
#[derive(Debug)]
struct Messages {
    compression: Compression,
    limit: usize,
    call: Arc<Call>,
    /// Bytes that came and have not been passed on.
    held: BytesMut,
    next: Next,
}

/// What the held bytes begin with.
#[derive(Debug, Clone, Copy)]
enum Next {
    /// A message's flag and length.
    Prefix,
    /// So many bytes that are passed on as they come.
    Plain(usize),
    /// A compressed message of so many bytes.
    Compressed(usize),
}

impl Messages {
    /// What can be passed on of the bytes held: at most one message, so that the
    /// next is inflated only when it is asked for.
    fn take(&mut self) -> Result<Option<Bytes>, Refusal> {
        if let (Next::Prefix, [flag, a, b, c, d, ..]) = (self.next, &*self.held) {
            let len = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
            if *flag == 1 {
                if len > self.limit {
                    return Err(too_large(format!("{len} bytes, compressed"), self.limit));
                }
                self.held.advance(prefix::LEN);
                self.next = Next::Compressed(len);
            } else {
                // The rest is for tonic to judge, flags that are none included.
                self.next = Next::Plain(prefix::LEN + len);
            }
        }
        match self.next {
            Next::Plain(len) if !self.held.is_empty() => {
                let part = self.held.split_to(len.min(self.held.len()));
                let left = len - part.len();
                self.next = if left == 0 { Next::Prefix } else { Next::Plain(left) };
                Ok(Some(part.freeze()))
            }
            Next::Compressed(len) if self.held.len() >= len => {
                // Twice: as it comes out, and framed again.
                let most = most_inflated(len, self.limit).saturating_mul(2);
                let room = self.call.context.budget.hold_now(budget::Kind::Inflated, most);
                let _room = room.map_err(serving::Refusal::from)?;
                let message = inflate(self.compression, &self.held.split_to(len), self.limit);
                let message = message.map_err(|error| refused(&error, self.limit))?;
                self.next = Next::Prefix;
                Ok(Some(prefix::framed(&message)))
            }
            _ => Ok(None),
        }
    }

    /// Whether the body may end here. Where bytes have been passed on, tonic
    /// sees for itself that more are missing.
    fn is_between(&self) -> bool {
        self.held.is_empty() && !matches!(self.next, Next::Compressed(_))
    }
}

#[cold]
fn too_large(found: String, limit: usize) -> Refusal {
    Refusal::of(
        ErrorClass::TooLarge,
        format!("the message is too large: {found}; the limit is {limit} bytes"),
    )
}

#[cold]
fn refused(error: &InflateError, limit: usize) -> Refusal {
    match error {
        InflateError::TooLarge(_) => too_large("more than that once inflated".to_owned(), limit),
        InflateError::Padded { .. } | InflateError::Members => {
            Refusal::of(ErrorClass::TooLarge, format!("the message is too long for what it holds: {error}"))
        }
        InflateError::Malformed(_) | InflateError::Trailing(_) => {
            Refusal::new(Kind::Broken, format!("error when decompressing the message: {error}"))
        }
    }
}

#[cold]
fn cut_short() -> Status {
    Refusal::new(Kind::Broken, "the body ends within a message").into()
}

impl<B> Body for Inflated<B>
where
    B: Body<Data = Bytes, Error = AnyError> + Unpin,
{
    type Data = Bytes;
    type Error = AnyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let Self { body, messages } = self.get_mut();
        let Some(messages) = messages else { return Pin::new(body).poll_frame(context) };
        loop {
            if let Some(data) = messages.take().map_err(Status::from)? {
                return Poll::Ready(Some(Ok(Frame::data(data))));
            }
            let frame = ready!(Pin::new(&mut *body).poll_frame(context)).transpose()?;
            match frame.map(Frame::into_data) {
                Some(Ok(data)) => messages.held.extend_from_slice(&data),
                _ if !messages.is_between() => return Poll::Ready(Some(Err(cut_short().into()))),
                Some(Err(trailers)) => return Poll::Ready(Some(Ok(trailers))),
                None => return Poll::Ready(None),
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream() && self.messages.as_ref().is_none_or(Messages::is_between)
    }

    fn size_hint(&self) -> SizeHint {
        if self.messages.is_some() { SizeHint::default() } else { self.body.size_hint() }
    }
}
