//! The connections of a process: how many there may be, and which must go.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use iris_telemetry::{Closed, Connections, Door, OpenConnection, TurnedAway};
use tokio::sync::Notify;
use tokio::time::sleep;
use tracing::{debug, warn};

use super::pace::{Clock, Pace, Seen, Told};
use super::times::{PATIENCE, Times};

/// What clients may take of a process.
#[derive(Debug, Clone, Copy)]
pub struct ClientLimits {
    /// Connections at a time, above zero. Where there are so many, one that is
    /// idle makes room for the next; if none is, the next waits.
    pub max_connections: usize,
    /// The same of one address; `None` for as many. Whoever has more is closed at once.
    pub max_per_address: Option<NonZeroU32>,
    /// How long each of them may take.
    pub times: Times,
}

/// The connections of all listeners of a process. Cheap to clone; clones share
/// the limit, and each counts for its door.
#[derive(Debug, Clone)]
pub struct Clients {
    shared: Arc<Shared>,
    door: Door,
}

/// A connection's place among the clients, given back when it is dropped.
#[derive(Debug)]
pub struct Client {
    shared: Arc<Shared>,
    place: usize,
    address: IpAddr,
    pace: Pace,
    _open: OpenConnection,
}

/// Why there is no place for a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoPlace {
    /// Its address has as many connections as one may have.
    Address,
    /// There are as many connections as there may be.
    Full,
}

#[derive(Debug)]
struct Shared {
    limits: ClientLimits,
    counts: Connections,
    clock: Arc<Clock>,
    places: Mutex<Places>,
    freed: Notify,
    /// When connections were last looked at, in milliseconds.
    looked: AtomicU64,
    /// Failures to open a file for a connection, those told, and when they were.
    failures: AtomicU64,
    failures_told: AtomicU64,
    failures_told_at: AtomicU64,
}

/// Who is there. The lock is for coming, going and the looks at all, and on no
/// request's way.
#[derive(Debug, Default)]
struct Places {
    paces: Vec<Option<Pace>>,
    free: Vec<usize>,
    n_taken: usize,
    of_address: HashMap<IpAddr, u32>,
    /// Those that were idle at the last look at all, the oldest last.
    idle: Vec<(Seen, usize)>,
}

/// So many idle connections one look at all of them finds, so that each that
/// comes to a full server does not cost one.
const IDLE_AT_ONCE: usize = 256;

/// How long somebody waits for a place before the next look for an idle connection.
const RETRY: Duration = Duration::from_millis(20);

impl Default for ClientLimits {
    fn default() -> Self {
        Self { max_connections: 10_000, max_per_address: None, times: Times::default() }
    }
}

impl Clients {
    /// Nobody yet, who will come in by HTTP.
    #[must_use]
    pub fn new(limits: ClientLimits) -> Self {
        Self::counted(limits, Connections::default())
    }

    /// The same, counted where metrics are.
    #[must_use]
    pub fn counted(limits: ClientLimits, counts: Connections) -> Self {
        let shared = Shared {
            limits,
            counts,
            clock: Arc::new(Clock::new()),
            places: Mutex::default(),
            freed: Notify::new(),
            looked: AtomicU64::new(0),
            failures: AtomicU64::new(0),
            failures_told: AtomicU64::new(0),
            failures_told_at: AtomicU64::new(0),
        };
        Self { shared: Arc::new(shared), door: Door::Http }
    }

    /// The same clients where they come in by another door.
    #[must_use]
    pub fn by(&self, door: Door) -> Self {
        Self { shared: self.shared.clone(), door }
    }

    /// What they may take.
    #[must_use]
    pub fn limits(&self) -> &ClientLimits {
        &self.shared.limits
    }

    /// A place, if there is one at once.
    pub(super) fn enter_now(&self, address: IpAddr) -> Result<Client, NoPlace> {
        self.enter_among(self.shared.limits.max_connections, address)
    }

    /// A place for who came before a stop, however many there are: the kernel's queue
    /// bounds them, and none stays long.
    pub(super) fn enter_last(&self, address: IpAddr) -> Result<Client, NoPlace> {
        self.enter_among(usize::MAX, address)
    }

    fn enter_among(&self, at_most: usize, address: IpAddr) -> Result<Client, NoPlace> {
        let shared = &self.shared;
        shared.clock.look();
        let mut places = shared.lock();
        if places.n_taken >= at_most {
            return Err(NoPlace::Full);
        }
        if let Some(most) = shared.limits.max_per_address {
            let n = places.of_address.entry(address).or_default();
            if *n >= most.get() {
                return Err(NoPlace::Address);
            }
            *n += 1;
        }
        let pace = Pace::new(shared.clock.clone());
        let number = places.take(pace.clone());
        drop(places);
        let open = shared.counts.open(self.door);
        Ok(Client { shared: shared.clone(), place: number, address, pace, _open: open })
    }

