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
    /// Bytes to come of a request that is refused already.
    unwanted: usize,
    /// Whether anything came in since the last call of `silent`.
    heard: bool,
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

/// The most room for what is thrown away.
const UNWANTED: usize = 64 << 10;

/// Room for an answer; what a long one needs on top is given back.
const OUTPUT: usize = 512;

impl<'s> Wire<'s> {
    /// A connection from which nothing was read yet.
    pub(super) fn new(fast_path: &'s FastPath) -> Self {
        let (input, output) = (Vec::with_capacity(LONGEST), Vec::with_capacity(OUTPUT));
        Self { fast_path, input, output, written: 0, rest: Rest::Incomplete, unwanted: 0, heard: false }
    }

    /// The buffer to read into: at its end, and while there is to be read never full.
    #[inline]
    pub(super) fn spare(&mut self) -> &mut Vec<u8> {
        if self.unwanted > 0 {
            self.input.reserve(self.unwanted.min(UNWANTED));
        }
        &mut self.input
    }

    /// So many bytes were appended to the buffer, 0 if no more will come.
    #[inline]
    pub(super) fn received(&mut self, n_bytes: usize, arrival: &Arrival) -> Step<'_> {
        if n_bytes == 0 {
            return Step::Close;
        }
        self.heard = true;
        if self.unwanted > 0 {
            self.throw_away();
            if self.input.is_empty() {
                return Step::Read;
            }
        }
        // The router knows how to part with a client.
        if !self.fast_path.service().catalog().readiness().is_ready() {
            return self.hand_over();
        }
        let Answers { consumed, unwanted, rest } =
            answer::answer(self.fast_path, &self.input, arrival, &mut self.output);
        self.input.drain(..consumed);
        (self.rest, self.unwanted) = (rest, unwanted);
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

    /// As long as a client may be idle has passed since the last call, or since
    /// the beginning. So a silent one is noticed after once to twice that, and
    /// what comes in sets no timer.
    pub(super) fn silent(&mut self) -> Step<'_> {
        if !self.input.is_empty() {
            return self.hand_over();
        }
        if mem::take(&mut self.heard) { Step::Read } else { Step::Close }
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

    /// What has come in of a body that nobody wants.
    #[cold]
    fn throw_away(&mut self) {
        let here = self.unwanted.min(self.input.len());
        self.input.drain(..here);
        self.unwanted -= here;
        if self.unwanted == 0 {
            self.input.shrink_to(LONGEST);
        }
    }

    fn hand_over(&mut self) -> Step<'static> {
        Step::HandOver(mem::take(&mut self.input))
    }
}

#[cfg(test)]
mod tests;
