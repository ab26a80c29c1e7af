//! How a forest finds the leaves of rows: one way for a row alone, one for many,
//! chosen by its shape when it is made.
//!
//! | kernel | for a row | for a tile of rows |
//! |---|---|---|
//! | [`walk`] | every forest of nodes | trees too large for [`quick`], or with sets of categories |
//! | [`quick`] | | trees of up to 64 leaves |
//! | [`oblivious`] | trees with one question a level | the same, unless [`binned`] takes them |
//! | [`binned`] | | the same trees, whose leaves and each column's thresholds a byte can number |
//!
//! All of them come to the same leaf of a tree, so which one was at work is
//! nowhere to be seen in an answer.

mod binned;
mod layout;
mod node;
mod oblivious;
mod quick;
mod walk;

use super::columns::LANES;
use super::flat::{Flat, Kind};
use super::key::Key;
use super::{CategorySet, Size};
use node::{Categorical, NARROW, Narrow, Wide};
use oblivious::ObliviousTrees;
use quick::Quick;
use walk::Walk;

pub(super) use binned::{Binned, WIDE};
pub(super) use oblivious::Ordered;

/// The two kernels of a forest.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kernel<K> {
    Nodes { walk: Walks<K>, quick: Option<Quick<K>> },
    Oblivious(ObliviousTrees<K>),
}

/// A walk over the smallest nodes that hold the forest.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Walks<K> {
    Narrow(Walk<Narrow<K>>),
    Wide(Walk<Wide<K>>),
    Categorical(Walk<Categorical<K>>),
}

/// Trees as the readers' are, after they were checked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grove<'a> {
    pub(super) nodes: &'a [Flat],
    /// Where each tree begins; it ends where the next does.
    pub(super) roots: &'a [u32],
    pub(super) sets: &'a [CategorySet],
}

/// Keys of tiles of rows, column by column, tile after tile, and behind the
/// last as many more as the kernel's [window](Kernel::window) has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tiles<'a, K> {
    pub(super) keys: &'a [[K; LANES]],
    pub(super) n_columns: usize,
}

/// Columns that are in reach of where a row begins, used or not.
pub(super) const WINDOW: usize = NARROW;

impl<K: Key> Kernel<K> {
    /// The kernels for these trees, whose leaves give what `payload` makes of
    /// the place of their numbers.
    ///
    /// `None` if they are more than 32 bits can count.
    pub(super) fn of_nodes(grove: &Grove<'_>, payload: impl Fn(u32) -> K) -> Option<Self> {
        let walk = if grove.sets.is_empty() {
            let narrow = Walk::new(grove, &payload).map(Walks::Narrow);
            narrow.or_else(|| Walk::new(grove, &payload).map(Walks::Wide))?
        } else {
            Walks::Categorical(Walk::new(grove, &payload)?)
        };
        Some(Self::Nodes { walk, quick: Quick::new(grove, &payload) })
    }

    /// The kernels for trees with one question a level.
    pub(super) fn of_ordered(trees: &[Ordered], payload: impl Fn(u32) -> K) -> Self {
        Self::Oblivious(ObliviousTrees::new(trees, payload))
    }

    /// What the leaves give that a row comes to, tree by tree.
    #[inline]
    pub(super) fn row(&self, keys: &[K], payloads: &mut [K]) {
        match self {
            Self::Nodes { walk: Walks::Narrow(walk), .. } => walk.row(keys, payloads),
            Self::Nodes { walk: Walks::Wide(walk), .. } => walk.row(keys, payloads),
            Self::Nodes { walk: Walks::Categorical(walk), .. } => walk.row(keys, payloads),
            Self::Oblivious(trees) => trees.row(keys, payloads),
        }
    }

    /// What the leaves of one tree give that rows come to.
    #[inline]
    pub(super) fn tree(&self, tree: usize, tiles: Tiles<'_, K>, payloads: &mut [[K; LANES]]) {
        match self {
            Self::Nodes { quick: Some(quick), .. } => quick.tree(tree, tiles, payloads),
            Self::Nodes { walk: Walks::Narrow(walk), .. } => walk.tree(tree, tiles, payloads),
            Self::Nodes { walk: Walks::Wide(walk), .. } => walk.tree(tree, tiles, payloads),
            Self::Nodes { walk: Walks::Categorical(walk), .. } => walk.tree(tree, tiles, payloads),
            Self::Oblivious(trees) => trees.tree(tree, tiles, payloads),
        }
    }

    /// Columns that are in reach of where a tile begins, used or not.
    pub(super) fn window(&self) -> usize {
        match self {
            Self::Nodes { quick: None, walk: Walks::Narrow(_) } => NARROW,
            _ => 0,
        }
    }

    /// Rows from which on a tile pays, which costs as much as if it were full.
    pub(super) fn fewest_rows(&self) -> usize {
        match self {
            Self::Nodes { quick: None, .. } => LANES,
            _ => 4,
        }
    }

    /// Which they are, in words, and why.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Nodes { quick: Some(_), .. } => {
                "ways walked side by side for one row, bit vectors for many: no tree has more than 64 leaves"
            }
            Self::Nodes { walk: Walks::Narrow(_), .. } => {
                "ways walked side by side, over narrow nodes: columns and steps fit 16 bits"
            }
            Self::Nodes { walk: Walks::Wide(_), .. } => {
                "ways walked side by side, over wide nodes: trees or columns are too many for 16 bits"
            }
            Self::Nodes { walk: Walks::Categorical(_), .. } => {
                "ways walked side by side, over nodes that may ask for sets of categories"
            }
            Self::Oblivious(_) => {
                "leaves by their numbers, a bit a question: every tree asks one question a level"
            }
        }
    }
}

impl<'a> Grove<'a> {
    /// The nodes of a tree, the root first.
    fn tree(&self, index: usize) -> &'a [Flat] {
        let end = self.roots.get(index + 1).map_or(self.nodes.len(), |next| *next as usize);
        &self.nodes[self.roots[index] as usize..end]
    }

    /// How large the forest is.
    pub(super) fn size(&self) -> Size {
        let mut size = Size { n_trees: self.roots.len(), n_nodes: self.nodes.len(), n_leaves: 0, depth: 0 };
        for (index, first) in self.roots.iter().enumerate() {
            let nodes = self.tree(index);
            let mut depths = vec![0; nodes.len()];
            // A node stands in front of what is behind it.
            for (node, flat) in nodes.iter().enumerate() {
                match flat.left() {
                    Some(left) => {
                        let left = (left - first) as usize;
                        let depth = depths[node] + 1;
                        depths[left..left + 2].fill(depth);
                    }
                    None => size.n_leaves += 1,
                }
            }
            size.depth = depths.into_iter().fold(size.depth, usize::max);
        }
        size
    }

    /// Where the numbers of each leaf begin, and how many there are: as many as this says of its tree.
    pub(super) fn leaves(self, width: impl Fn(usize) -> usize) -> impl Iterator<Item = (u32, usize)> {
        (0..self.roots.len()).flat_map(move |tree| {
            let width = width(tree);
            self.tree(tree).iter().filter_map(move |node| match node.kind() {
                Kind::Leaf(values) => Some((values, width)),
                _ => None,
            })
        })
    }
}

impl<'a, K> Tiles<'a, K> {
    /// Column by column, this tile's keys, and whatever is behind.
    #[inline(always)]
    fn tile(&self, index: usize) -> &'a [[K; LANES]] {
        &self.keys[index * self.n_columns..]
    }
}
