//! An answer on its way to a client, as the connection's pace sees it.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use iris_serving::net::{Held, Request};

/// A shorter message is not followed: 128 of them are half a mebibyte.
const LONG: usize = 4 << 10;

/// The body of an answer, with the request that ends with it.
#[derive(Debug)]
pub(super) struct Outgoing<B> {
    body: B,
    request: Request,
}

impl<B> Outgoing<B> {
    pub(super) fn new(body: B, request: Request) -> Self {
        Self { body, request }
    }
}

/// Bytes that HTTP/2 lets go of once they are written.
struct Followed {
    bytes: Bytes,
    _held: Held,
}

impl AsRef<[u8]> for Followed {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Outgoing<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        // A stream with nothing to say is no work; neither is it idle.
        self.request.quiet(polled.is_pending());
        let pace = self.request.pace();
        let follow = |bytes: Bytes| match bytes.len() {
            0..LONG => bytes,
            _ => Bytes::from_owner(Followed { bytes, _held: pace.hold() }),
        };
        polled.map(|frame| frame.map(|frame| frame.map(|frame| frame.map_data(follow))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
