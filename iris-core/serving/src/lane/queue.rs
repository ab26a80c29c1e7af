//! The queue before the lane: whose turn it is, and who would wait for too long.
//!
//! Turns are dealt by cost and by client (the weighted fair queueing of Demers, Keshav
//! and Shenker, 1989): a request is due when it would be done if from now on, or from when
//! its client's last one is, everybody who waits had an equal share; and what is due first
//! comes first. So who asks for much waits for himself, and not the others for him; and
//! nobody is overtaken for longer than his share would take.
//!
//! How long a wait may be is the controlled delay of Nichols and Jacobson (2012)
//! in its form for requests: a burst may fill the queue, but where it has not been
//! empty for a while more is coming in than can be done, and a long queue would
//! only make everybody late.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

/// Jobs in their order, and what is known of the pace.
pub(super) struct Queue<J> {
    /// By when they are due, and then as they came; each with its cost.
    waiting: BTreeMap<(u64, u64), (u64, J)>,
    /// The sum of their costs.
    cost: u64,
    /// How many of them are short.
    n_short: usize,
    /// Threads that do no short job now.
    n_long_running: usize,
    /// Threads that do any job now, and places that are lent.
    n_busy: usize,
    n_pushed: u64,
    n_threads: usize,
    /// From when nanoseconds are counted.
    began: Instant,
    /// How long a job takes, by its cost: more where threads share processors.
    pace: f64,
    /// How long a burst may make one wait.
    max_wait: Duration,
    /// When nobody was waiting.
    empty: Instant,
    /// Whether there will be no more.
    pub(super) is_over: bool,
}

/// A job under way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Started {
    at: Instant,
    cost: u64,
}

/// Which part of the longest wait is left once the queue has not been empty for as
/// long as that twice.
pub(super) const STANDING: u32 = 5;

impl<J> Queue<J> {
    /// A job of so little that it need not wait until a thread has done a long one.
    pub(super) const SHORT: u64 = 4_000_000;

    pub(super) fn new(n_threads: NonZeroUsize, max_wait: Duration, empty: Instant) -> Self {
        Self {
            waiting: BTreeMap::new(),
            cost: 0,
            n_short: 0,
            n_long_running: 0,
            n_busy: 0,
            n_pushed: 0,
            n_threads: n_threads.get(),
            began: empty,
            pace: 1.0,
            max_wait,
            empty,
            is_over: false,
        }
    }

    /// Whether a client whose last request is due at `finish` would have its turn in
    /// time for one of this cost, or `patience` times that.
    ///
    /// # Errors
    ///
    /// How long it would have to wait instead.
    pub(super) fn check(
        &mut self,
        finish: u64,
        cost: u64,
        patience: u32,
        now: Instant,
    ) -> Result<(), Duration> {
        if self.waiting.is_empty() {
            self.empty = now;
            return Ok(());
        }
        let is_standing = now.saturating_duration_since(self.empty) > self.max_wait * 2;
        let limit = if is_standing { self.max_wait / STANDING } else { self.max_wait };
        let wait = self.wait(self.due(finish, cost, now), cost);
        if wait <= limit * patience { Ok(()) } else { Err(wait) }
    }

    /// Adds a job of a client whose last one is due at `finish`; returns when this one is.
    pub(super) fn push(&mut self, finish: u64, cost: u64, job: J, now: Instant) -> u64 {
        let due = self.due(finish, cost, now);
        self.waiting.insert((due, self.n_pushed), (cost, job));
        self.n_pushed += 1;
        self.cost = self.cost.saturating_add(cost);
        self.n_short += usize::from(cost <= Self::SHORT);
        due
    }

    /// The job whose turn it is.
    pub(super) fn start(&mut self, now: Instant) -> Option<(Started, J)> {
        let due = *self.waiting.first_key_value()?.0;
        self.take(due, now)
    }

    /// The short job whose turn it is, where every thread has a long one to do.
    pub(super) fn start_short(&mut self, now: Instant) -> Option<(Started, J)> {
        if !self.has_short_behind_long() {
            return None;
        }
        let (due, _) = self.waiting.iter().find(|(_, (cost, _))| *cost <= Self::SHORT)?;
        self.take(*due, now)
    }

    /// Whether a short job waits for a thread that has a long one to do.
    pub(super) fn has_short_behind_long(&self) -> bool {
        self.n_short > 0 && self.n_long_running >= self.n_threads
    }

    /// Lends the places of up to so many threads that have nothing to do, while nobody waits for one.
    pub(super) fn lend(&mut self, at_most: usize) -> usize {
        let n_idle = if self.waiting.is_empty() { self.n_threads.saturating_sub(self.n_busy) } else { 0 };
        let n = n_idle.min(at_most);
        self.n_busy += n;
        n
    }

    pub(super) fn give_back(&mut self, n: usize) {
        self.n_busy -= n;
    }

