//! An answer on its way to a client over HTTP/2, as the connection's pace sees it.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::pace::{Held, Request};

/// A shorter message is not followed: 128 of them are half a mebibyte.
const LONG: usize = 4 << 10;

/// The body of an answer where many are under way, with the request that ends with it.
///
/// It is followed while HTTP/2 does not ask for more of it, as there is no room at the
/// client for what it has, and what of it is long until that is written: so a
/// connection that takes none of its answers is late, whatever else it is busy with.
#[derive(Debug)]
pub struct Outgoing<B> {
    body: B,
    request: Request,
    /// From the beginning, and from each piece on, until it is asked for more.
    at_client: Option<Held>,
}

impl<B> Outgoing<B> {
    /// The answer to `request`.
    pub fn new(body: B, request: Request) -> Self {
        let at_client = Some(request.pace().hold());
        Self { body, request, at_client }
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
        self.at_client = None;
        let polled = Pin::new(&mut self.body).poll_frame(context);
        // A stream with nothing to say is no work; neither is it idle.
        self.request.quiet(polled.is_pending());
        let pace = self.request.pace();
        let at_client =
            matches!(&polled, Poll::Ready(Some(Ok(frame))) if frame.is_data()).then(|| pace.hold());
        let follow = |bytes: Bytes| match bytes.len() {
            0..LONG => bytes,
            _ => Bytes::from_owner(Followed { bytes, _held: pace.hold() }),
        };
        let polled = polled.map(|frame| frame.map(|frame| frame.map(|frame| frame.map_data(follow))));
        self.at_client = at_client;
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::future::poll_fn;

    use super::super::Pace;
    use super::super::times::Waits;
    use super::*;

    /// One frame, and then silence.
    struct Once(Option<Bytes>);

    impl Body for Once {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            self.0.take().map_or(Poll::Pending, |bytes| Poll::Ready(Some(Ok(Frame::data(bytes)))))
        }
    }

    async fn poll(body: &mut Outgoing<Once>) -> Option<Bytes> {
        poll_fn(|context| match Pin::new(&mut *body).poll_frame(context) {
            Poll::Ready(frame) => Poll::Ready(frame.and_then(|frame| frame.unwrap().into_data().ok())),
            Poll::Pending => Poll::Ready(None),
        })
        .await
    }

    #[tokio::test]
    async fn what_is_long_is_held_until_it_is_let_go_of() {
        for (len, is_held) in [(LONG - 1, false), (LONG, true)] {
            let pace = Pace::alone();
            let mut body = Outgoing::new(Once(Some(vec![7; len].into())), pace.request());
            let bytes = poll(&mut body).await.unwrap();
            assert!(pace.holds(), "more of it is not asked for");
            let part = bytes.slice(..1);
            drop((bytes, body));
            assert_eq!(pace.holds(), is_held);
            drop(part);
            assert!(!pace.holds());
        }
    }

    #[tokio::test]
    async fn what_nobody_asks_for_is_held() {
        let pace = Pace::alone();
        let mut body = Outgoing::new(Once(None), pace.request());
        assert!(pace.holds());
        poll(&mut body).await;
        assert!(!pace.holds());
    }

    #[tokio::test]
    async fn a_stream_with_nothing_to_say_is_no_work() {
        let pace = Pace::alone();
        let mut body = Outgoing::new(Once(None), pace.request());
        assert_eq!(poll(&mut body).await, None);
        assert_eq!(pace.waits(), Waits::Stream);
    }
}
