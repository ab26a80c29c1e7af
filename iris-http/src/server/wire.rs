//! One connection's common requests, as a machine over buffers.
//!
//! It reads nothing, writes nothing and waits for nothing: whoever drives it
//! does, and says what happened. So it is the same whatever does the I/O, and
//! can be tested without any.

use std::mem;

use super::answer::{self, Answers, Arrival, FastPath, LONGEST, Rest};

/// The bytes read and not yet answered, and the answers not yet written.
///
/// It begins with [`Step::Read`]. What happens is told to
/// [`received`](Self::received), [`wrote`](Self::wrote),
/// [`silent`](Self::silent) or [`stopped`](Self::stopped), and each says what
/// comes next.
#[derive(Debug)]
pub(super) struct Wire<'s> {
    fast_path: &'s FastPath,
    input: Vec<u8>,
    output: Vec<u8>,
    /// Bytes of the output that are written.
    written: usize,
    /// What the input begins with once the output is written.
    rest: Rest,
}

/// What is to be done next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step<'w> {
    /// Append to [`Wire::spare`] what comes in, and tell [`Wire::received`].
    Read,
    /// Write these, or some of them, and tell [`Wire::wrote`].
    Write(&'w [u8]),
    /// Let somebody else go on, who begins with these bytes.
    HandOver(Vec<u8>),
    /// Close the connection; nothing is in flight.
    Close,
}

/// Room for an answer; what a long one needs on top is given back.
const OUTPUT: usize = 512;

impl<'s> Wire<'s> {
    /// A connection from which nothing was read yet.
    pub(super) fn new(fast_path: &'s FastPath) -> Self {
        let (input, output) = (Vec::with_capacity(LONGEST), Vec::with_capacity(OUTPUT));
        Self { fast_path, input, output, written: 0, rest: Rest::Incomplete }
    }

    /// The buffer to read into: at its end, and while there is to be read never full.
    #[inline]
    pub(super) fn spare(&mut self) -> &mut Vec<u8> {
        &mut self.input
    }

    /// So many bytes were appended to the buffer, 0 if no more will come.
    #[inline]
    pub(super) fn received(&mut self, n_bytes: usize, arrival: &Arrival) -> Step<'_> {
        if n_bytes == 0 {
            return Step::Close;
        }
        // The router knows how to part with a client.
        if !self.fast_path.service().catalog().readiness().is_ready() {
            return self.hand_over();
        }
        let Answers { consumed, rest } =
            answer::answer(self.fast_path, &self.input, arrival, &mut self.output);
        self.input.drain(..consumed);
        self.rest = rest;
        self.next()
    }

    /// So many of the bytes to be written were written.
    #[inline]
    pub(super) fn wrote(&mut self, n_bytes: usize) -> Step<'_> {
        self.written += n_bytes;
        if self.written >= self.output.len() {
            self.written = 0;
            self.output.clear();
            self.output.shrink_to(OUTPUT);
        }
        self.next()
    }

    /// Whether part of a request is there.
    #[inline]
    pub(super) fn is_in_request(&self) -> bool {
        !self.input.is_empty()
    }

    /// The client was silent for too long: for a request that it has begun there
    /// is somebody else who waits longer.
    pub(super) fn silent(&mut self) -> Step<'_> {
        if self.is_in_request() { self.hand_over() } else { Step::Close }
    }

    /// The server stops, and what has come in until then is in the buffer.
    ///
    /// A request among that is answered elsewhere, where the client is told that
    /// the connection closes.
    pub(super) fn stopped(&mut self) -> Step<'_> {
        if self.input.is_empty() { Step::Close } else { self.hand_over() }
    }

    #[inline]
    fn next(&mut self) -> Step<'_> {
        if !self.output.is_empty() {
            return Step::Write(&self.output[self.written..]);
        }
        match self.rest {
            Rest::Incomplete => Step::Read,
            Rest::Unusual => self.hand_over(),
        }
    }

    fn hand_over(&mut self) -> Step<'static> {
        Step::HandOver(mem::take(&mut self.input))
    }
}

#[cfg(test)]
mod tests;
