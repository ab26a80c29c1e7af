//! Everything of this moment, for who looks at it.

use crate::connections::{Closed, Connections, Door, TurnedAway};
use crate::exports::Exports;
use crate::history::Second;
use crate::metrics::Figure;
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
