//! Records as they lie in a ring: a slot for the record, more for its tail.

use super::view::View;
use crate::record::Record;

/// Bytes of a tail in one slot.
const CHUNK: usize = 160;

/// One place in a ring.
#[derive(Debug, Clone, Copy)]
pub(super) enum Slot {
    Record(Record),
    /// The next bytes of the tail of the record before it.
    More([u8; CHUNK]),
}

impl Slot {
    /// Whether it is the record of a request that is to be seen.
    pub(super) fn begins_a_trace(&self) -> bool {
        matches!(self, Self::Record(record) if record.sampled)
    }
}

/// How many slots a record with its tail takes.
#[inline]
pub(super) fn n_slots(tail: &[u8]) -> usize {
    1 + tail.len().div_ceil(CHUNK)
}

/// A record and its tail as slots.
pub(super) fn slots<'a>(record: &'a Record, tail: &'a [u8]) -> impl Iterator<Item = Slot> + 'a {
    let chunks = tail.chunks(CHUNK).map(|part| {
        let mut chunk = [0; CHUNK];
        chunk[..part.len()].copy_from_slice(part);
        Slot::More(chunk)
    });
    std::iter::once(Slot::Record(*record)).chain(chunks)
}

/// Calls `each` with every record in `slots`, which begin with one.
pub(super) fn for_each<'a>(slots: impl IntoIterator<Item = &'a Slot>, mut each: impl FnMut(&View<'_>)) {
    let mut slots = slots.into_iter();
    let mut tail = Vec::new();
    while let Some(slot) = slots.next() {
        let Slot::Record(record) = slot else { continue };
        let len = record.tail_len();
        tail.clear();
        while tail.len() < len {
            let Some(Slot::More(chunk)) = slots.next() else { break };
            tail.extend_from_slice(chunk);
        }
        tail.truncate(len);
        each(&View::new(record, &tail));
    }
}
