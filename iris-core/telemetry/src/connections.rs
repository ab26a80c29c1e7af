//! What became of connections, counted where it happens.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// Counts of a process's connections. Cheap to clone; clones count together.
#[derive(Debug, Clone, Default)]
pub struct Connections(Arc<Counts>);

/// A connection that is counted as open.
#[derive(Debug)]
pub struct OpenConnection {
    counts: Connections,
    door: Door,
}

/// What is spoken where a connection came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// HTTP.
    Http,
    /// gRPC.
    Grpc,
    /// Probes and metrics, on a listener of their own.
    Admin,
}

/// Why a client that came was not, or not at once, served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TurnedAway {
    /// Its address has as many connections as one may have.
    Address,
    /// Every connection was busy, so that it waited.
    Slots,
    /// The process could open no more files, so that it waited.
    Descriptors,
    /// The server stopped before there was a place for it.
    Stopping,
}

/// Why the server closed a connection that its client had not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// It was idle, and another client needed its place.
    Recycled,
    /// Nothing ever came, or not what the protocol begins with.
    Silent,
    /// The head of a request took too long.
    Head,
    /// The body of a request took too long, or came too slowly.
    Body,
    /// An answer was not read, or too slowly.
    Answer,
    /// No request came for as long as a connection is kept.
    Idle,
    /// What came in was not the protocol.
    Malformed,
}

#[derive(Debug, Default)]
struct Counts {
    accepted: [AtomicU64; Door::ALL.len()],
    open: [AtomicI64; Door::ALL.len()],
    turned_away: [AtomicU64; TurnedAway::ALL.len()],
    closed: [AtomicU64; Closed::ALL.len()],
}

impl Connections {
    /// Counts a connection until what is returned is dropped.
    #[must_use]
    pub fn open(&self, door: Door) -> OpenConnection {
        self.0.accepted[door as usize].fetch_add(1, Ordering::Relaxed);
        self.0.open[door as usize].fetch_add(1, Ordering::Relaxed);
        OpenConnection { counts: self.clone(), door }
    }

    /// Counts a client that was turned away, or had to wait.
    pub fn turned_away(&self, why: TurnedAway) {
        self.0.turned_away[why as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a connection that the server closed.
    pub fn closed(&self, why: Closed) {
        self.0.closed[why as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn accepted_by(&self, door: Door) -> u64 {
        self.0.accepted[door as usize].load(Ordering::Relaxed)
    }

    pub(crate) fn open_by(&self, door: Door) -> i64 {
        self.0.open[door as usize].load(Ordering::Relaxed)
    }

    pub(crate) fn turned_away_by(&self, why: TurnedAway) -> u64 {
        self.0.turned_away[why as usize].load(Ordering::Relaxed)
    }

    /// How many connections were closed for this reason.
    #[must_use]
    pub fn closed_by(&self, why: Closed) -> u64 {
        self.0.closed[why as usize].load(Ordering::Relaxed)
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.counts.0.open[self.door as usize].fetch_sub(1, Ordering::Relaxed);
    }
}

impl Door {
    /// All there are, in the order of their numbers.
    pub(crate) const ALL: [Self; 3] = [Self::Http, Self::Grpc, Self::Admin];

    /// As metrics call it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Grpc => "grpc",
            Self::Admin => "admin",
        }
    }
}

impl TurnedAway {
    /// All there are, in the order of their numbers.
    pub(crate) const ALL: [Self; 4] = [Self::Address, Self::Slots, Self::Descriptors, Self::Stopping];

    /// As metrics call it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Slots => "slots",
            Self::Descriptors => "descriptors",
            Self::Stopping => "stopping",
        }
    }
}

impl Closed {
    /// All there are, in the order of their numbers.
    pub(crate) const ALL: [Self; 7] =
        [Self::Recycled, Self::Silent, Self::Head, Self::Body, Self::Answer, Self::Idle, Self::Malformed];

    /// As metrics call it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Recycled => "recycled",
            Self::Silent => "silent",
            Self::Head => "head",
            Self::Body => "body",
            Self::Answer => "answer",
            Self::Idle => "idle",
            Self::Malformed => "malformed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_counted_under_its_own_name() {
        let counts = Connections::default();
        for (index, door) in Door::ALL.into_iter().enumerate() {
            assert_eq!(door as usize, index);
        }
        for (index, why) in TurnedAway::ALL.into_iter().enumerate() {
            assert_eq!(why as usize, index);
            counts.turned_away(why);
            assert_eq!(counts.turned_away_by(why), 1);
        }
        for (index, why) in Closed::ALL.into_iter().enumerate() {
            assert_eq!(why as usize, index);
            counts.closed(why);
            assert_eq!(counts.closed_by(why), 1);
        }
    }

    #[test]
    fn a_connection_is_open_until_it_is_let_go() {
        let counts = Connections::default();
        let (one, other) = (counts.open(Door::Http), counts.open(Door::Http));
        assert_eq!((counts.open_by(Door::Http), counts.open_by(Door::Grpc)), (2, 0));
        drop(one);
        assert_eq!((counts.open_by(Door::Http), counts.accepted_by(Door::Http)), (1, 2));
        drop(other);
        assert_eq!(counts.open_by(Door::Http), 0);
    }
}
