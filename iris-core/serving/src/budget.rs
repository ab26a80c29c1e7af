//! One limit, in bytes, for all that is held for clients.
//!
//! What a client may make the server keep (a body, what is inflated of it, the
//! rows parsed from it, an answer that is not read) is held from a [`Budget`]
//! first and given back when it is dropped. So many slow clients cost no more
//! memory than the budget has, and whoever comes then waits, or is refused.
//!
//! What is small and over at once is not held: a request of the fast path
//! touches no counter.

mod held;
mod level;
mod request;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use iris_telemetry::Telemetry;
use tokio::sync::Notify;

use crate::Refusal;

pub use held::Held;
pub use level::{Kind, Level};
pub(crate) use request::to_answer;
pub use request::{answer_len, to_parse, to_parse_now};

/// Memory for clients: the process', and of that a connection's part. Cheap to
/// clone; clones are the same budget.
#[derive(Clone)]
pub struct Budget {
    process: Arc<Process>,
    /// What this connection holds, where connections are told apart.
    connection: Option<Arc<AtomicUsize>>,
    /// Bytes that the same request holds already.
    beside: usize,
}

/// Why there is no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exceeded {
    /// There never is, for so many bytes at a time.
    Never {
        /// Bytes asked for.
        needed: usize,
        /// Bytes that one request, or one connection, may hold.
        limit: usize,
    },
    /// Others hold it now.
    Now,
}

#[derive(Debug)]
struct Process {
    limit: usize,
    total: AtomicUsize,
    held: [AtomicUsize; Kind::ALL.len()],
    refused: [AtomicU64; Kind::ALL.len()],
    waiting: AtomicUsize,
    freed: Notify,
}

impl Budget {
    /// The budget unless somebody says otherwise: 256 MiB.
    pub const DEFAULT: usize = 256 << 20;

    /// How long is waited for room before a request is refused.
    pub const PATIENCE: Duration = Duration::from_secs(1);

    /// What is no more than this may also have the last quarter of the budget,
    /// so that those who ask for much do not shut out those who ask for little.
    pub const SMALL: usize = 64 << 10;

