//! A lane for dear requests, beside the threads that answer cheap ones.
//!
//! A worker is one thread, and answering awaits nothing: a request of tens of
//! milliseconds would hold up everybody else's on it. So what is dear is answered
//! by threads of its own, between which and the workers the kernel divides the
//! processor, whatever it is in a request that takes so long: its text, its model,
//! or its answer. Who would have to wait for too long is refused before anything
//! of the request is looked at, so that those who are answered still wait for it.

#[cfg(target_os = "linux")]
mod apart;
mod costs;
mod hands;
mod lag;
mod queue;
mod refusals;
mod slice;

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{fmt, io, thread};

use tokio::sync::oneshot;
use tracing::warn;

use costs::Costs;
pub use costs::{Form, Sort};
pub(crate) use hands::Hands;
use lag::Lag;
use queue::{Queue, Started};
use refusals::Refusals;
pub use slice::breathe;

/// Threads that answer dear requests, and the queue before them. Cheap to clone;
/// the threads end with the last clone, once the queue is empty.
#[derive(Debug, Clone)]
pub struct Lane {
    owner: Arc<Owner>,
}

/// Whose requests share a connection, and so a share of the lane. Cheap to clone.
///
/// The default is somebody who has asked for nothing before.
#[derive(Debug, Clone, Default)]
pub struct Client {
    /// When the last of what was asked for is due, as the queue counts it.
    finish: Option<Arc<AtomicU64>>,
}

/// What a dear request is refused for: it would wait longer than is worth waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("overloaded: the wait would be about {} ms; try again later, or elsewhere", wait.as_millis())]
pub struct Overloaded {
    /// How long it would wait before its turn.
    pub wait: Duration,
}

/// The permission to be answered in the lane.
#[derive(Debug)]
#[must_use = "a place is for running something"]
pub struct Place {
    lane: Lane,
    client: Client,
    sort: Sort,
    n_bytes: usize,
}

/// The handle that the threads do not have.
#[derive(Debug)]
struct Owner {
    shared: Arc<Shared>,
}

struct Shared {
    queue: Mutex<Queue<Job>>,
    /// Told of each job, and of the end.
    changed: Condvar,
    /// Told of short jobs where all threads are busy with long ones, and of the end.
    short_waits: Condvar,
    costs: Costs,
    lag: Lag,
    refusals: Mutex<Refusals>,
    /// Who helps with long jobs while others are idle.
    helpers: Option<hands::Helpers>,
}

/// One request's work, and what is to be learned from it.
struct Job {
    /// Returns false if nobody waits for it any more.
    work: Box<dyn FnOnce() -> bool + Send>,
    sort: Sort,
    n_bytes: usize,
}

/// How far the threads stand back behind the workers, in the units of `nice`: a
/// worker that always has something to do gets most of a processor that they share.
#[cfg(target_os = "linux")]
const NICE: i32 = 5;

impl Lane {
    /// How long a request may have to wait unless somebody says otherwise.
    pub const DEFAULT_MAX_WAIT: Duration = Duration::from_millis(250);

    /// Starts the threads, of which there should be as many as processors, and one
    /// more for short jobs, which does nothing unless all others have long ones to do;
    /// and all but one that help with long jobs while others have nothing to do.
    ///
    /// Who would have to wait for longer than `max_wait` is refused; for longer than
    /// a fifth of it, where more comes in than can be done.
    ///
    /// # Errors
    ///
    /// If a thread cannot be started.
    pub fn start(n_threads: NonZeroUsize, max_wait: Duration) -> io::Result<Self> {
        let queue = Mutex::new(Queue::new(n_threads, max_wait, Instant::now()));
        let refusals = Refusals::of(u32::try_from(n_threads.get()).unwrap_or(u32::MAX));
        let (changed, short_waits) = (Condvar::new(), Condvar::new());
        let (costs, refusals) = (Costs::default(), Mutex::new(refusals));
        let lag = Lag::new(max_wait / queue::STANDING, Instant::now());
        let helpers = hands::helpers(n_threads.get() - 1)?;
        let shared = Arc::new(Shared { queue, changed, short_waits, costs, lag, refusals, helpers });
        let lane = Self { owner: Arc::new(Owner { shared: shared.clone() }) };
        for index in 0..n_threads.get() {
            let shared = shared.clone();
            let serve = move || shared.serve(Queue::start, |shared| &shared.changed);
            thread::Builder::new().name(format!("lane-{index}")).spawn(serve)?;
        }
        // The kernel gives it its share beside those with long jobs.
        let serve = move || shared.serve(Queue::start_short, |shared| &shared.short_waits);
        thread::Builder::new().name("lane-short".to_owned()).spawn(serve)?;
        Ok(lane)
    }

