//! A block of rows through the steps.

use super::{Graph, Node};
use crate::Texts;
use crate::columns::{Columns, ColumnsMut};
use crate::program::slot::{Slot, disjoint};
use crate::refused::SomeRefused;

impl Graph {
    /// Numbers of the arena of so many rows.
    pub(in crate::program) fn block_arena_len(&self, n_rows: usize) -> usize {
        self.arena_len * n_rows
    }

    /// Numbers that steps work in on so many rows.
    pub(in crate::program) fn block_scratch_len(&self, n_rows: usize) -> usize {
        let of_node = |node: &Node| node.step.block_scratch_len(node.from.len(), n_rows);
        self.nodes.iter().map(of_node).max().unwrap_or(0)
    }

    /// Runs the steps on `n_rows` rows whose features stand first in `arena`, a column each.
    ///
    /// A slot of the arena of one row is as many columns here.
    pub(in crate::program) fn run_block<'a>(
        &self,
        n_rows: usize,
        arena: &'a mut [f64],
        scratch: &mut [f64],
        texts: Option<&Texts>,
    ) -> Result<Columns<'a>, SomeRefused> {
        if !self.fronts.is_empty() {
            self.read(texts, arena, n_rows).map_err(|_| SomeRefused)?;
        }
        let of_block = |slot: &Slot| slot.start * n_rows..slot.end * n_rows;
        for Node { step, from, to } in &self.nodes {
            if from == to {
                step.apply_block_in_place(ColumnsMut::new(&mut arena[of_block(to)], n_rows), scratch)?;
            } else {
                let (from, to) = disjoint(arena, &of_block(from), &of_block(to));
                step.apply_block(Columns::new(from, n_rows), ColumnsMut::new(to, n_rows), scratch)?;
            }
        }
        Ok(Columns::new(&arena[of_block(&self.output)], n_rows))
    }
}