    fn take(&mut self, due: (u64, u64), now: Instant) -> Option<(Started, J)> {
        let (cost, job) = self.waiting.remove(&due)?;
        self.cost = self.cost.saturating_sub(cost);
        if cost <= Self::SHORT {
            self.n_short -= 1;
        } else {
            self.n_long_running += 1;
        }
        self.n_busy += 1;
        if self.waiting.is_empty() {
            self.empty = now;
        }
        Some((Started { at: now, cost }, job))
    }

    /// A job has come to its end, and was done or left.
    pub(super) fn finish(&mut self, started: Started, done: bool, now: Instant) {
        self.n_long_running -= usize::from(started.cost > Self::SHORT);
        self.n_busy -= 1;
        if done {
            let took = now.saturating_duration_since(started.at).as_secs_f64();
            let cost = Duration::from_nanos(started.cost.max(1)).as_secs_f64();
            self.pace += ((took / cost).clamp(0.1, 20.0) - self.pace) / 16.0;
        }
    }

    /// When a request of this cost would be done if everybody had an equal share.
    fn due(&self, finish: u64, cost: u64, now: Instant) -> u64 {
        let n_rivals = self.waiting.len().max(1) as u64;
        finish.max(self.nanos(now)).saturating_add(cost.saturating_mul(n_rivals))
    }

    fn nanos(&self, now: Instant) -> u64 {
        u64::try_from(now.saturating_duration_since(self.began).as_nanos()).unwrap_or(u64::MAX)
    }

