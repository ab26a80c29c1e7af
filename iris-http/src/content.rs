//! The body of an answer, with the memory that it takes.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use iris_serving::budget::Held;

/// An answer, whole or in pieces.
#[derive(Debug)]
pub(crate) enum Written {
    /// All of it.
    Whole(Vec<u8>),
    /// What it is written from.
    Pieces(Box<dyn Pieces>),
}

/// A long answer that is written while the client reads.
pub(crate) trait Pieces: fmt::Debug + Send {
    /// The next piece of the text; `None` behind the last.
    fn next(&mut self) -> Option<Bytes>;

    /// Bytes that are in memory until the last piece is written.
    fn held(&self) -> usize;
}

/// What is sent, whole or as it is written.
#[derive(Debug)]
pub(crate) struct Content {
    form: Form,
    /// Given back when the client has it, or has gone.
    held: Option<Held>,
}

#[derive(Debug)]
enum Form {
    Whole(Full<Bytes>),
    Pieces {
        pieces: Box<dyn Pieces>,
        /// Whether a piece was just written, after which others have their turn.
        has_written: bool,
    },
}

impl Content {
    /// Takes what memory is held for it; of that it keeps what it takes.
    pub(crate) fn hold(&mut self, mut held: Held) {
        let len = match &self.form {
            Form::Whole(whole) => usize::try_from(whole.size_hint().lower()).unwrap_or(usize::MAX),
            Form::Pieces { pieces, .. } => pieces.held(),
        };
        if len < held.bytes() {
            // Fewer bytes always can be held.
            let _ = held.resize(len);
        }
        self.held = Some(held);
    }
}

impl Body for Content {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match &mut self.get_mut().form {
            Form::Whole(whole) => Pin::new(whole).poll_frame(context),
            Form::Pieces { has_written, .. } if *has_written => {
                *has_written = false;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Form::Pieces { pieces, has_written } => {
                let piece = pieces.next();
                *has_written = piece.is_some();
                Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.form {
            Form::Whole(whole) => whole.is_end_stream(),
            Form::Pieces { .. } => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.form {
            Form::Whole(whole) => whole.size_hint(),
            Form::Pieces { .. } => SizeHint::default(),
        }
    }
}

impl From<Full<Bytes>> for Content {
    fn from(whole: Full<Bytes>) -> Self {
        Self { form: Form::Whole(whole), held: None }
    }
}

impl From<Vec<u8>> for Content {
    fn from(whole: Vec<u8>) -> Self {
        Full::new(Bytes::from(whole)).into()
    }
}

impl From<Written> for Content {
    fn from(written: Written) -> Self {
        match written {
            Written::Whole(whole) => whole.into(),
            Written::Pieces(pieces) => Self { form: Form::Pieces { pieces, has_written: false }, held: None },
        }
    }
}