    /// A budget of `limit` bytes.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        let process = Process {
            limit,
            total: AtomicUsize::new(0),
            held: [const { AtomicUsize::new(0) }; Kind::ALL.len()],
            refused: [const { AtomicU64::new(0) }; Kind::ALL.len()],
            waiting: AtomicUsize::new(0),
            freed: Notify::new(),
        };
        Self { process: Arc::new(process), connection: None, beside: 0 }
    }

    /// The same for a new connection over which several requests come at a time:
    /// together they may hold a quarter of the whole.
    #[must_use]
    pub fn of_connection(&self) -> Self {
        Self { connection: Some(Arc::default()), ..self.clone() }
    }

    /// The same for a request that holds so many bytes already: what would not
    /// fit beside these never fits, for they are not given back before.
    #[must_use]
    pub fn beside(&self, bytes: usize) -> Self {
        Self { beside: bytes, ..self.clone() }
    }

    /// Bytes of the whole budget.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.process.limit
    }

    /// Bytes that are held, of whatever kind.
    #[must_use]
    pub fn total(&self) -> usize {
        self.process.total.load(Ordering::Relaxed)
    }

    /// Holds so many bytes, if there is room for them now.
    #[must_use]
    pub fn try_hold(&self, kind: Kind, bytes: usize) -> Option<Held> {
        self.hold_now(kind, bytes).ok()
    }

    /// The same, with the reason if there is none.
    ///
    /// # Errors
    ///
    /// [`Exceeded`], which is counted as a refusal.
    pub fn hold_now(&self, kind: Kind, bytes: usize) -> Result<Held, Exceeded> {
        let mut held = self.nothing(kind);
        held.resize(bytes)?;
        Ok(held)
    }

    /// Holds so many bytes as soon as there is room, for which it waits no longer
    /// than [`PATIENCE`](Self::PATIENCE).
    ///
    /// # Errors
    ///
    /// [`Exceeded`], which is counted as a refusal.
    pub async fn hold(&self, kind: Kind, bytes: usize) -> Result<Held, Exceeded> {
        let mut held = self.nothing(kind);
        held.resize_patiently(bytes).await?;
        Ok(held)
    }

    /// Nothing yet, to be [resized](Held::resize) as it grows.
    pub fn nothing(&self, kind: Kind) -> Held {
        Held::new(self.clone(), kind)
    }

    /// What is held of each kind, and how often there was no room.
    #[must_use]
    pub fn levels(&self) -> [Level; Kind::ALL.len()] {
        Kind::ALL.map(|kind| Level {
            kind,
            bytes: self.process.held[kind as usize].load(Ordering::Relaxed),
            refused: self.process.refused[kind as usize].load(Ordering::Relaxed),
        })
    }

    /// Has [`levels`](Self::levels) and [`limit`](Self::limit) on the page of metrics.
    pub fn told_by(&self, telemetry: &Telemetry) {
        let budget = self.clone();
        telemetry.add_families(move |families| level::write(&budget, families));
    }

    /// Adds `more` to what somebody holds, who then holds `whole`.
    fn take(&self, kind: Kind, more: usize, whole: usize) -> Result<(), Exceeded> {
        let process = &*self.process;
        let ceiling = if whole <= Self::SMALL { process.limit } else { process.limit - process.limit / 4 };
        let share = self.connection.as_ref().map_or(ceiling, |_| ceiling.min(process.limit / 4));
        let of_request = whole.saturating_add(self.beside);
        if whole > share || of_request > ceiling {
            let limit = if whole > share { share } else { ceiling };
            return Err(Exceeded::Never { needed: of_request, limit });
        }
        if let Some(connection) = &self.connection {
            add(connection, more, share).ok_or(Exceeded::Now)?;
        }
        if add(&process.total, more, ceiling).is_none() {
            if let Some(connection) = &self.connection {
                connection.fetch_sub(more, Ordering::Relaxed);
            }
            return Err(Exceeded::Now);
        }
        process.held[kind as usize].fetch_add(more, Ordering::Relaxed);
        Ok(())
    }

    fn give_back(&self, kind: Kind, bytes: usize) {
        let process = &*self.process;
        if let Some(connection) = &self.connection {
            connection.fetch_sub(bytes, Ordering::Relaxed);
        }
        process.held[kind as usize].fetch_sub(bytes, Ordering::Relaxed);
        // In one order with `waiting`, or a release could miss who begins to wait.
        process.total.fetch_sub(bytes, Ordering::SeqCst);
        if process.waiting.load(Ordering::SeqCst) > 0 {
            process.freed.notify_waiters();
        }
    }
}

/// Adds to a counter unless it would be above `ceiling` then.
fn add(counter: &AtomicUsize, more: usize, ceiling: usize) -> Option<()> {
    let sum = |held: usize| held.checked_add(more).filter(|sum| *sum <= ceiling);
    counter.fetch_update(Ordering::SeqCst, Ordering::SeqCst, sum).ok().map(drop)
}

impl Default for Budget {
    fn default() -> Self {
        Self::new(Self::DEFAULT)
    }
}

impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Budget").field("limit", &self.limit()).field("total", &self.total()).finish()
    }
}

/// In words for any client.
impl From<Exceeded> for Refusal {
    #[cold]
    fn from(exceeded: Exceeded) -> Self {
        match exceeded {
            Exceeded::Never { needed, limit } => Self::too_large(format!(
                "the request takes {needed} bytes of memory at a time, and {limit} are allowed; send fewer rows"
            )),
            Exceeded::Now => Self::unavailable("the memory for requests is in use; try again"),
        }
    }
}

#[cfg(test)]
mod tests;
