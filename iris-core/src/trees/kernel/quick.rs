//! Small trees over many rows without any way down: every question of a tree
//! crosses out the leaves that it excludes, a bit each, for a tile of rows at once.
//!
//! After `QuickScorer` (Lucchese et al., SIGIR 2015) and its vectorised form
//! (SIGIR 2016), but tree by tree, so that the bits stay in registers and
//! leaves are found in the order of the forest.

use std::ops::Range;

use multiversion::multiversion;

use super::{Grove, Tiles};
use crate::trees::columns::LANES;
use crate::trees::flat::{Flat, Kind};
use crate::trees::key::Key;

/// Trees of at most [`MAX_LEAVES`] leaves.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Quick<K> {
    questions: Vec<Question<K>>,
    /// 32 leaves each, of which a tree has one or more.
    words: Vec<Word<K>>,
    trees: Vec<Range<u32>>,
}

/// Bits stay that are in the mask, or where the value is at most the threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Question<K> {
    threshold: K,
    column: u32,
    mask: u32,
}

/// The questions that cross out any of 32 leaves, and what is in these.
#[derive(Debug, Clone, PartialEq)]
struct Word<K> {
    questions: Range<u32>,
    payloads: [K; WORD],
}

/// Leaves whose bits are a number.
const WORD: usize = 32;

/// Past these a way down costs less than all questions.
const MAX_LEAVES: usize = 64;

impl<K: Key> Quick<K> {
    /// The forest in this form; `None` where a tree has more leaves, or a set of categories.
    pub(super) fn new(grove: &Grove<'_>, payload: impl Fn(u32) -> K) -> Option<Self> {
        let mut quick = Self { questions: Vec::new(), words: Vec::new(), trees: Vec::new() };
        for (index, first) in grove.roots.iter().enumerate() {
            let tree = Crossed::of(grove.tree(index), *first)?;
            let first_word = u32::try_from(quick.words.len()).ok()?;
            for (word, leaves) in tree.leaves.chunks(WORD).enumerate() {
                let first_question = u32::try_from(quick.questions.len()).ok()?;
                for (column, threshold, excluded) in &tree.questions {
                    let mask = !word_of(*excluded, word);
                    if mask != u32::MAX {
                        let threshold = K::of(*threshold);
                        quick.questions.push(Question { threshold, column: column + 1, mask });
                    }
                }
                let end = u32::try_from(quick.questions.len()).ok()?;
                let mut payloads = [K::LEAST; WORD];
                payloads.iter_mut().zip(leaves).for_each(|(to, values)| *to = payload(*values));
                quick.words.push(Word { questions: first_question..end, payloads });
            }
            quick.trees.push(first_word..u32::try_from(quick.words.len()).ok()?);
        }
        Some(quick)
    }

    /// The leaves of one tree that the rows of tiles come to.
    pub(super) fn tree(&self, tree: usize, tiles: Tiles<'_, K>, payloads: &mut [[K; LANES]]) {
        let Range { start, end } = self.trees[tree].clone();
        cross_out(&self.questions, &self.words[start as usize..end as usize], tiles, payloads);
    }
}

/// What of 64 bits is in this word.
#[expect(clippy::cast_possible_truncation, reason = "the rest is in other words")]
fn word_of(bits: u64, word: usize) -> u32 {
    (bits >> (word * WORD)) as u32
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl", "x86_64+avx2"))]
fn cross_out<K: Key>(
    questions: &[Question<K>],
    words: &[Word<K>],
    tiles: Tiles<'_, K>,
    payloads: &mut [[K; LANES]],
) {
    for (tile, payloads) in payloads.iter_mut().enumerate() {
        let keys = tiles.tile(tile);
        // From the last word to the first, as the first bit that is left is the leaf's.
        for word in words.iter().rev() {
            let Range { start, end } = word.questions.clone();
            let mut left = [u32::MAX; LANES];
            for Question { threshold, column, mask } in &questions[start as usize..end as usize] {
                let keys = &keys[*column as usize];
                for lane in 0..LANES {
                    left[lane] &= *mask | u32::from(keys[lane] > *threshold).wrapping_sub(1);
                }
            }
            for lane in 0..LANES {
                let payload = word.payloads[(left[lane].trailing_zeros() & 31) as usize];
                payloads[lane] = if left[lane] == 0 { payloads[lane] } else { payload };
            }
        }
    }
}

/// A tree as its leaves from left to right, and the leaves that each question excludes.
#[derive(Default)]
struct Crossed {
    /// Where the numbers of each begin.
    leaves: Vec<u32>,
    /// Column, threshold, and the leaves on its left, which a value above it excludes.
    questions: Vec<(u32, f64, u64)>,
}

/// What is to be done about a node.
enum Visit {
    Enter(u32),
    /// The left side is through, which began at this leaf.
    Between {
        column: u32,
        threshold: f64,
        first_leaf: usize,
    },
}

impl Crossed {
    fn of(nodes: &[Flat], first: u32) -> Option<Self> {
        let mut tree = Self::default();
        let mut visits = vec![Visit::Enter(0)];
        while let Some(visit) = visits.pop() {
            match visit {
                Visit::Enter(node) => match nodes[node as usize].kind() {
                    Kind::Leaf(_) if tree.leaves.len() == MAX_LEAVES => return None,
                    Kind::Leaf(values) => tree.leaves.push(values),
                    Kind::Number { column, threshold, left } => {
                        let first_leaf = tree.leaves.len();
                        visits.push(Visit::Enter(left - first + 1));
                        visits.push(Visit::Between { column, threshold, first_leaf });
                        visits.push(Visit::Enter(left - first));
                    }
                    Kind::Set { .. } => return None,
                },
                Visit::Between { column, threshold, first_leaf } => {
                    // There is a leaf on the right still, so the left ones are fewer than 64.
                    let excluded = (1 << tree.leaves.len().min(63)) - (1 << first_leaf);
                    tree.questions.push((column, threshold, excluded));
                }
            }
        }
        Some(tree)
    }
}