    /// Whether a request of so many bytes is better answered here than by whoever
    /// has it at hand.
    #[inline]
    #[must_use]
    pub fn is_dear(&self, sort: impl Into<Sort>, n_bytes: usize) -> bool {
        self.shared().costs.is_dear(sort.into(), n_bytes)
    }

    /// Whether a request would be refused now, of which so many bytes are announced.
    ///
    /// # Errors
    ///
    /// It is dear, and would have to wait for too long.
    #[inline]
    pub fn check(&self, client: &Client, sort: impl Into<Sort>, n_bytes: usize) -> Result<(), Overloaded> {
        let sort = sort.into();
        if self.is_dear(sort, n_bytes) { self.shared().check(client, sort, n_bytes, 1) } else { Ok(()) }
    }

    /// Admits a request that has been read: `None` if it is cheap, and to be
    /// answered on the spot.
    ///
    /// # Errors
    ///
    /// It is dear, and would have to wait for too long even for one that has been
    /// [checked](Self::check).
    #[inline]
    pub fn admit(
        &self,
        client: &Client,
        sort: impl Into<Sort>,
        n_bytes: usize,
    ) -> Result<Option<Place>, Overloaded> {
        let sort = sort.into();
        if !self.is_dear(sort, n_bytes) {
            return Ok(None);
        }
        // What has been read has cost something, which is not thrown away lightly.
        self.shared().check(client, sort, n_bytes, 2)?;
        Ok(Some(self.place(client, sort, n_bytes)))
    }

    /// The same for who is not read from meanwhile, as a stream, and so may wait
    /// for as long as it takes.
    #[inline]
    #[must_use]
    pub fn wait(&self, client: &Client, sort: impl Into<Sort>, n_bytes: usize) -> Option<Place> {
        let sort = sort.into();
        self.is_dear(sort, n_bytes).then(|| self.place(client, sort, n_bytes))
    }

    /// How long not to read from a client that was refused so many bytes: zero, unless
    /// so many are refused that it takes the workers more than a tenth of their time.
    #[must_use]
    pub fn pause(&self, n_bytes: usize) -> Duration {
        self.shared().refusals().pause(n_bytes, Instant::now())
    }

    /// Learns what a request cost that was answered on the spot.
    #[inline]
    pub fn learn(&self, sort: impl Into<Sort>, n_bytes: usize, took: Duration) {
        self.shared().costs.learn(sort.into(), n_bytes, took);
        lag::probe();
    }

    /// Watches the worker by whose runtime this is polled, as a task of its own: while
    /// it is behind with what has come in, less is enough for a request to be dear.
    ///
    /// Never ends; costs nothing while no requests come.
    pub fn watch(&self) -> impl Future<Output = ()> + Send + 'static {
        let shared = self.owner.shared.clone();
        async move {
            let mut arrived = lag::watch();
            while let Some(sent) = arrived.recv().await {
                let now = Instant::now();
                shared.costs.set_behind(shared.lag.note(now.saturating_duration_since(sent), now));
            }
        }
    }

    fn place(&self, client: &Client, sort: Sort, n_bytes: usize) -> Place {
        Place { lane: self.clone(), client: client.clone(), sort, n_bytes }
    }

    fn shared(&self) -> &Shared {
        &self.owner.shared
    }
}

impl Client {
    /// Of a connection that is served from now on.
    #[must_use]
    pub fn new() -> Self {
        Self { finish: Some(Arc::default()) }
    }

    fn finish(&self) -> u64 {
        self.finish.as_ref().map_or(0, |finish| finish.load(Ordering::Relaxed))
    }

