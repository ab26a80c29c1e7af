//! Trees with one question a level, for many rows: of how many of a column's
//! thresholds a key is above is one byte, and all that is asked about is that.

use std::ops::Range;

use multiversion::multiversion;

use super::oblivious::Ordered;
use super::{LANES, Tiles};
use crate::trees::key::Key;
use crate::trees::leaves::Number;

/// Rows whose bytes lie side by side, as many as the widest registers hold.
pub(in crate::trees) const WIDE: usize = 64;

/// Leaves that a byte can number.
const LEAVES: usize = 256;

/// Trees whose leaves are added to a row's sum at once.
const TOGETHER: usize = 8;

/// Thresholds of a column up to which they are all counted.
const COUNTED: usize = 32;

/// Thresholds of which one is looked at before the others.
const STRIDE: usize = 16;

/// Questions of a column that make up for the search of its keys' bytes.
const WORTH: usize = 32;

/// Trees as their questions, whose thresholds are told by their ranks.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::trees) struct Binned<K> {
    /// Of each column, in ascending order: up to [`COUNTED`], or as many as a byte can
    /// count and the greatest key for those that there are not.
    thresholds: Vec<Vec<K>>,
    /// From the highest bit to the lowest.
    questions: Vec<Question>,
    trees: Vec<Tree>,
}

/// Whether a key is above more of its column's thresholds than this.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Question {
    column: u16,
    rank: u8,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Tree {
    questions_end: u32,
    /// Where in the table its leaves' numbers begin, of which each has one.
    first_value: u32,
}

impl<K: Key> Binned<K> {
    /// `None` if a column has more thresholds, or a tree more leaves, than a byte
    /// can number, or if too little is asked to make up for the bytes.
    pub(in crate::trees) fn new(trees: &[Ordered]) -> Option<Self> {
        let asked = || trees.iter().flat_map(|tree| &tree.questions);
        let n_columns = asked().map(|(column, _)| *column as usize + 1).max().unwrap_or(0);
        if asked().count() < WORTH * n_columns {
            return None;
        }
        let mut thresholds = vec![Vec::new(); n_columns];
        asked().for_each(|(column, threshold)| thresholds[*column as usize].push(K::of(*threshold)));
        for of_column in &mut thresholds {
            of_column.sort_unstable();
            of_column.dedup();
        }
        let mut new = Self { thresholds, questions: Vec::new(), trees: Vec::with_capacity(trees.len()) };
        for Ordered { questions, first_value, .. } in trees {
            for (column, threshold) in questions.iter().rev() {
                let rank = new.thresholds[*column as usize].binary_search(&K::of(*threshold)).ok()?;
                // Of 256 thresholds the last would be the one that nothing is above of in a byte.
                let rank = u8::try_from(rank).ok().filter(|rank| *rank < u8::MAX)?;
                new.questions.push(Question { column: u16::try_from(*column).ok()?, rank });
            }
            let questions_end = u32::try_from(new.questions.len()).ok()?;
            new.trees.push(Tree { questions_end, first_value: *first_value });
        }
        let has_few_leaves = |tree: &Ordered| 1 << tree.questions.len() <= LEAVES;
        for of_column in new.thresholds.iter_mut().filter(|of_column| of_column.len() > COUNTED) {
            of_column.resize(LEAVES, K::of(f64::NAN));
        }
        trees.iter().all(has_few_leaves).then_some(new)
    }

    /// Numbers that have to be in a table behind the last leaf's.
    pub(in crate::trees) const BEHIND: usize = LEAVES - 1;

    /// Bytes of so many rows, column by column.
    pub(in crate::trees) fn n_bins(&self, n_rows: usize) -> usize {
        n_rows.div_ceil(WIDE) * self.thresholds.len()
    }

    /// Adds the numbers of the leaves that rows come to, tree after tree, to their sums.
    pub(in crate::trees) fn add<T: Number>(
        &self,
        tiles: Tiles<'_, K>,
        bins: &mut [[u8; WIDE]],
        table: &[T],
        sums: &mut [T],
    ) {
        let n_tiles = sums.len().div_ceil(LANES);
        if let Some(n_columns) = Some(self.thresholds.len()).filter(|n_columns| *n_columns > 0) {
            for (index, bins) in bins.chunks_exact_mut(n_columns).enumerate() {
                let first = index * (WIDE / LANES);
                fill(&self.thresholds, tiles, first..n_tiles.min(first + WIDE / LANES), bins);
            }
        }
        add_trees(self, bins, table, sums);
    }
}

