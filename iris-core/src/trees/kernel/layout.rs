//! In which order the nodes of a tree lie in memory.

use crate::trees::flat::Flat;

/// Levels that lie together: 14 nodes, which are two lines of a cache in the
/// smallest form, so that a way down a large tree meets few lines.
const LEVELS: usize = 3;

/// A tree's nodes in their new order.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// Which node comes next; siblings stay beside each other.
    pub(super) order: Vec<u32>,
    /// Where each node lies, counted from the root.
    pub(super) place: Vec<u32>,
    /// Questions on the longest way.
    pub(super) depth: u32,
}

/// Lays out the tree whose nodes these are, the first of them the root, and
/// whose children are numbered from `first` on.
pub(super) fn layout(nodes: &[Flat], first: u32) -> Layout {
    let left_of = |node: u32| nodes[node as usize].left().map(|left| left - first);
    let mut order = vec![0];
    let mut depth = 0;
    // Blocks to come: the node on top, and its depth.
    let mut blocks = vec![(0, 0)];
    while let Some((top, top_depth)) = blocks.pop() {
        let mut level = vec![top];
        let mut level_depth = top_depth;
        for _ in 0..LEVELS {
            let below: Vec<u32> = level.iter().filter_map(|node| left_of(*node)).collect();
            level = below.iter().flat_map(|left| [*left, left + 1]).collect();
            if level.is_empty() {
                break;
            }
            level_depth += 1;
            order.extend_from_slice(&level);
        }
        depth = depth.max(level_depth);
        blocks.extend(
            level.into_iter().rev().filter(|node| left_of(*node).is_some()).map(|node| (node, level_depth)),
        );
    }
    let mut place = vec![0; nodes.len()];
    for (position, node) in (0u32..).zip(&order) {
        place[*node as usize] = position;
    }
    Layout { order, place, depth }
}
