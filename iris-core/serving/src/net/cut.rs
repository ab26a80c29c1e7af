//! What a stop cuts off, by whose fault it was not over.

use std::sync::atomic::{AtomicUsize, Ordering};

/// What was not over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// A request of which the client had not sent all.
    Request,
    /// An answer that the client had not read.
    Answer,
    /// A whole request that was not answered yet.
    Work,
}

/// How many of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cuts {
    /// Requests of which clients had not sent all.
    pub requests: usize,
    /// Answers that clients had not read.
    pub answers: usize,
    /// Whole requests that were not answered yet.
    pub working: usize,
}

impl Cuts {
    /// All of them.
    #[must_use]
    pub fn total(&self) -> usize {
        self.requests + self.answers + self.working
    }
}

/// The same, counted by many.
#[derive(Debug, Default)]
pub(super) struct Tally {
    requests: AtomicUsize,
    answers: AtomicUsize,
    working: AtomicUsize,
}

impl Tally {
    pub(super) fn add(&self, cut: Cut, n: usize) {
        let count = match cut {
            Cut::Request => &self.requests,
            Cut::Answer => &self.answers,
            Cut::Work => &self.working,
        };
        count.fetch_add(n, Ordering::Relaxed);
    }

    pub(super) fn add_all(&self, cuts: Cuts) {
        self.add(Cut::Request, cuts.requests);
        self.add(Cut::Answer, cuts.answers);
        self.add(Cut::Work, cuts.working);
    }

    pub(super) fn get(&self) -> Cuts {
        let of = |count: &AtomicUsize| count.load(Ordering::Relaxed);
        Cuts { requests: of(&self.requests), answers: of(&self.answers), working: of(&self.working) }
    }
}