    fn note(&self, last: u64) {
        if let Some(finish) = &self.finish {
            finish.store(last, Ordering::Relaxed);
        }
    }
}

impl Place {
    /// Does this when its turn has come. Whoever stops waiting for it before that
    /// has it not done at all.
    ///
    /// # Panics
    ///
    /// If `work` does.
    pub async fn run<T: Send + 'static>(self, work: impl FnOnce() -> T + Send + 'static) -> T {
        let (done, answer) = oneshot::channel();
        let work = Box::new(move || {
            if done.is_closed() {
                return false;
            }
            // The thread has others to answer; whoever waits goes on with the panic.
            done.send(catch_unwind(AssertUnwindSafe(work))).is_ok()
        });
        let Self { lane, client, sort, n_bytes } = self;
        lane.shared().push(&client, Job { work, sort, n_bytes });
        match answer.await.expect("the threads do every job before they end") {
            Ok(answer) => answer,
            Err(panic) => resume_unwind(panic),
        }
    }
}

impl Overloaded {
    /// Whole seconds after which to try again, for programs; 1 at least.
    #[must_use]
    pub fn retry_after(self) -> u64 {
        self.wait.as_secs() + 1
    }
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue<Job>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn refusals(&self) -> MutexGuard<'_, Refusals> {
        self.refusals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cold]
    fn check(&self, client: &Client, sort: Sort, n_bytes: usize, patience: u32) -> Result<(), Overloaded> {
        let (cost, now) = (self.costs.of(sort, n_bytes), Instant::now());
        let checked = self.queue().check(client.finish(), cost, patience, now);
        lag::probe();
        checked.map_err(|wait| {
            self.lag.go_on(now);
            if let Some(refused) = self.refusals().one_more(now) {
                warn!(refused, ?wait, "overloaded: more dear requests come in than can be answered");
            }
            Overloaded { wait }
        })
    }

    fn push(&self, client: &Client, job: Job) {
        let cost = self.costs.of(job.sort, job.n_bytes);
        let mut queue = self.queue();
        let finish = queue.push(client.finish(), cost, job, Instant::now());
        client.note(finish);
        let has_short_behind_long = queue.has_short_behind_long();
        drop(queue);
        self.changed.notify_one();
        if has_short_behind_long {
            self.short_waits.notify_one();
        }
    }

    /// One of the threads: does one job after the other, as they are given to it.
    fn serve(
        self: &Arc<Self>,
        next: impl Fn(&mut Queue<Job>, Instant) -> Option<(Started, Job)>,
        told: impl Fn(&Self) -> &Condvar,
    ) {
        stand_back();
        slice::begin();
        hands::begin(self);
        let mut queue = self.queue();
        loop {
            let Some((started, Job { work, sort, n_bytes })) = next(&mut queue, Instant::now()) else {
                if queue.is_over {
                    return;
                }
                queue = told(self).wait(queue).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let has_short_behind_long = queue.has_short_behind_long();
            drop(queue);
            if has_short_behind_long {
                self.short_waits.notify_one();
            }
            let before = busy();
            let done = work();
            let lent = hands::take_lent();
            if done {
                self.costs.learn(sort, n_bytes, busy().saturating_sub(before) + lent);
            }
            queue = self.queue();
            // As if this thread had done it alone, which others will have to.
            queue.finish(started, done, Instant::now() + lent);
        }
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.shared.queue().is_over = true;
        self.shared.changed.notify_all();
        self.shared.short_waits.notify_all();
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lane").field("costs", &self.costs).finish_non_exhaustive()
    }
}

/// Lets this thread come after the workers.
fn stand_back() {
    // On Linux this is the thread's own; elsewhere it would be everybody's.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(NICE);
}

/// How long this thread has had a processor, or how long there has been time, where that is not told.
fn busy() -> Duration {
    #[cfg(target_os = "linux")]
    {
        use rustix::time::{ClockId, clock_gettime};
        let time = clock_gettime(ClockId::ThreadCPUTime);
        Duration::try_from(time).unwrap_or_default()
    }
    #[cfg(not(target_os = "linux"))]
    {
        static EPOCH: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
        EPOCH.elapsed()
    }
}

#[cfg(test)]
mod tests;
