//! One thread reads blocks, several make answers of them, and this one writes them in order.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use iris_core::Predictor;

use super::answers::{Answers, Asked};
use super::failure::Failure;
use super::input::{Block, Feed, Input};
use super::interrupt::Signal;
use super::output::{Encoded, Layout};

/// What every thread that answers needs.
pub(super) struct Work {
    pub(super) predictor: Predictor,
    /// What is read, for messages.
    pub(super) name: String,
    pub(super) input: Input,
    pub(super) layout: Layout,
    pub(super) asked: Asked,
    /// Whether rejected rows are kept as they were.
    pub(super) keeps_rejects: bool,
}

/// A block that is answered.
pub(super) struct Answered {
    pub(super) encoded: Encoded,
    pub(super) n_rows: u64,
    pub(super) n_lines: u64,
    pub(super) n_blank: u64,
    pub(super) rejects: Vec<Rejected>,
    /// How far the input was read with it.
    pub(super) position: u64,
}

/// A row without an answer.
pub(super) struct Rejected {
    /// Its line or row in the block, from 0.
    pub(super) line: u64,
    pub(super) reason: String,
    pub(super) row: Vec<u8>,
    pub(super) is_sound: bool,
}

/// What the threads tell the one that writes.
pub(super) enum Event {
    Answered(u64, Result<Box<Answered>, String>, Block),
    /// The input was read to its end, or as far as it could be.
    Read(Result<(), String>),
    Stop(Signal),
    /// A thread has panicked.
    Broken,
}

/// How it ended, where nothing failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// With the input.
    Whole,
    /// A signal came first.
    Stopped(Signal),
}

/// How many blocks were handed on, and whether there may be more.
#[derive(Default)]
struct Gate {
    n_blocks: u64,
    is_closed: bool,
}

/// A block under its number, with how far the input was read then.
type Numbered = (u64, u64, Block);

/// Reads, answers and hands each block to `write` in order. So many blocks as three a thread are in
/// memory at the most, however long the input is.
///
/// # Errors
///
/// What reading or writing says; all blocks before it have been written.
pub(super) fn run(
    work: &Arc<Work>,
    feed: Feed,
    n_threads: usize,
    (events, told): (Sender<Event>, Receiver<Event>),
    mut write: impl FnMut(Answered) -> Result<(), Failure>,
) -> Result<End, Failure> {
    let gate = Arc::new(Mutex::new(Gate::default()));
    let (rooms, free) = channel();
    for _ in 0..3 * n_threads {
        drop(rooms.send(Block::empty()));
    }
    let (blocks, queue) = channel();
    let queue = Arc::new(Mutex::new(queue));
    let unable = |error| Failure::Told(format!("cannot start a thread: {error}"));
    for _ in 0..n_threads {
        let (work, queue, events) = (work.clone(), queue.clone(), events.clone());
        let answering = move || answer(&work, &queue, &Guard(events));
        thread::Builder::new().name("answer".to_owned()).spawn(answering).map_err(unable)?;
    }
    let (closed, name) = (gate.clone(), work.name.clone());
    let reading = move || {
        let guard = Guard(events);
        let read = read(feed, &free, &blocks, &closed);
        drop(guard.0.send(Event::Read(read.map_err(|reason| format!("{name}: {reason}")))));
    };
    thread::Builder::new().name("read".to_owned()).spawn(reading).map_err(unable)?;

    let (mut next, mut end, mut done) = (0, None, BTreeMap::new());
    let mut unread = None;
    while end.is_none_or(|(n_blocks, _)| next < n_blocks) {
        match told.recv() {
            Ok(Event::Answered(number, answered, room)) => {
                drop(rooms.send(room));
                done.insert(number, answered);
                while let Some(answered) = done.remove(&next) {
                    write(*answered.map_err(Failure::Told)?)?;
                    next += 1;
                }
            }
            Ok(Event::Read(read)) => {
                unread = read.err();
                end.get_or_insert((locked(&gate).n_blocks, End::Whole));
            }
            Ok(Event::Stop(signal)) => {
                let mut gate = locked(&gate);
                gate.is_closed = true;
                end = Some((gate.n_blocks, End::Stopped(signal)));
            }
            Ok(Event::Broken) | Err(_) => {
                return Err(Failure::Told(
                    "a thread has failed; this is a mistake in the program".to_owned(),
                ));
            }
        }
    }
    match (unread, end) {
        (Some(reason), _) => Err(Failure::Told(reason)),
        (None, end) => Ok(end.map_or(End::Whole, |(_, end)| end)),
    }
}

/// Hands blocks on until there are no more, or the gate is closed.
fn read(
    mut feed: Feed,
    free: &Receiver<Block>,
    blocks: &Sender<Numbered>,
    gate: &Mutex<Gate>,
) -> Result<(), String> {
    while let Ok(room) = free.recv() {
        let Some(block) = feed.next(room)? else { return Ok(()) };
        let mut gate = locked(gate);
        if gate.is_closed {
            return Ok(());
        }
        if blocks.send((gate.n_blocks, feed.position(), block)).is_err() {
            return Ok(());
        }
        gate.n_blocks += 1;
    }
    Ok(())
}

/// Answers blocks until there are no more.
fn answer(work: &Work, queue: &Mutex<Receiver<Numbered>>, Guard(events): &Guard) {
    let (mut rows, mut answers) = (work.input.room(), Answers::default());
    let mut scratch = work.predictor.scratch();
    loop {
        let next = locked(queue).recv();
        let Ok((number, position, block)) = next else { return };
        rows.clear();
        let read = work.input.read(work.predictor.schema(), &block, &mut rows);
        let answered = read.and_then(|()| {
            work.asked.of(&work.predictor, &mut scratch, &mut rows, &mut answers);
            let rejects = rows.rejects.drain(..).map(|reject| Rejected {
                line: reject.place.line,
                row: if work.keeps_rejects { work.input.original(&block, &reject) } else { Vec::new() },
                is_sound: reject.is_sound,
                reason: reject.reason,
            });
            let rejects = rejects.collect();
            Ok(Box::new(Answered {
                encoded: work.layout.encode(&rows, &answers)?,
                n_rows: rows.len() as u64,
                n_lines: rows.n_lines,
                n_blank: rows.n_blank,
                rejects,
                position,
            }))
        });
        if events.send(Event::Answered(number, answered, block.emptied())).is_err() {
            return;
        }
    }
}

/// Tells of a panic, so that nobody waits for the block that was lost.
struct Guard(Sender<Event>);

impl Drop for Guard {
    fn drop(&mut self) {
        if thread::panicking() {
            drop(self.0.send(Event::Broken));
        }
    }
}

/// What a panic left behind is only counted and handed on.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
