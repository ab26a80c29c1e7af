//! What became of messages.

use std::fmt;
use std::ops::AddAssign;

/// How many messages ended in which way.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) answered: u64,
    /// Those that can never be answered, set aside or terminated.
    pub(super) refused: u64,
    /// Of both, those whose answer the broker had already.
    pub(super) again: u64,
    /// Left to be delivered once more.
    pub(super) left: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.answered += other.answered;
        self.refused += other.refused;
        self.again += other.again;
        self.left += other.left;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { answered, refused, again, left } = self;
        write!(f, "answered={answered} refused={refused} again={again} left={left}")
    }
}
