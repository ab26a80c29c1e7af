//! A block of rows as the model takes them, and what was wrong with others.

use std::ops::Range;

#[cfg(feature = "tables")]
use arrow_array::ArrayRef;

/// Rows that could be read, with the columns that are kept, and those that could not.
#[derive(Default)]
pub(super) struct Rows {
    /// The model's numbers, a row behind the other.
    pub(super) values: Vec<f64>,
    /// Where each row came from.
    pub(super) places: Vec<Place>,
    pub(super) kept: Vec<Kept>,
    pub(super) rejects: Vec<Reject>,
    /// Lines of the block, or its rows, if it has no lines.
    pub(super) n_lines: u64,
    /// Lines without anything, which are no rows.
    pub(super) n_blank: u64,
}

/// Where a row stands in its block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Line, or row, counted from 0.
    pub(super) line: u64,
    /// Its bytes; of a table its number.
    pub(super) bytes: Range<u32>,
}

/// A row without an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reject {
    pub(super) place: Place,
    pub(super) reason: String,
    /// Whether its text can be written again as it was, or only as one field.
    pub(super) is_sound: bool,
}

/// A column that is repeated in the output.
pub(super) enum Kept {
    Texts(Texts),
    #[cfg(feature = "tables")]
    Array(ArrayRef),
}

/// Texts, one a row.
#[derive(Debug, Clone, Default)]
pub(super) struct Texts {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    /// Whether they are values of JSON.
    pub(super) are_json: bool,
}

impl Rows {
    /// Empties it, for the next block.
    pub(super) fn clear(&mut self) {
        self.values.clear();
        self.places.clear();
        self.rejects.clear();
        (self.n_lines, self.n_blank) = (0, 0);
        self.kept.iter_mut().filter_map(Kept::texts_mut).for_each(Texts::clear);
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// Moves the rows with a reason to those that are rejected.
    pub(super) fn reject(&mut self, mut reasons: Vec<Option<String>>) {
        let width = self.values.len() / reasons.len().max(1);
        let is_good: Vec<bool> = reasons.iter().map(Option::is_none).collect();
        let mut to = 0;
        for from in (0..is_good.len()).filter(|row| is_good[*row]) {
            self.values.copy_within(from * width..(from + 1) * width, to * width);
            to += 1;
        }
        self.values.truncate(to * width);
        self.kept.iter_mut().for_each(|kept| kept.retain(&is_good));
        let mut places = std::mem::take(&mut self.places).into_iter();
        for reason in &mut reasons {
            let place = places.next().expect("a row has a place");
            match reason.take() {
                Some(reason) => self.rejects.push(Reject { place, reason, is_sound: true }),
                None => self.places.push(place),
            }
        }
        self.rejects.sort_by_key(|reject| reject.place.line);
    }
}

impl Kept {
    /// The texts, if it is not an array.
    pub(super) fn texts_mut(&mut self) -> Option<&mut Texts> {
        match self {
            Self::Texts(texts) => Some(texts),
            #[cfg(feature = "tables")]
            Self::Array(_) => None,
        }
    }

    fn retain(&mut self, is_good: &[bool]) {
        match self {
            Self::Texts(texts) => {
                let mut left = Texts { are_json: texts.are_json, ..Texts::default() };
                (0..is_good.len()).filter(|row| is_good[*row]).for_each(|row| left.push(texts.get(row)));
                *texts = left;
            }
            #[cfg(feature = "tables")]
            Self::Array(array) => {
                let mask = arrow_array::BooleanArray::from(is_good.to_vec());
                *array = arrow_select::filter::filter(array, &mask).expect("as long as its column");
            }
        }
    }
}

impl Texts {
    pub(super) fn of(are_json: bool) -> Self {
        Self { are_json, ..Self::default() }
    }

    pub(super) fn push(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len());
    }

    pub(super) fn get(&self, row: usize) -> &[u8] {
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start..self.ends[row]]
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Leaves the first `n`.
    pub(super) fn truncate(&mut self, n: usize) {
        self.ends.truncate(n);
        self.bytes.truncate(self.ends.last().copied().unwrap_or(0));
    }

    fn clear(&mut self) {
        self.truncate(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejected_rows_go_with_all_that_is_theirs() {
        let place = |line: u64| Place { line, bytes: 0..0 };
        let mut texts = Texts::default();
        for text in [&b"a"[..], b"", b"ccc"] {
            texts.push(text);
        }
        let mut rows = Rows {
            values: vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
            places: vec![place(0), place(2), place(4)],
            kept: vec![Kept::Texts(texts)],
            rejects: vec![Reject { place: place(3), reason: "short".to_owned(), is_sound: false }],
            ..Rows::default()
        };
        rows.reject(vec![None, Some("wrong".to_owned()), None]);
        assert_eq!(rows.values, [1.0, 2.0, 5.0, 6.0]);
        assert_eq!(rows.places, [place(0), place(4)]);
        let reasons: Vec<&str> = rows.rejects.iter().map(|reject| reject.reason.as_str()).collect();
        assert_eq!(reasons, ["wrong", "short"]);
        let texts = rows.kept[0].texts_mut().unwrap();
        assert_eq!((texts.len(), texts.get(0), texts.get(1)), (2, &b"a"[..], &b"ccc"[..]));
    }
}
