//! How many rows go through a program at once.

use super::estimator::EstimatorRef;
use super::graph::Graph;
use super::{Behind, Program};
use crate::Texts;
use crate::columns::Columns;
use crate::refused::SomeRefused;
use crate::scratch;

/// Rows of a block, by where its memory is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Blocks {
    /// In memory of its own.
    anywhere: usize,
    /// On the stack; 0 where not even the fewest fit.
    on_stack: usize,
}

/// Rows of which a block is a multiple, and the fewest: whole vectors of any CPU.
const FEWEST: usize = 8;

/// More rows make no step faster.
const MOST: usize = 128;

/// Numbers that stay in the second-level cache while the steps pass over them: 128 KiB.
const CACHED: usize = 16_384;

impl Blocks {
    pub(super) fn of(graph: &Graph, estimator: EstimatorRef<'_>) -> Self {
        let within = |len: usize| {
            let fits = |n_rows: &usize| len_of(graph, estimator, *n_rows) <= len;
            (FEWEST..=MOST).rev().step_by(FEWEST).find(fits)
        };
        Self { anywhere: within(CACHED).unwrap_or(FEWEST), on_stack: within(scratch::STACK).unwrap_or(0) }
    }
}

impl Program {
    /// Rows of a block; 0 of a program without steps, which has no use for blocks.
    pub(crate) fn block_rows(&self) -> usize {
        match self {
            Self::Direct(_) => 0,
            Self::Behind(Behind { blocks, .. }) => blocks.anywhere,
        }
    }

    /// The same where the memory is the stack, as long as it is large enough.
    pub(crate) fn block_rows_on_stack(&self) -> usize {
        match self {
            Self::Direct(_) => 0,
            Self::Behind(Behind { blocks, .. }) if blocks.on_stack == 0 => blocks.anywhere,
            Self::Behind(Behind { blocks, .. }) => blocks.on_stack,
        }
    }

    /// Numbers that a block of so many rows takes, its answers among them.
    pub(crate) fn block_len(&self, n_rows: usize) -> usize {
        match self {
            Self::Direct(_) => 0,
            Self::Behind(Behind { graph, estimator, .. }) => len_of(graph, estimator.as_ref(), n_rows),
        }
    }

    /// Numbers of a block's arena, in which the features stand first.
    pub(crate) fn block_arena_len(&self, n_rows: usize) -> usize {
        match self {
            Self::Direct(_) => 0,
            Self::Behind(Behind { graph, .. }) => graph.block_arena_len(n_rows),
        }
    }

    /// Runs the steps on a block whose features stand first in `arena`, a
    /// column each; returns the rows as the estimator takes them.
    pub(crate) fn run_block<'a>(
        &self,
        n_rows: usize,
        arena: &'a mut [f64],
        scratch: &mut [f64],
        texts: Option<&Texts>,
    ) -> Result<Columns<'a>, SomeRefused> {
        match self {
            Self::Direct(_) => Ok(Columns::new(arena, n_rows)),
            Self::Behind(Behind { graph, .. }) => graph.run_block(n_rows, arena, scratch, texts),
        }
    }
}

fn len_of(graph: &Graph, estimator: EstimatorRef<'_>, n_rows: usize) -> usize {
    graph.block_arena_len(n_rows) + graph.block_scratch_len(n_rows).max(estimator.block_len(n_rows))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::affine::Affine;
    use crate::linear::Linear;
    use crate::program::{Estimator, Norm, ProgramBuilder, Step, ValueId};

    fn behind_one_step(n_features: usize) -> Program {
        let mut builder = ProgramBuilder::new(n_features);
        let output = builder.step(Step::Normalize(Norm::L2.into()), ValueId::FEATURES);
        let value = Affine::identity(n_features).times(vec![1.0; n_features], 1);
        builder.finish(output, Estimator::Linear(Linear::regressor(value)))
    }

    #[test]
    fn blocks_are_as_large_as_the_memory_is_worth() {
        for (n_features, anywhere, on_stack) in [(1, MOST, MOST), (31, MOST, 56), (200, 80, 8), (300, 48, 48)]
        {
            let program = behind_one_step(n_features);
            assert_eq!(program.block_rows(), anywhere, "{n_features}");
            assert_eq!(program.block_rows_on_stack(), on_stack, "{n_features}");
        }
        // However wide a row is, there are the fewest rows.
        let program = behind_one_step(100_000);
        assert_eq!((program.block_rows(), program.block_rows_on_stack()), (FEWEST, FEWEST));
        assert_eq!(program.block_len(FEWEST), (100_000 + 3) * FEWEST);
    }
}
