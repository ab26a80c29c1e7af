//! A forest that is walked, and its outputs.

use super::columns::Columns;
use super::linear::LinearLeaves;
use super::{CategorySet, Sum};
use crate::program::Refused;

/// Trees over prepared columns, and how their leaves are added.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Forest {
    pub(super) n_features: usize,
    pub(super) columns: Columns,
    pub(super) takes_missing: bool,
    pub(super) takes_infinite: bool,
    pub(super) nodes: Vec<Flat>,
    pub(super) sets: Vec<CategorySet>,
    pub(super) values: Vec<f64>,
    pub(super) linear: Option<LinearLeaves>,
    pub(super) heads: Vec<Head>,
    pub(super) sum: Sum,
}

/// Where a tree begins, and what its leaves add to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Head {
    pub(super) root: u32,
    pub(super) output: Option<usize>,
}

/// A node beside its sibling: `x <= threshold` leads to `left`, all else to the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Flat {
    threshold: f64,
    column: u32,
    left: u32,
}

/// In the place of a column: this is a leaf, and `left` where its numbers are.
const LEAF: u32 = u32::MAX;

/// On a column: the threshold is the number of a set.
const SET: u32 = 1 << 31;

impl Flat {
    pub(super) const HOLE: Self = Self { threshold: 0.0, column: LEAF, left: 0 };

    pub(super) fn leaf(values: u32) -> Self {
        Self { threshold: 0.0, column: LEAF, left: values }
    }

    pub(super) fn branch(column: u32, threshold: f64, left: u32) -> Self {
        Self { threshold, column, left }
    }

    pub(super) fn set(column: u32, set: u32, left: u32) -> Self {
        Self { threshold: f64::from(set), column: column | SET, left }
    }
}

impl Forest {
    /// Length of a row.
    pub(crate) fn n_features(&self) -> usize {
        self.n_features
    }

    /// Numbers that it makes of a row.
    pub(crate) fn n_outputs(&self) -> usize {
        self.sum.start.len()
    }

    /// Whether rows may have missing values.
    pub(crate) fn takes_missing(&self) -> bool {
        self.takes_missing
    }

    /// Whether rows may have infinities.
    pub(crate) fn takes_infinite(&self) -> bool {
        self.takes_infinite
    }

    /// Numbers that a call on one row works in.
    pub(crate) fn scratch_len(&self) -> usize {
        self.columns.list.len()
    }

    /// The outputs of one row.
    pub(crate) fn apply(&self, row: &[f64], out: &mut [f64], scratch: &mut [f64]) -> Result<(), Refused> {
        let columns = &mut scratch[..self.columns.list.len()];
        self.columns.prepare(row, self.takes_infinite, columns)?;
        out.copy_from_slice(&self.sum.start);
        for Head { root, output } in &self.heads {
            let leaf = self.leaf(*root, columns);
            match output {
                Some(output) => self.sum.add(&mut out[*output], self.value(leaf, row)),
                None => {
                    let values = &self.values[leaf..leaf + out.len()];
                    out.iter_mut().zip(values).for_each(|(sum, value)| self.sum.add(sum, *value));
                }
            }
        }
        self.sum.finish(out);
        Ok(())
    }

    /// Where the numbers of the leaf are that a row comes to.
    fn leaf(&self, root: u32, columns: &[f64]) -> usize {
        let mut node = &self.nodes[root as usize];
        while node.column != LEAF {
            let value = columns[(node.column & !SET) as usize];
            let is_left = if node.column & SET == 0 {
                value <= node.threshold
            } else {
                self.contains(node.threshold, value)
            };
            node = &self.nodes[node.left as usize + usize::from(!is_left)];
        }
        node.left as usize
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "both are whole and small, or -1 for what is in no set"
    )]
    fn contains(&self, set: f64, place: f64) -> bool {
        place >= 0.0 && self.sets[set as usize].contains(place as u32)
    }
}
