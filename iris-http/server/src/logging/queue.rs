//! Log lines on their way to standard error, which may be slower than they come, or stuck.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tracing::warn;
use tracing_subscriber::fmt::MakeWriter;

/// Bytes of lines that wait; as many again are being written.
const CAPACITY: usize = 1 << 20;

/// Takes lines without ever waiting: a thread writes them, and what finds no
/// room is dropped, counted, and told of when there is room again.
#[derive(Clone, Default)]
pub(super) struct Queue(Arc<Shared>);

#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    /// There is something to be written.
    filled: Condvar,
    /// All is written.
    emptied: Condvar,
}

/// What is not written yet.
#[derive(Default)]
struct Waiting {
    lines: Vec<u8>,
    /// Lines for which there was no room behind these.
    dropped: u64,
    is_writing: bool,
}

impl Queue {
    /// Starts the thread that writes to `to`.
    pub(super) fn start(to: impl Write + Send + 'static) -> io::Result<Self> {
        let queue = Self::default();
        let writing = queue.clone();
        thread::Builder::new().name("log".to_owned()).spawn(move || writing.write_all_to(to))?;
        Ok(queue)
    }

    /// Waits until everything is written, for as long as `limit`.
    pub(super) fn finish(&self, limit: Duration) {
        let is_busy = |waiting: &mut Waiting| waiting.is_writing || !waiting.lines.is_empty();
        let _ = self.0.emptied.wait_timeout_while(self.lock(), limit, is_busy);
    }

    fn push(&self, line: &[u8]) {
        let mut waiting = self.lock();
        // A line that is longer than the queue gets through where nothing else waits.
        if waiting.lines.is_empty() || waiting.lines.len() + line.len() <= CAPACITY {
            waiting.lines.extend_from_slice(line);
            drop(waiting);
            self.0.filled.notify_one();
        } else {
            waiting.dropped += 1;
        }
    }

    fn write_all_to(&self, mut to: impl Write) {
        let mut lines = Vec::new();
        loop {
            let dropped = self.take(&mut lines);
            if dropped > 0 {
                // This becomes the first of the lines that wait now, where the missing ones would be.
                warn!(lines = dropped, "log lines were dropped: whoever reads them is too slow");
            }
            // Where nobody reads any more, there is nobody to tell.
            let _ = to.write_all(&lines).and_then(|()| to.flush());
            lines.clear();
        }
    }

    /// Waits for lines, swaps them for the empty `lines`, and returns how many
    /// found no room behind them.
    fn take(&self, lines: &mut Vec<u8>) -> u64 {
        let mut waiting = self.lock();
        waiting.is_writing = false;
        if waiting.lines.is_empty() {
            self.0.emptied.notify_all();
        }
        let until_filled = |waiting: &mut Waiting| waiting.lines.is_empty();
        let waited = self.0.filled.wait_while(waiting, until_filled);
        let mut waiting = waited.unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut waiting.lines, lines);
        waiting.is_writing = true;
        std::mem::take(&mut waiting.dropped)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'a> MakeWriter<'a> for Queue {
    type Writer = &'a Self;

    fn make_writer(&'a self) -> Self::Writer {
        self
    }
}

/// Each call is given one line.
impl Write for &Queue {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.push(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

    use tracing::subscriber::with_default;

    use super::*;

    /// What is written to: each write says that it has begun, and waits.
    struct Stuck {
        begun: SyncSender<()>,
        go_on: Receiver<()>,
        written: Arc<Mutex<Vec<u8>>>,
    }

    impl Write for Stuck {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.begun.send(()).unwrap();
            self.go_on.recv().map_err(|_| io::ErrorKind::BrokenPipe)?;
            self.written.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// The other side of it.
    struct Reader {
        begun: Receiver<()>,
        go_on: SyncSender<()>,
        written: Arc<Mutex<Vec<u8>>>,
    }

    impl Reader {
        fn await_write(&self) {
            self.begun.recv().unwrap();
        }

        fn read(&self) {
            self.go_on.send(()).unwrap();
        }
    }

    /// A queue with its thread, whose own lines come back to it.
    fn started() -> (Queue, Reader) {
        let (writes, awaited) = sync_channel(0);
        let (reads, permitted) = sync_channel(1);
        let reader = Reader { begun: awaited, go_on: reads, written: Arc::default() };
        let to = Stuck { begun: writes, go_on: permitted, written: reader.written.clone() };
        let queue = Queue::default();
        let (writing, log) = (queue.clone(), queue.clone());
        let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(log).finish();
        thread::spawn(move || with_default(subscriber, || writing.write_all_to(to)));
        (queue, reader)
    }

    #[test]
    fn what_finds_no_room_is_dropped_and_counted() {
        let (queue, reader) = started();
        queue.push(b"first\n");
        reader.await_write();
        let line = [b"x".repeat(1023), b"\n".to_vec()].concat();
        for _ in 0..1024 + 7 {
            queue.push(&line);
        }
        reader.read();
        // What waited is being written now, and the next line finds room.
        reader.await_write();
        queue.push(b"last\n");
        reader.read();
        reader.await_write();
        reader.read();
        queue.finish(Duration::from_secs(60));
        let log = String::from_utf8(reader.written.lock().unwrap().clone()).unwrap();
        let lines: Vec<&str> = log.lines().collect();
        assert_eq!((lines[0], lines.len()), ("first", 1 + 1024 + 2));
        assert!(lines[1025].contains("WARN") && lines[1025].ends_with("lines=7"), "{}", lines[1025]);
        assert_eq!(lines[1026], "last");
    }

    #[test]
    fn the_end_is_not_waited_for_longer_than_told() {
        let (queue, reader) = started();
        queue.push(b"a line\n");
        reader.await_write();
        queue.finish(Duration::from_millis(10));
        assert!(reader.written.lock().unwrap().is_empty());
    }

    #[test]
    fn a_long_line_passes_where_nothing_else_waits() {
        let queue = Queue::default();
        queue.push(&vec![b'x'; 2 * CAPACITY]);
        queue.push(b"one more\n");
        let waiting = queue.lock();
        assert_eq!((waiting.lines.len(), waiting.dropped), (2 * CAPACITY, 1));
    }
}
