//! Which value of the file lies where in the arena of a program.

use std::ops::Range;

use super::INPUT;
use super::document::Document;

/// Values by their places, which do not overlap.
pub(super) struct Arena {
    values: Vec<Placed>,
}

/// Some columns of a value, in the order in which they lie in it.
struct Placed {
    at: Range<usize>,
    value: String,
    /// Which column of the value lies at the beginning, and how many it has.
    first: usize,
    width: usize,
}

impl Arena {
    /// With the row of features in front.
    pub(super) fn new(n_features: usize) -> Self {
        let row = Placed { at: 0..n_features, value: INPUT.to_owned(), first: 0, width: n_features };
        Self { values: vec![row] }
    }

    /// The value that lies there, put together of others if need be.
    pub(super) fn read(&self, document: &mut Document, at: &Range<usize>) -> String {
        if at.is_empty() {
            return document.columns(INPUT, []);
        }
        let mut parts = Vec::new();
        for placed in self.values.iter().filter(|placed| placed.at.start < at.end && at.start < placed.at.end)
        {
            let part = placed.at.start.max(at.start)..placed.at.end.min(at.end);
            let first = placed.first + part.start - placed.at.start;
            let columns = first..first + part.len();
            let value = if columns == (0..placed.width) {
                placed.value.clone()
            } else {
                document.columns(&placed.value, columns)
            };
            parts.push((part.start, value));
        }
        parts.sort_by_key(|(start, _)| *start);
        let parts: Vec<&str> = parts.iter().map(|(_, value)| &**value).collect();
        match parts[..] {
            [one] => one.to_owned(),
            _ => document.op_with("Concat", &parts, vec![super::document::int("axis", 1)]),
        }
    }

    /// Puts a value there, over what was.
    pub(super) fn write(&mut self, at: &Range<usize>, value: String) {
        let mut kept = Vec::with_capacity(self.values.len() + 1);
        for placed in std::mem::take(&mut self.values) {
            if placed.at.end <= at.start || at.end <= placed.at.start {
                kept.push(placed);
                continue;
            }
            let Placed { at: was, value, first, width } = placed;
            if was.start < at.start {
                kept.push(Placed { at: was.start..at.start, value: value.clone(), first, width });
            }
            if at.end < was.end {
                kept.push(Placed { at: at.end..was.end, value, first: first + at.end - was.start, width });
            }
        }
        kept.push(Placed { at: at.clone(), value, first: 0, width: at.len() });
        self.values = kept;
    }
}
