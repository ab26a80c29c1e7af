//! Records that wait to be exported: bounded, the oldest dropped first.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::slot::Slot;

/// Slots of a block, whose spans are about 256 KiB as a message: larger ones
/// were not cheaper to send.
const BLOCK: usize = 384;

/// Blocks kept for reuse.
const SPARE: usize = 8;

/// Some records, sent and dropped together.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) slots: Vec<Slot>,
    pub(super) traces: u64,
    /// When the records' clock stood at 0, in nanoseconds since 1970.
    pub(super) epoch: u64,
    since: Instant,
}

/// The queue between the thread that drains and the one that sends.
#[derive(Debug)]
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    limit: usize,
    delay: Duration,
}

#[derive(Debug, Default)]
struct State {
    blocks: VecDeque<Block>,
    spare: Vec<Vec<Slot>>,
    /// Traces and slots here or being sent.
    traces: u64,
    slots: usize,
    dropped: u64,
    /// By when everything has to be sent; none while running.
    deadline: Option<Instant>,
    sender_done: bool,
}

/// What is in the queue, for its metrics.
#[derive(Debug)]
pub(super) struct Level {
    pub(super) traces: usize,
    pub(super) bytes: usize,
    pub(super) dropped: u64,
}

impl Queue {
    /// Room for `limit` bytes; a record waits `delay` for company.
    pub(super) fn new(limit: usize, delay: Duration) -> Self {
        Self { state: Mutex::default(), changed: Condvar::new(), limit, delay }
    }

    /// Adds whole records, but for those without spans. Returns whether that
    /// made others drop out.
    pub(super) fn push(&self, parts: [&[Slot]; 2], epoch: u64) -> bool {
        let mut state = self.lock();
        let was_empty = state.blocks.is_empty();
        let mut has_spans = false;
        for slot in parts.into_iter().flatten() {
            if let Slot::Record(record) = slot {
                has_spans = record.sampled;
                if has_spans {
                    state.begin_record(epoch);
                }
            }
            if let (true, Some(block)) = (has_spans, state.blocks.back_mut()) {
                block.slots.push(*slot);
                state.slots += 1;
            }
        }
        let mut overflowed = false;
        while state.slots * size_of::<Slot>() > self.limit {
            let Some(oldest) = state.blocks.pop_front() else { break };
            state.dropped += oldest.traces;
            state.forget(oldest);
            overflowed = true;
        }
        // Who waits is told what may end the wait: a first record, or enough of them.
        let is_news = was_empty || state.blocks.front().is_some_and(|block| block.slots.len() >= BLOCK);
        drop(state);
        if is_news {
            self.changed.notify_all();
        }
        overflowed
    }

    /// Waits for work, and takes up to `n` blocks. `None` once there is no more
    /// to come, or no more time to send it.
    pub(super) fn take(&self, n: usize) -> Option<Vec<Block>> {
        let mut state = self.lock();
        loop {
            let closing = state.deadline.is_some();
            match state.blocks.front() {
                None if closing => return None,
                None => state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(block) => {
                    let age = block.since.elapsed();
                    if closing || block.slots.len() >= BLOCK || age >= self.delay {
                        let n = n.min(state.blocks.len());
                        return Some(state.blocks.drain(..n).collect());
                    }
                    let left = self.delay.saturating_sub(age);
                    let waited = self.changed.wait_timeout(state, left);
                    state = waited.unwrap_or_else(PoisonError::into_inner).0;
                }
            }
        }
    }

    /// Gives back what [`take`](Self::take) took, once it is dealt with.
    pub(super) fn done(&self, blocks: Vec<Block>) {
        let mut state = self.lock();
        for block in blocks {
            state.forget(block);
        }
    }

    /// Waits before another attempt. Returns whether there is time for one;
    /// closing ends the wait, once.
    pub(super) fn pause(&self, duration: Duration) -> bool {
        let until = Instant::now() + duration;
        let mut state = self.lock();
        let was_closing = state.deadline.is_some();
        loop {
            let now = Instant::now();
            match state.deadline {
                Some(deadline) if now >= deadline => return false,
                Some(deadline) if was_closing && until >= deadline => return false,
                Some(_) if !was_closing => return true,
                _ => {}
            }
            if now >= until {
                return true;
            }
            let waited = self.changed.wait_timeout(state, until - now);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Nothing more comes; what is here has until `deadline`.
    pub(super) fn close(&self, deadline: Instant) {
        self.lock().deadline = Some(deadline);
        self.changed.notify_all();
    }

    /// Tells [`wait_until_sent`](Self::wait_until_sent) that nobody sends any more.
    pub(super) fn sender_done(&self) {
        self.lock().sender_done = true;
        self.changed.notify_all();
    }

    /// Waits for the sender, but not beyond the deadline. Returns the traces that are left.
    pub(super) fn wait_until_sent(&self, deadline: Instant) -> u64 {
        let mut state = self.lock();
        while !state.sender_done {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.traces
    }

    pub(super) fn level(&self) -> Level {
        let state = self.lock();
        Level {
            traces: usize::try_from(state.traces).unwrap_or(usize::MAX),
            bytes: state.slots * size_of::<Slot>(),
            dropped: state.dropped,
        }
    }

    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Makes room for a record in the last block, or begins one.
    fn begin_record(&mut self, epoch: u64) {
        if self.blocks.back().is_none_or(|block| block.slots.len() >= BLOCK) {
            let slots = self.spare.pop().unwrap_or_else(|| Vec::with_capacity(BLOCK));
            self.blocks.push_back(Block { slots, traces: 0, epoch, since: Instant::now() });
        }
        if let Some(block) = self.blocks.back_mut() {
            block.traces += 1;
            block.epoch = epoch;
        }
        self.traces += 1;
    }

    fn forget(&mut self, mut block: Block) {
        self.traces -= block.traces;
        self.slots -= block.slots.len();
        if self.spare.len() < SPARE && block.slots.capacity() <= 2 * BLOCK {
            block.slots.clear();
            self.spare.push(block.slots);
        }
    }
}
