//! Everything of this moment, for who looks at it.

use crate::connections::{Closed, Connections, Door, TurnedAway};
use crate::history::Second;
use crate::statistics::ModelStatistics;
use crate::trace::Trace;

/// What there is to see of the process and its requests, now and in the last minutes.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Live {
    /// The last five minutes, the oldest second first.
    pub seconds: Vec<Second>,
    /// What each model has been used for since the start.
    pub models: Vec<ModelStatistics>,
    /// The slowest requests of the last half minute or minute, the slowest first.
    pub slowest: Vec<Trace>,
    /// The last loads of models, the newest first.
    pub loads: Vec<Trace>,
    /// What becomes of traces.
    pub exports: Exports,
    /// What became of connections.
    pub connections: ConnectionCounts,
    /// What others keep on the page of metrics.
    pub figures: Vec<Figure>,
    /// When the process started, in seconds since 1970, if the system tells.
    pub started: Option<f64>,
}

/// What became of traces since the start.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Exports {
    /// Whether there is somewhere to send them.
    pub is_on: bool,
    /// Traces recorded.
    pub recorded: u64,
    /// Traces that the collector took.
    pub exported: u64,
    /// Messages sent again.
    pub retries: u64,
    /// Times that the thread woke which empties the rings.
    pub wakeups: u64,
    /// Traces lost, by reason.
    pub dropped: [(&'static str, u64); 3],
    /// Lines for requests that were not written.
    pub dropped_lines: u64,
    /// Spans that the collector would not have.
    pub rejected_spans: u64,
    /// Traces that wait.
    pub pending: usize,
    /// Bytes in the buffer of those that wait.
    pub buffer_bytes: usize,
    /// Bytes that may wait.
    pub buffer_limit: usize,
    /// Most slots of a thread's ring ever in use.
    pub ring_used_at_most: usize,
    /// Slots of a thread's ring.
    pub ring_slots: usize,
}

/// Connections by door and by what became of them, under the names that metrics have.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ConnectionCounts {
    /// Open now.
    pub open: Vec<(&'static str, i64)>,
    /// Served since the start.
    pub accepted: Vec<(&'static str, u64)>,
    /// Clients turned away, or made to wait, by what was lacking.
    pub turned_away: Vec<(&'static str, u64)>,
    /// Closed by the server, by reason.
    pub closed: Vec<(&'static str, u64)>,
}

/// One sample of a figure that somebody else keeps.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Figure {
    /// As the page of metrics calls it.
    pub name: String,
    /// Name and value of its label, if it has one.
    pub label: Option<(String, &'static str)>,
    /// What it is now.
    pub value: f64,
}

impl ConnectionCounts {
    pub(crate) fn of(counts: &Connections) -> Self {
        Self {
            open: Door::ALL.map(|door| (door.as_str(), counts.open_by(door))).into(),
            accepted: Door::ALL.map(|door| (door.as_str(), counts.accepted_by(door))).into(),
            turned_away: TurnedAway::ALL.map(|why| (why.as_str(), counts.turned_away_by(why))).into(),
            closed: Closed::ALL.map(|why| (why.as_str(), counts.closed_by(why))).into(),
        }
    }
}
