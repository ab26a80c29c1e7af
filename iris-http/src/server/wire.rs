//! One connection's common requests, as a machine over buffers.
//!
//! It reads nothing, writes nothing and waits for nothing: whoever drives it
//! does, and says what happened. So it is the same whatever does the I/O, and
//! can be tested without any.

use std::mem;

use iris_serving::Client;

use super::answer::{self, Answers, Arrival, FastPath, LONGEST, LONGEST_DEAR, Rest};

/// The bytes read and not yet answered, and the answers not yet written.
///
/// It begins with [`Step::Read`]. What happens is told to
/// [`received`](Self::received), [`wrote`](Self::wrote),
/// [`silent`](Self::silent) or [`stopped`](Self::stopped), and each says what
/// comes next.
#[derive(Debug)]
pub(super) struct Wire<'s> {
    fast_path: &'s FastPath,
    client: Client,
    input: Vec<u8>,
    output: Vec<u8>,
    /// Bytes of the output that are written.
    written: usize,
    /// What the input begins with once the output is written.
    rest: Rest,
    /// Bytes to come of a request that is refused already.
    unwanted: usize,
    /// Bytes of the request that the input begins with, where it is known to be a long one.
    wanted: usize,
    /// The length of the request before, if it was refused: the next may be the same.
    refused: usize,
}

/// What is to be done next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step<'w> {
    /// Append to [`Wire::spare`] what comes in, and tell [`Wire::received`].
    Read,
    /// Write these, or some of them, and tell [`Wire::wrote`].
    Write(&'w [u8]),
    /// Have what [`Wire::take_dear`] gives answered in the lane, and tell [`Wire::answered`].
    Dear,
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
        let client = Client::new();
        Self {
            fast_path,
            client,
            input,
            output,
            written: 0,
            rest: Rest::Incomplete,
            unwanted: 0,
            refused: 0,
            wanted: 0,
        }
    }

    /// The buffer to read into: at its end, and while there is to be read never full.
    #[inline]
    pub(super) fn spare(&mut self) -> &mut Vec<u8> {
        let room = self.unwanted.max(self.refused).min(LONGEST_DEAR).max(self.wanted);
        if room > self.input.capacity() {
            self.input.reserve(room - self.input.len());
        }
        &mut self.input
    }

    /// So many bytes were appended to the buffer, 0 if no more will come.
    #[inline]
    pub(super) fn received(&mut self, n_bytes: usize, arrival: &Arrival) -> Step<'_> {
        if n_bytes == 0 {
            return Step::Close;
        }
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
        self.answer(arrival);
        self.next()
    }

    /// Takes the request out that is to be answered in the lane.
    pub(super) fn take_dear(&mut self) -> Vec<u8> {
        let mut rest = Vec::with_capacity(LONGEST.max(self.input.len() - self.wanted));
        rest.extend_from_slice(&self.input[self.wanted..]);
        let mut dear = mem::replace(&mut self.input, rest);
        dear.truncate(mem::take(&mut self.wanted));
        dear
    }

    /// The length of the last request, if it was refused because there is too much to do.
    pub(super) fn refused(&self) -> Option<usize> {
        Some(self.refused).filter(|n_bytes| *n_bytes > 0)
    }

    /// Whose share of the lane that takes.
    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// The answer to that; what has come in behind it may be answered as well.
    pub(super) fn answered(&mut self, answer: Vec<u8>, arrival: &Arrival) -> Step<'_> {
        self.output = answer;
        self.answer(arrival);
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
        self.throw_away();
        if self.input.is_empty() { Step::Close } else { self.hand_over() }
    }

    #[inline]
    fn next(&mut self) -> Step<'_> {
        if !self.output.is_empty() {
            return Step::Write(&self.output[self.written..]);
        }
        match self.rest {
            Rest::Incomplete => Step::Read,
            Rest::Dear => Step::Dear,
            Rest::Unusual => self.hand_over(),
        }
    }

    #[inline]
    fn answer(&mut self, arrival: &Arrival) {
        let Answers { consumed, unwanted, rest, wanted, refused } =
            answer::answer((self.fast_path, &self.client), &self.input, arrival, &mut self.output);
        self.input.drain(..consumed);
        (self.rest, self.unwanted, self.wanted, self.refused) = (rest, unwanted, wanted, refused);
        if self.input.capacity() > LONGEST && wanted.max(refused) == 0 {
            self.input.shrink_to(LONGEST);
        }
    }

    /// What has come in of a body that nobody wants.
    #[cold]
    fn throw_away(&mut self) {
        let here = self.unwanted.min(self.input.len());
        self.input.drain(..here);
        self.unwanted -= here;
    }

    fn hand_over(&mut self) -> Step<'static> {
        Step::HandOver(mem::take(&mut self.input))
    }
}

#[cfg(test)]
mod tests;