    /// How long one of this cost would wait that is due then, for those that wait now:
    /// a short one only for short ones, as it need not wait for a thread.
    fn wait(&self, due: u64, cost: u64) -> Duration {
        let longest = if cost <= Self::SHORT { Self::SHORT } else { u64::MAX };
        let counts_all = longest == u64::MAX || self.n_short == self.waiting.len();
        let is_last = self.waiting.last_key_value().is_none_or(|((last, _), _)| *last <= due);
        let before = || {
            let costs = self.waiting.range(..=(due, u64::MAX)).map(|(_, (cost, _))| *cost);
            costs.filter(|cost| *cost <= longest)
        };
        let cost = if is_last && counts_all { self.cost } else { before().fold(0, u64::saturating_add) };
        let n_threads = u32::try_from(self.n_threads).unwrap_or(u32::MAX);
        Duration::from_nanos(cost).mul_f64(self.pace / f64::from(n_threads))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLI: u64 = 1_000_000;

    fn millis(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    fn queue() -> (Queue<&'static str>, Instant) {
        let now = Instant::now();
        (Queue::new(NonZeroUsize::MIN, millis(100), now), now)
    }

    #[test]
    fn one_client_s_many_requests_wait_behind_the_one_of_another() {
        let (mut queue, now) = queue();
        let mut greedy = 0;
        for job in ["greedy 1", "greedy 2", "greedy 3"] {
            greedy = queue.push(greedy, 50 * MILLI, job, now);
        }
        assert_eq!(queue.start(now).unwrap().1, "greedy 1");
        let later = now + millis(1);
        let modest = queue.push(0, MILLI, "modest 1", later);
        queue.push(modest, MILLI, "modest 2", later);
        let order: Vec<_> = std::iter::from_fn(|| queue.start(now).map(|(_, job)| job)).collect();
        assert_eq!(order, ["modest 1", "modest 2", "greedy 2", "greedy 3"]);
    }

    #[test]
    fn equals_are_answered_as_they_come() {
        let (mut queue, now) = queue();
        for job in ["a", "b", "c"] {
            queue.push(0, MILLI, job, now);
        }
        let order: Vec<_> = std::iter::from_fn(|| queue.start(now).map(|(_, job)| job)).collect();
        assert_eq!(order, ["a", "b", "c"]);
    }

    #[test]
    fn a_burst_is_taken_and_what_stands_is_refused() {
        let (mut queue, now) = queue();
        for _ in 0..90 {
            assert_eq!(queue.check(0, MILLI, 1, now), Ok(()));
            queue.push(0, MILLI, "job", now);
        }
        let later = now + millis(201);
        assert_eq!(queue.check(0, MILLI, 1, later), Err(millis(90)));
        assert_eq!(queue.check(0, MILLI, 5, later), Ok(()), "five times the patience");
        while queue.cost > 20 * MILLI {
            queue.start(later).unwrap();
        }
        assert_eq!(queue.check(0, MILLI, 1, later), Ok(()));
        queue.push(0, MILLI, "job", now);
        assert!(queue.check(0, MILLI, 1, later).is_err(), "it still stands");
        while queue.start(later).is_some() {}
        for _ in 0..100 {
            assert_eq!(queue.check(0, MILLI, 1, later), Ok(()), "it was empty");
            queue.push(0, MILLI, "job", now);
        }
        queue.push(0, MILLI, "job", now);
        assert!(queue.check(0, MILLI, 1, later).is_err(), "nor does a burst fill it without end");
    }

    #[test]
    fn who_fills_the_queue_is_refused_and_others_are_not() {
        let (mut queue, now) = queue();
        let mut greedy = 0;
        for _ in 0..200 {
            greedy = queue.push(greedy, MILLI, "greedy", now);
        }
        assert!(queue.check(greedy, MILLI, 1, now).is_err());
        assert_eq!(queue.check(0, MILLI, 1, now), Ok(()));
    }

    #[test]
    fn however_long_a_job_one_may_wait_behind_it() {
        let (mut queue, now) = queue();
        queue.push(0, 5_000 * MILLI, "long", now);
        queue.start(now).unwrap();
        let later = now + millis(4_000);
        assert_eq!(queue.check(0, MILLI, 1, later), Ok(()), "the threads would be idle otherwise");
        queue.push(0, 5_000 * MILLI, "next", later);
        assert!(queue.check(0, 5_000 * MILLI, 1, later).is_err());
        assert_eq!(queue.check(0, MILLI, 1, later), Ok(()), "a short one comes before");
    }

    #[test]
    fn who_asks_for_little_comes_before_all_who_ask_for_much() {
        let (mut queue, now) = queue();
        for _ in 0..32 {
            queue.push(0, 60 * MILLI, "much", now);
        }
        let later = now + millis(1_000);
        assert!(queue.check(0, 60 * MILLI, 1, later).is_err());
        assert_eq!(queue.check(0, MILLI, 1, later), Ok(()));
        queue.push(0, MILLI, "little", later);
        queue.push(0, 60 * MILLI, "much, later", later);
        let order: Vec<_> = std::iter::from_fn(|| queue.start(later).map(|(_, job)| job)).collect();
        let place = |wanted| order.iter().position(|job| *job == wanted).unwrap();
        // The first were due before, had there been threads for all of them.
        assert!(place("little") < 20, "{order:?}");
        assert_eq!(place("much, later"), 33);
    }

    #[test]
    fn a_short_job_need_not_wait_for_a_thread_with_a_long_one() {
        let (mut queue, now) = queue();
        queue.push(0, 60 * MILLI, "long", now);
        queue.push(0, MILLI, "short", now);
        queue.push(0, 60 * MILLI, "next long", now);
        assert!(queue.start_short(now).is_none(), "there is a thread for it");
        assert_eq!(queue.start(now).unwrap().1, "short");
        let (long, _) = queue.start(now).unwrap();
        queue.push(0, 2 * MILLI, "another short", now);
        assert!(queue.has_short_behind_long());
        assert_eq!(queue.start_short(now).unwrap().1, "another short");
        assert!(queue.start_short(now).is_none(), "a long one waits");
        queue.push(0, MILLI, "last", now);
        queue.finish(long, true, now + millis(60));
        assert!(queue.start_short(now).is_none(), "the thread is free again");
    }

    #[test]
    fn only_who_has_nothing_to_do_is_lent_and_only_while_nobody_waits() {
        let now = Instant::now();
        let mut queue = Queue::new(NonZeroUsize::new(3).unwrap(), millis(100), now);
        for _ in 0..3 {
            queue.push(0, 60 * MILLI, "job", now);
        }
        let (first, _) = queue.start(now).unwrap();
        assert_eq!(queue.lend(9), 0, "two wait");
        queue.start(now).unwrap();
        queue.start(now).unwrap();
        assert_eq!(queue.lend(9), 0, "all are busy");
        queue.finish(first, true, now);
        assert_eq!((queue.lend(9), queue.lend(9)), (1, 0));
        queue.push(0, 60 * MILLI, "next", now);
        let (next, _) = queue.start(now).unwrap();
        queue.finish(next, true, now);
        assert_eq!(queue.lend(9), 0, "there are not enough processors");
        queue.give_back(1);
        assert_eq!(queue.lend(9), 1);
    }

    #[test]
    fn waits_follow_what_jobs_really_take() {
        let (mut queue, mut now) = queue();
        for _ in 0..100 {
            queue.push(0, MILLI, "job", now);
            let (started, _) = queue.start(now).unwrap();
            now += millis(4);
            queue.finish(started, true, now);
        }
        for _ in 0..10 {
            queue.push(0, MILLI, "job", now);
        }
        let wait = queue.wait(u64::MAX, MILLI);
        assert!((millis(38)..=millis(41)).contains(&wait), "{wait:?}");
    }

    #[test]
    fn nobody_is_overtaken_for_longer_than_he_has_asked_for() {
        let (mut queue, now) = queue();
        let greedy = queue.push(0, 100 * MILLI, "greedy", now);
        assert_eq!(queue.start(now).unwrap().1, "greedy");
        queue.push(greedy, MILLI, "greedy", now + millis(1));
        queue.push(0, MILLI, "before", now + millis(99));
        queue.push(0, MILLI, "after", now + millis(101));
        let order: Vec<_> = std::iter::from_fn(|| queue.start(now).map(|(_, job)| job)).collect();
        assert_eq!(order, ["before", "greedy", "after"]);
    }
}
