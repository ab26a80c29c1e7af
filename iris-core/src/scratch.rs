//! Working memory of a call: the caller's own, or the stack.

use crate::Texts;

/// Working memory for calls, to be made once by
/// [`Predictor::scratch`](crate::Predictor::scratch) and handed to call after call.
///
/// With one, no call allocates, whatever the model's size. It holds no state
/// between calls. One that was made for a smaller model grows at its first
/// call, once; so one scratch may serve several models of one thread.
///
/// # Why it is explicit
///
/// A predictor is immutable and shared by all threads, so memory to work in
/// has to come from somewhere else: a lock or a thread-local would cost each
/// call more than a small model does, and a fresh allocation a large model more
/// than its first layer. The forms without a scratch use the stack for what is
/// small; each says from where on it allocates.
#[derive(Debug, Clone, Default)]
pub struct Scratch {
    numbers: Vec<f64>,
}

/// Numbers that fit on the stack without the zeroing being felt.
const SMALL: usize = 32;

/// Numbers that are still kept on the stack: 16 KiB.
pub(crate) const STACK: usize = 2_048;

impl Scratch {
    /// An empty one, which the first call fills.
    #[must_use]
    pub const fn new() -> Self {
        Self { numbers: Vec::new() }
    }

    pub(crate) fn of_len(len: usize) -> Self {
        Self { numbers: vec![0.0; len] }
    }

    /// The first `len` numbers, whatever they are.
    #[inline]
    pub(crate) fn numbers(&mut self, len: usize) -> &mut [f64] {
        if self.numbers.len() < len {
            self.numbers.resize(len, 0.0);
        }
        &mut self.numbers[..len]
    }
}

/// Where a call takes its working memory from, and the texts that its rows refer to, if any.
#[derive(Debug)]
pub(crate) enum Memory<'s> {
    /// The stack, as far as it goes.
    Stack(Option<&'s Texts>),
    /// A piece of somebody's scratch, long enough for all that the call does.
    Piece(&'s mut [f64], Option<&'s Texts>),
}

impl<'s> Memory<'s> {
    /// The texts that rows refer to.
    pub(crate) fn texts(&self) -> Option<&'s Texts> {
        let (Self::Stack(texts) | Self::Piece(_, texts)) = self;
        *texts
    }

    /// Calls `work` with `len` numbers, whatever they are.
    #[inline(always)]
    pub(crate) fn with<R>(self, len: usize, work: impl FnOnce(&mut [f64]) -> R) -> R {
        match self {
            Self::Stack(_) => on_stack(len, work),
            Self::Piece(numbers, _) => work(&mut numbers[..len]),
        }
    }
}

/// Calls `work` with `len` numbers on the stack; a `Vec` holds them only past [`STACK`].
#[inline(always)]
fn on_stack<R>(len: usize, work: impl FnOnce(&mut [f64]) -> R) -> R {
    match len {
        0..=SMALL => work(&mut [0.0; SMALL][..len]),
        _ if len <= STACK => on_large_stack(len, work),
        _ => work(&mut vec![0.0; len]),
    }
}

/// Kept out of line, so that a small model's call does not touch 16 KiB.
#[inline(never)]
fn on_large_stack<R>(len: usize, work: impl FnOnce(&mut [f64]) -> R) -> R {
    work(&mut [0.0; STACK][..len])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_is_exact() {
        let mut scratch = Scratch::new();
        for len in [0, 1, SMALL, SMALL + 1, STACK, STACK + 1, 1] {
            on_stack(len, |numbers| assert_eq!(numbers.len(), len));
            assert_eq!(scratch.numbers(len).len(), len);
        }
    }
}
