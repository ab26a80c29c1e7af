//! From root to leaf, many ways at once: as each step waits for memory, the
//! steps of several trees, or of several rows, fill each other's time.

use std::hint::black_box;

use super::Grove;
use super::layout::layout;
use super::node::Node;
use crate::trees::CategorySet;
use crate::trees::columns::LANES;
use crate::trees::flat::Kind;
use crate::trees::key::Key;

/// A forest's nodes, and in which groups its trees are walked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Walk<N> {
    nodes: Vec<N>,
    sets: Vec<CategorySet>,
    /// In the order of the forest.
    trees: Vec<Root>,
    groups: Vec<Group>,
}

/// Where a tree begins, and how many steps reach every leaf of it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Root {
    node: u32,
    depth: u32,
}

/// Trees that one row goes down together, similarly deep.
#[derive(Debug, Clone, PartialEq)]
struct Group {
    roots: [u32; WAYS],
    /// Which trees they are. A group that is not full is filled up with one tree's repetitions.
    trees: [u32; WAYS],
    depth: u32,
}

/// Ways down at once.
const WAYS: usize = 8;

/// Steps between two looks at whether all ways have ended.
const STRIDE: u32 = 4;

impl<N: Node> Walk<N> {
    /// The nodes in this form; `None` where they do not fit.
    pub(super) fn new(grove: &Grove<'_>, payload: impl Fn(u32) -> N::Key) -> Option<Self> {
        let mut nodes = Vec::with_capacity(grove.nodes.len());
        let mut trees = Vec::with_capacity(grove.roots.len());
        for (index, first) in grove.roots.iter().enumerate() {
            let of_tree = grove.tree(index);
            let layout = layout(of_tree, *first);
            let root = u32::try_from(nodes.len()).ok()?;
            trees.push(Root { node: root, depth: layout.depth });
            for (place, node) in (0u32..).zip(&layout.order) {
                let offset = |left: u32| layout.place[(left - first) as usize] - place;
                nodes.push(match of_tree[*node as usize].kind() {
                    Kind::Leaf(values) => N::leaf(payload(values)),
                    Kind::Number { column, threshold, left } => {
                        N::question(column + 1, N::Key::of(threshold), offset(left))?
                    }
                    Kind::Set { column, set, left } => N::set(column + 1, set, offset(left))?,
                });
            }
        }
        let groups = groups(&trees);
        Some(Self { nodes, sets: grove.sets.to_vec(), trees, groups })
    }

    /// The leaves that a row comes to, tree by tree.
    pub(super) fn row(&self, keys: &[N::Key], payloads: &mut [N::Key]) {
        let keys = N::entries(keys);
        for Group { roots, trees, depth } in &self.groups {
            let ends = self.down(*roots, *depth, |_, node| *node.entry(keys));
            for (tree, end) in trees.iter().zip(ends) {
                payloads[*tree as usize] = self.nodes[end].payload();
            }
        }
    }

    /// The leaves of one tree that the rows of tiles come to.
    pub(super) fn tree(
        &self,
        tree: usize,
        tiles: super::Tiles<'_, N::Key>,
        payloads: &mut [[N::Key; LANES]],
    ) {
        let Root { node, depth } = self.trees[tree];
        for (tile, payloads) in payloads.iter_mut().enumerate() {
            let keys = N::entries(tiles.tile(tile));
            let ends = self.down([node; LANES], depth, |way, node| node.entry(keys)[way]);
            for (payload, end) in payloads.iter_mut().zip(ends) {
                *payload = self.nodes[end].payload();
            }
        }
    }

    /// Where ways end that begin at these nodes.
    #[inline(always)]
    fn down<const N_WAYS: usize>(
        &self,
        from: [u32; N_WAYS],
        depth: u32,
        key: impl Fn(usize, N) -> N::Key,
    ) -> [usize; N_WAYS] {
        let nodes = &self.nodes[..];
        let mut at = from.map(|node| node as usize);
        let mut left = depth;
        loop {
            for _ in 0..left.min(STRIDE) {
                for (way, at) in at.iter_mut().enumerate() {
                    let node = nodes[*at];
                    // Else the compiler gathers the sums of several ways into vectors, and spills all else.
                    *at = black_box(*at + node.step(key(way, node), &self.sets));
                }
            }
            left = left.saturating_sub(STRIDE);
            if left == 0 || at.iter().all(|at| nodes[*at].is_leaf()) {
                return at;
            }
        }
    }
}

/// Trees by their depth, so that none waits long for the others of its group.
fn groups(trees: &[Root]) -> Vec<Group> {
    let mut by_depth: Vec<u32> = (0u32..).zip(trees).map(|(tree, _)| tree).collect();
    by_depth.sort_by_key(|tree| trees[*tree as usize].depth);
    let of_group = |members: &[u32]| {
        let trees_of: [u32; WAYS] = std::array::from_fn(|way| members[way.min(members.len() - 1)]);
        Group {
            roots: trees_of.map(|tree| trees[tree as usize].node),
            trees: trees_of,
            depth: members.iter().map(|tree| trees[*tree as usize].depth).max().unwrap_or(0),
        }
    };
    by_depth.chunks(WAYS).map(of_group).collect()
}
