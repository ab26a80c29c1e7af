//! The stack of the machine, with its marks and its memo.

use super::id::ObjectId;
use crate::error::{Error, Result};

/// What one pickle works on; a pickle within a pickle has its own.
#[derive(Debug, Default)]
pub(super) struct Stack {
    objects: Vec<ObjectId>,
    /// How long the stack was at each mark. Nothing below the last is reached.
    marks: Vec<usize>,
    memo: Vec<Option<ObjectId>>,
}

impl Stack {
    pub(super) fn push(&mut self, id: ObjectId) {
        self.objects.push(id);
    }

    pub(super) fn mark(&mut self) {
        self.marks.push(self.objects.len());
    }

    pub(super) fn pop(&mut self) -> Result<ObjectId> {
        let top = self.top()?;
        self.objects.pop();
        Ok(top)
    }

    /// What `POP` takes away: an object, or a mark with nothing above it.
    pub(super) fn drop_top(&mut self) -> Result<()> {
        match self.pop() {
            Err(_) => self.marks.pop().map(|_| ()).ok_or_else(empty),
            Ok(_) => Ok(()),
        }
    }

    pub(super) fn top(&self) -> Result<ObjectId> {
        self.objects[self.floor()..].last().copied().ok_or_else(empty)
    }

    /// Everything above the last mark, which is taken away.
    pub(super) fn pop_mark(&mut self) -> Result<Vec<ObjectId>> {
        let mark = self.marks.pop().ok_or_else(|| Error::malformed("there is no mark on the stack"))?;
        Ok(self.objects.split_off(mark))
    }

    /// The last `n` objects.
    pub(super) fn pop_many(&mut self, n: usize) -> Result<Vec<ObjectId>> {
        let reachable = self.objects.len() - self.floor();
        let kept = reachable.checked_sub(n).ok_or_else(empty)?;
        Ok(self.objects.split_off(self.floor() + kept))
    }

    pub(super) fn memo_len(&self) -> usize {
        self.memo.len()
    }

    pub(super) fn put(&mut self, index: usize, id: ObjectId) {
        if self.memo.len() <= index {
            self.memo.resize(index + 1, None);
        }
        self.memo[index] = Some(id);
    }

    pub(super) fn recall(&self, index: usize) -> Result<ObjectId> {
        let known = self.memo.get(index).copied().flatten();
        known.ok_or_else(|| Error::malformed(format!("nothing was put down as number {index}")))
    }

    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }
}

#[cold]
fn empty() -> Error {
    Error::malformed("the stack is empty")
}
