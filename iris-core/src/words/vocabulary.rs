//! The terms that a vectorizer was fitted on, each with its column.

use std::hash::{BuildHasher, RandomState};

/// Terms by their columns, found by hash.
///
/// A table of its own, since of a long text thousands of terms are looked up and most take less
/// than the standard library's hash does.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Vocabulary {
    /// All terms, one behind the other, in the order of their columns.
    joined: String,
    /// Where each ends.
    ends: Vec<u32>,
    /// Places of terms, a power of two of them: half a hash, and the column.
    places: Vec<Place>,
    /// Drawn for each vocabulary, so that no file can be written whose terms all meet.
    seed: u64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Place {
    tag: u32,
    column: u32,
}

/// No column: the place is free.
const FREE: u32 = u32::MAX;

/// Odd, with as many ones as zeros and no pattern: digits of π.
const FACTORS: [u64; 2] = [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7345];

impl Default for Vocabulary {
    /// Without a term.
    fn default() -> Self {
        Self {
            joined: String::new(),
            ends: Vec::new(),
            places: vec![Place { tag: 0, column: FREE }],
            seed: 0,
        }
    }
}

impl Vocabulary {
    /// The terms of the columns 0, 1 and so on; `None` if one is there twice, or their text is too long.
    pub(crate) fn new(terms: &[&str]) -> Option<Self> {
        let mut joined = String::new();
        let mut ends = Vec::with_capacity(terms.len());
        for term in terms {
            joined.push_str(term);
            ends.push(u32::try_from(joined.len()).ok()?);
        }
        let n_places = (2 * terms.len()).next_power_of_two();
        let places = vec![Place { tag: 0, column: FREE }; n_places];
        let mut vocabulary = Self { joined, ends, places, seed: RandomState::new().hash_one(0) };
        for (column, term) in terms.iter().enumerate() {
            let hash = vocabulary.hash(term);
            let place = vocabulary.place(hash, term);
            if vocabulary.places[place].column != FREE {
                return None;
            }
            let column = u32::try_from(column).ok().filter(|column| *column != FREE)?;
            vocabulary.places[place] = Place { tag: tag(hash), column };
        }
        Some(vocabulary)
    }

    /// How many terms there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The column of a term, if it is known.
    #[inline]
    pub(super) fn column(&self, term: &str) -> Option<u32> {
        let Place { column, .. } = self.places[self.place(self.hash(term), term)];
        (column != FREE).then_some(column)
    }

    /// Where a term is, or would be.
    #[inline]
    fn place(&self, hash: u64, term: &str) -> usize {
        let mask = self.places.len() - 1;
        #[expect(clippy::cast_possible_truncation, reason = "the mask leaves fewer bits")]
        let mut at = hash as usize & mask;
        loop {
            let Place { tag: known, column } = self.places[at];
            if column == FREE || known == tag(hash) && self.term(column) == term.as_bytes() {
                return at;
            }
            at = (at + 1) & mask;
        }
    }

    #[inline]
    fn term(&self, column: u32) -> &[u8] {
        let column = column as usize;
        let start = column.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.joined.as_bytes()[start as usize..self.ends[column] as usize]
    }

    #[inline]
    fn hash(&self, term: &str) -> u64 {
        let (blocks, rest) = term.as_bytes().as_chunks::<8>();
        let mut hash = self.seed ^ term.len() as u64;
        for block in blocks {
            hash = folded(hash ^ u64::from_le_bytes(*block), FACTORS[0]);
        }
        let rest = rest.iter().fold(0, |so_far, byte| so_far << 8 | u64::from(*byte));
        folded(folded(hash ^ rest, FACTORS[0]), FACTORS[1])
    }
}

/// The half of a hash that says nothing of its place.
fn tag(hash: u64) -> u32 {
    u32::try_from(hash >> 32).expect("half the bits are left")
}

/// Both halves of a product.
#[inline]
fn folded(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    #[expect(clippy::cast_possible_truncation, reason = "the lower half, to which the upper is added")]
    let lower = product as u64;
    lower ^ u64::try_from(product >> 64).expect("half the bits are left")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_term_is_found_and_nothing_else() {
        let terms: Vec<String> =
            (0..10_000).map(|n: u32| format!("{}é{n}", "x".repeat(n as usize % 20))).collect();
        let terms: Vec<&str> = terms.iter().map(String::as_str).collect();
        let vocabulary = Vocabulary::new(&terms).unwrap();
        assert_eq!(vocabulary.len(), terms.len());
        for (column, term) in terms.iter().enumerate() {
            assert_eq!(vocabulary.column(term), u32::try_from(column).ok(), "{term}");
        }
        for term in ["", "x", "é", "é10000", "xé1é"] {
            assert_eq!(vocabulary.column(term), None, "{term}");
        }
    }

    #[test]
    fn what_is_there_twice_is_refused_and_the_empty_term_is_one() {
        assert!(Vocabulary::new(&["a", "b", "a"]).is_none());
        let vocabulary = Vocabulary::new(&["", "a"]).unwrap();
        assert_eq!([vocabulary.column(""), vocabulary.column("a")], [Some(0), Some(1)]);
        assert_eq!(Vocabulary::new(&[]).unwrap().column("a"), None);
    }
}