/// The bytes of tiles, column by column.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl", "x86_64+avx2"))]
fn fill<K: Key>(thresholds: &[Vec<K>], tiles: Tiles<'_, K>, of_tiles: Range<usize>, bins: &mut [[u8; WIDE]]) {
    for (place, tile) in of_tiles.enumerate() {
        // The first column is not asked about.
        let keys = &tiles.tile(tile)[1..];
        for ((thresholds, keys), bins) in thresholds.iter().zip(keys).zip(&mut *bins) {
            let bins = &mut bins[place * LANES..][..LANES];
            match thresholds.as_slice().try_into() {
                Ok(thresholds) => search(thresholds, keys, bins),
                Err(_) => count(thresholds, keys, bins),
            }
        }
    }
}

/// Of how many thresholds each key is above.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "they are no more than a byte")]
fn count<K: Key>(thresholds: &[K], keys: &[K; LANES], bins: &mut [u8]) {
    let mut counts = [0i32; LANES];
    for threshold in thresholds {
        for lane in 0..LANES {
            counts[lane] += i32::from(keys[lane] > *threshold);
        }
    }
    bins.iter_mut().zip(counts).for_each(|(bin, count)| *bin = count as u8);
}

/// The same of as many thresholds as there can be, all keys together.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "they are no more than a byte")]
fn search<K: Key>(thresholds: &[K; LEAVES], keys: &[K; LANES], bins: &mut [u8]) {
    let mut counts = [0u32; LANES];
    for threshold in thresholds.iter().skip(STRIDE - 1).step_by(STRIDE) {
        for lane in 0..LANES {
            counts[lane] += u32::from(keys[lane] > *threshold) * STRIDE as u32;
        }
    }
    let mut step = STRIDE / 2;
    while step > 0 {
        for lane in 0..LANES {
            let probe = (counts[lane] as usize + step - 1) % LEAVES;
            counts[lane] += if keys[lane] > thresholds[probe] { step as u32 } else { 0 };
        }
        step /= 2;
    }
    bins.iter_mut().zip(counts).for_each(|(bin, count)| *bin = count as u8);
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl", "x86_64+avx2"))]
fn add_trees<K, T: Number>(binned: &Binned<K>, bins: &[[u8; WIDE]], table: &[T], sums: &mut [T]) {
    let Binned { thresholds, questions, trees } = binned;
    let mut asked = 0;
    let mut questions_of = |tree: &Tree| {
        let of_tree = &questions[asked..tree.questions_end as usize];
        asked = tree.questions_end as usize;
        of_tree
    };
    let values_of = |tree: &Tree| -> &[T; LEAVES] {
        table[tree.first_value as usize..].first_chunk().expect("there are numbers behind the last leaf's")
    };
    let (groups, rest) = trees.as_chunks::<TOGETHER>();
    for group in groups {
        let of_group = group.each_ref().map(&mut questions_of);
        let values = group.each_ref().map(values_of);
        for (index, sums) in sums.chunks_mut(WIDE).enumerate() {
            let bins = &bins[index * thresholds.len()..];
            add(&of_group.map(|questions| leaves(questions, bins)), values, sums);
        }
    }
    for tree in rest {
        let (questions, values) = (questions_of(tree), values_of(tree));
        for (index, sums) in sums.chunks_mut(WIDE).enumerate() {
            add(&[leaves(questions, &bins[index * thresholds.len()..])], [values], sums);
        }
    }
}

/// The number of the leaf that each row comes to.
#[inline(always)]
fn leaves(questions: &[Question], bins: &[[u8; WIDE]]) -> [u8; WIDE] {
    let mut leaves = [0; WIDE];
    for Question { column, rank } in questions {
        let bins = &bins[*column as usize];
        for lane in 0..WIDE {
            // The highest bit of eight is not doubled.
            leaves[lane] = (leaves[lane] << 1) | u8::from(bins[lane] > *rank);
        }
    }
    leaves
}

/// Adds the numbers of these leaves to the sums of rows.
///
/// A function of its own, as what vector registers can gather is slower than
/// loading number by number.
#[inline(never)]
fn add<T: Number, const N: usize>(leaves: &[[u8; WIDE]; N], values: [&[T; LEAVES]; N], sums: &mut [T]) {
    for (lane, sum) in sums.iter_mut().take(WIDE).enumerate() {
        for tree in 0..N {
            *sum = sum.plus(values[tree][leaves[tree][lane] as usize]);
        }
    }
}
