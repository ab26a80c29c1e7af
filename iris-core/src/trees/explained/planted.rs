//! What is kept of trees while they are planted, so that they can be explained.

use super::WhyNot;
use crate::trees::CategorySet;
use crate::trees::flat::{Flat, Kind};

/// Trees as they were planted, and how much of the training data came to each of their nodes.
pub(in crate::trees) struct Planted {
    pub(in crate::trees) nodes: Vec<Flat>,
    pub(in crate::trees) roots: Vec<u32>,
    pub(in crate::trees) sets: Vec<CategorySet>,
    pub(in crate::trees) values: Vec<f64>,
    pub(in crate::trees) outputs: Vec<Option<usize>>,
    pub(in crate::trees) covers: Vec<f64>,
}

/// Nodes of the largest forest that is kept a second time for this, in some 100 MB.
const MAX_NODES: usize = 1 << 22;

/// Questions on the longest way; each is a call on the stack.
const MAX_DEPTH: usize = 512;

/// More than any training data is, and few enough to be added up.
const MAX_COVER: f64 = 1e300;

impl Planted {
    /// The share of each node in what came to the node before it.
    pub(super) fn shares(&self, depth: usize) -> Result<Vec<f64>, WhyNot> {
        if !self.covers.iter().all(|cover| (0.0..MAX_COVER).contains(cover)) {
            return Err("what its file tells of how much of the training data came to a node is no amount");
        }
        if self.nodes.len() > MAX_NODES {
            return Err("its trees have more than 4,194,304 nodes");
        }
        if depth > MAX_DEPTH {
            return Err("one of its trees is deeper than 512 questions");
        }
        let mut shares = vec![1.0; self.nodes.len()];
        for node in &self.nodes {
            let (Kind::Number { left, .. } | Kind::Set { left, .. }) = node.kind() else { continue };
            let left = left as usize;
            let both = self.covers[left] + self.covers[left + 1];
            for child in [left, left + 1] {
                // Where nothing came to either, neither is more likely.
                shares[child] = if both == 0.0 { 0.5 } else { self.covers[child] / both };
            }
        }
        Ok(shares)
    }
}