    /// A place, once an idle connection has made room or another has ended; none
    /// for who has as many as an address may have.
    pub(super) async fn enter(&self, address: IpAddr) -> Option<Client> {
        let mut waited = false;
        loop {
            let freed = self.shared.freed.notified();
            match self.enter_now(address) {
                Ok(client) => return Some(client),
                Err(NoPlace::Address) => {
                    self.turned_away(TurnedAway::Address);
                    return None;
                }
                Err(NoPlace::Full) => {}
            }
            if !self.recycle() && !std::mem::replace(&mut waited, true) {
                self.turned_away(TurnedAway::Slots);
            }
            tokio::select! {
                () = freed => {}
                () = sleep(RETRY) => {}
            }
        }
    }

    /// Tells the connection that is idle for longest to end, or else one whose
    /// client has been slow for a while; whether there is one.
    pub(super) fn recycle(&self) -> bool {
        let now = self.shared.clock.look();
        self.shared.lock().recycle(now)
    }

    /// Tells those that are late, if nobody has done it for a while.
    pub(super) fn remind(&self) {
        let Shared { limits, clock, looked, .. } = &*self.shared;
        let now = clock.look();
        let last = looked.load(Ordering::Relaxed);
        let tick = u64::try_from(limits.times.tick().as_millis()).unwrap_or(u64::MAX);
        let is_mine = now >= last.saturating_add(tick)
            && looked.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        if is_mine {
            let places = self.shared.lock();
            places.paces.iter().flatten().for_each(|pace| pace.remind(&limits.times, now));
        }
    }

    /// Reminds them again and again.
    pub(super) async fn look_after(&self) {
        loop {
            sleep(self.shared.limits.times.tick()).await;
            self.remind();
        }
    }

    pub(super) fn turned_away(&self, why: TurnedAway) {
        self.shared.counts.turned_away(why);
    }

    /// A connection could not be accepted; logged at most once a second, by the
    /// whole process.
    pub(super) fn not_accepted(&self, error: &io::Error) {
        let Shared { clock, failures, failures_told, failures_told_at, .. } = &*self.shared;
        self.turned_away(TurnedAway::Descriptors);
        let n = failures.fetch_add(1, Ordering::Relaxed) + 1;
        let (now, last) = (clock.look(), failures_told_at.load(Ordering::Relaxed));
        let is_due = n == 1 || now >= last + 1_000;
        if is_due
            && failures_told_at.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
        {
            let times = n.saturating_sub(failures_told.swap(n, Ordering::Relaxed));
            warn!(%error, times, "no connection can be accepted; trying again, every 100 ms");
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Places {
    fn take(&mut self, pace: Pace) -> usize {
        self.n_taken += 1;
        if let Some(place) = self.free.pop() {
            self.paces[place] = Some(pace);
            place
        } else {
            self.paces.push(Some(pace));
            self.paces.len() - 1
        }
    }

    fn leave(&mut self, place: usize, address: IpAddr) {
        self.paces[place] = None;
        self.free.push(place);
        self.n_taken -= 1;
        if let Some(n) = self.of_address.get_mut(&address) {
            *n -= 1;
            if *n == 0 {
                self.of_address.remove(&address);
            }
        }
    }

    fn recycle(&mut self, now: u64) -> bool {
        for is_fresh in [false, true] {
            if is_fresh {
                self.idle = self.oldest(|seen| seen.waits().is_idle());
                if self.idle.is_empty() {
                    self.idle = self.oldest(|seen| seen.waits().is_slow() && seen.waited(now) >= PATIENCE);
                }
            }
            while let Some((seen, place)) = self.idle.pop() {
                if self.paces[place].as_ref().is_some_and(|pace| pace.recycle(seen)) {
                    return true;
                }
            }
        }
        false
    }

    /// Those that wait for longest, of those chosen; the oldest last.
    fn oldest(&self, choose: impl Fn(Seen) -> bool) -> Vec<(Seen, usize)> {
        let waiting = |(place, pace): (usize, &Option<Pace>)| {
            let pace = pace.as_ref().filter(|pace| !pace.is_told())?;
            Some((pace.seen(), place)).filter(|(seen, _)| choose(*seen))
        };
        let mut all: Vec<_> = self.paces.iter().enumerate().filter_map(waiting).collect();
        if all.len() > IDLE_AT_ONCE {
            all.select_nth_unstable(IDLE_AT_ONCE);
            all.truncate(IDLE_AT_ONCE);
        }
        all.sort_unstable_by(|one, other| other.cmp(one));
        all
    }
}

impl Client {
    /// What the connection waits for, to be told by whoever serves it.
    #[must_use]
    pub fn pace(&self) -> &Pace {
        &self.pace
    }

    /// Where it came from.
    #[must_use]
    pub fn address(&self) -> IpAddr {
        self.address
    }

    /// How long it may take.
    #[must_use]
    pub fn times(&self) -> &Times {
        &self.shared.limits.times
    }

    /// Counts that the server closes it, because of what it was told.
    pub fn ends(&self, told: Told) {
        let why = match told {
            Told::Recycled => Closed::Recycled,
            Told::Late(waits) => waits.in_vain(),
        };
        debug!(?why, address = %self.address, "closing a connection");
        self.closed(why);
    }

    /// Counts that the server closes it.
    pub fn closed(&self, why: Closed) {
        self.shared.counts.closed(why);
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.shared.lock().leave(self.place, self.address);
        self.shared.freed.notify_one();
    }
}

#[cfg(test)]
mod tests;
