//! Counting the terms of a text: a sparse row.

#[cfg(feature = "pickle")]
use md5::{Digest, Md5};

use super::analyzer::{Analyzer, Room};
use super::murmur::murmur3;
use super::vocabulary::Vocabulary;

/// How a vectorizer counts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Counter {
    pub(crate) analyzer: Analyzer,
    pub(crate) index: Index,
    /// Whether it only counts that a term is there.
    pub(crate) is_binary: bool,
}

/// Which column a term has.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Index {
    Known(Vocabulary),
    Hashed {
        /// At least one, and fewer than 2^31.
        n_columns: u32,
        /// Whether half of the terms count down.
        has_signs: bool,
    },
    /// By their digests, into at least one.
    #[cfg(feature = "pickle")]
    Digested {
        n_columns: u32,
    },
}

/// A row of which most columns are zero: the others, in their order.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct SparseRow {
    pub(crate) columns: Vec<u32>,
    pub(crate) values: Vec<f64>,
}

/// Memory that counting works in.
#[derive(Debug, Default)]
pub(crate) struct Work {
    room: Room,
    found: Vec<u32>,
}

impl Counter {
    /// How many columns there are.
    pub(crate) fn n_columns(&self) -> usize {
        match &self.index {
            Index::Known(vocabulary) => vocabulary.len(),
            Index::Hashed { n_columns, .. } => *n_columns as usize,
            #[cfg(feature = "pickle")]
            Index::Digested { n_columns } => *n_columns as usize,
        }
    }

    /// Writes the counts of a text to `row`, in place of what is in it.
    pub(crate) fn count(&self, text: &str, work: &mut Work, row: &mut SparseRow) {
        let Work { room, found } = work;
        found.clear();
        match &self.index {
            Index::Known(vocabulary) => {
                self.analyzer.terms(text, room, |term| found.extend(vocabulary.column(term)));
                found.sort_unstable();
                self.sum(found.iter().map(|column| (*column, 1.0)), row);
            }
            Index::Hashed { n_columns, has_signs } => {
                self.analyzer.terms(text, room, |term| {
                    let hash = murmur3(term.as_bytes());
                    let is_negative = *has_signs && hash < 0;
                    found.push(column_of(hash, *n_columns) << 1 | u32::from(is_negative));
                });
                found.sort_unstable();
                let signed = |found: &u32| (found >> 1, if found & 1 == 1 { -1.0 } else { 1.0 });
                self.sum(found.iter().map(signed), row);
            }
            #[cfg(feature = "pickle")]
            Index::Digested { n_columns } => {
                self.analyzer.terms(text, room, |term| {
                    let digest = u128::from_be_bytes(Md5::digest(term).into());
                    let column = digest % u128::from(*n_columns);
                    found.push(u32::try_from(column).expect("a rest is less than what divides"));
                });
                found.sort_unstable();
                self.sum(found.iter().map(|column| (*column, 1.0)), row);
            }
        }
    }

    /// Adds up what stands in one column, of columns in order.
    fn sum(&self, found: impl Iterator<Item = (u32, f64)>, row: &mut SparseRow) {
        let SparseRow { columns, values } = row;
        columns.clear();
        values.clear();
        for (column, value) in found {
            match values.last_mut() {
                Some(sum) if columns.last() == Some(&column) => *sum += value,
                _ => {
                    columns.push(column);
                    values.push(value);
                }
            }
        }
        if self.is_binary {
            values.fill(1.0);
        }
    }
}

/// scikit-learn takes the magnitude, and of the one number that has none the rest of its own.
fn column_of(hash: i32, n_columns: u32) -> u32 {
    if hash == i32::MIN {
        let below = n_columns - 1;
        return (i32::MAX.unsigned_abs() - below) % n_columns;
    }
    hash.unsigned_abs() % n_columns
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{Accents, Case, Pattern, Unit};

    fn counted(counter: &Counter, text: &str) -> Vec<(u32, f64)> {
        let mut row = SparseRow { columns: vec![7], values: vec![7.0] };
        counter.count(text, &mut Work::default(), &mut row);
        row.columns.into_iter().zip(row.values).collect()
    }

    fn counter(index: Index) -> Counter {
        let unit = Unit::Words { pattern: Pattern::DEFAULT, stop_words: Vocabulary::default() };
        let analyzer = Analyzer { case: Case::Lower, accents: Accents::Kept, unit, n_grams: (1, 1) };
        Counter { analyzer, index, is_binary: false }
    }

    #[test]
    fn terms_are_counted_in_the_order_of_their_columns() {
        let known = counter(Index::Known(Vocabulary::new(&["red", "fox", "the"]).unwrap()));
        assert_eq!(counted(&known, "The red the dog"), [(0, 1.0), (2, 2.0)]);
        assert_eq!(counted(&known, ""), []);
        assert_eq!(counted(&Counter { is_binary: true, ..known }, "the the fox"), [(1, 1.0), (2, 1.0)]);
    }

    #[test]
    fn hashed_terms_count_up_or_down() {
        let text = "foo bar baz qux quux foo";
        let hashed = |n_columns, has_signs| counter(Index::Hashed { n_columns, has_signs });
        assert_eq!(counted(&hashed(16, true), text), HASHED);
        assert_eq!(counted(&hashed(1, false), text), [(0, 6.0)]);
        assert_eq!(column_of(i32::MIN, 1 << 20), (i32::MAX.unsigned_abs() - ((1 << 20) - 1)) % (1 << 20));
    }

    #[test]
    #[cfg(feature = "pickle")]
    fn a_whole_text_has_the_column_of_its_digest() {
        let analyzer =
            Analyzer { case: Case::Kept, accents: Accents::Kept, unit: Unit::Whole, n_grams: (1, 1) };
        let digested = Counter { analyzer, index: Index::Digested { n_columns: 8 }, is_binary: false };
        // By hashlib.
        for (text, column) in [("", 6), ("Oslo", 0), ("  two  words ", 1)] {
            assert_eq!(counted(&digested, text), [(column, 1.0)], "{text}");
        }
    }

    /// By `HashingVectorizer(n_features=16, norm=None)`.
    const HASHED: [(u32, f64); 5] = [(0, -2.0), (4, 1.0), (6, -1.0), (13, 1.0), (15, 1.0)];
}
