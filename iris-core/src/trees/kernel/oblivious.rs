//! Trees with one question a level: the answers are the bits of the leaf's number.

use multiversion::multiversion;

use super::Tiles;
use crate::trees::columns::LANES;
use crate::trees::key::Key;

/// Trees as their questions and what is in their leaves.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ObliviousTrees<K> {
    /// From the highest bit to the lowest.
    pub(super) questions: Vec<Question<K>>,
    /// Of each tree, where its questions and its payloads end.
    pub(super) ends: Vec<(usize, usize)>,
    pub(super) payloads: Vec<K>,
    /// Of each tree, the place that its first leaf's payload is, if the others' are those behind it.
    firsts: Vec<Option<i32>>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Question<K> {
    pub(super) threshold: K,
    pub(super) column: u32,
}

/// A tree after it was checked.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::trees) struct Ordered {
    /// Columns and thresholds; the first answers with the lowest bit.
    pub(in crate::trees) questions: Vec<(u32, f64)>,
    /// Where the numbers of the first leaf begin, and how many each has.
    pub(in crate::trees) first_value: u32,
    pub(in crate::trees) width: u32,
}

impl Ordered {
    /// Where the numbers of each leaf begin, and how many there are.
    pub(in crate::trees) fn leaves(&self) -> impl Iterator<Item = (u32, usize)> {
        let Self { first_value, width, .. } = *self;
        (0..1 << self.questions.len()).map(move |leaf| (first_value + leaf * width, width as usize))
    }
}

impl<K: Key> ObliviousTrees<K> {
    pub(super) fn new(trees: &[Ordered], payload: impl Fn(u32) -> K) -> Self {
        let mut new =
            Self { questions: Vec::new(), ends: Vec::new(), payloads: Vec::new(), firsts: Vec::new() };
        for Ordered { questions, first_value, width } in trees {
            let questions = questions.iter().rev();
            new.questions.extend(
                questions
                    .map(|(column, threshold)| Question { threshold: K::of(*threshold), column: column + 1 }),
            );
            let n_leaves = 1 << (new.questions.len() - new.ends.last().map_or(0, |(end, _)| *end));
            let of_leaves = new.payloads.len();
            new.payloads.extend((0..n_leaves).map(|leaf| payload(first_value + leaf * width)));
            new.firsts.push(first_of(&new.payloads[of_leaves..]));
            new.ends.push((new.questions.len(), new.payloads.len()));
        }
        new
    }

    /// The leaves that a row comes to, tree by tree.
    pub(super) fn row(&self, keys: &[K], payloads: &mut [K]) {
        let mut questions = &self.questions[..];
        let mut of_leaves = &self.payloads[..];
        let (mut asked, mut passed) = (0, 0);
        for ((questions_end, payloads_end), payload) in self.ends.iter().zip(payloads) {
            let of_tree;
            (of_tree, questions) = questions.split_at(questions_end - asked);
            let leaf = of_tree.iter().fold(0, |leaf, Question { threshold, column }| {
                2 * leaf + usize::from(keys[*column as usize] > *threshold)
            });
            *payload = of_leaves[leaf];
            of_leaves = &of_leaves[payloads_end - passed..];
            (asked, passed) = (*questions_end, *payloads_end);
        }
    }

    /// The leaves of one tree that the rows of tiles come to.
    pub(super) fn tree(&self, tree: usize, tiles: Tiles<'_, K>, payloads: &mut [[K; LANES]]) {
        let (asked, passed) = tree.checked_sub(1).map_or((0, 0), |before| self.ends[before]);
        let (questions_end, payloads_end) = self.ends[tree];
        let questions = &self.questions[asked..questions_end];
        match self.firsts[tree] {
            Some(first) => number(questions, first, tiles, payloads),
            None => look_up(questions, &self.payloads[passed..payloads_end], tiles, payloads),
        }
    }
}

/// The place that the first payload is, if each is the place behind the one before.
fn first_of<K: Key>(payloads: &[K]) -> Option<i32> {
    let first = payloads.first()?.place();
    let is_in_order = |(payload, place): (&K, i32)| *payload == K::from_place(place);
    payloads.iter().zip(first..).all(is_in_order).then_some(first)
}

/// The leaves' payloads, where they are places in the order of the leaves.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl", "x86_64+avx2"))]
fn number<K: Key>(questions: &[Question<K>], first: i32, tiles: Tiles<'_, K>, payloads: &mut [[K; LANES]]) {
    for (tile, payloads) in payloads.iter_mut().enumerate() {
        let leaves = leaves(questions, tiles.tile(tile));
        for lane in 0..LANES {
            payloads[lane] = K::from_place(first + leaves[lane]);
        }
    }
}

/// The leaves' payloads, whatever they are.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl", "x86_64+avx2"))]
fn look_up<K: Key>(
    questions: &[Question<K>],
    of_leaves: &[K],
    tiles: Tiles<'_, K>,
    payloads: &mut [[K; LANES]],
) {
    for (tile, payloads) in payloads.iter_mut().enumerate() {
        for (payload, leaf) in payloads.iter_mut().zip(leaves(questions, tiles.tile(tile))) {
            *payload = of_leaves[leaf.cast_unsigned() as usize];
        }
    }
}

/// The number of the leaf that each row of a tile comes to.
#[inline(always)]
fn leaves<K: Key>(questions: &[Question<K>], keys: &[[K; LANES]]) -> [i32; LANES] {
    let mut leaves = [0; LANES];
    for Question { threshold, column } in questions {
        let keys = &keys[*column as usize];
        for lane in 0..LANES {
            leaves[lane] = 2 * leaves[lane] + i32::from(keys[lane] > *threshold);
        }
    }
    leaves
}
