//! What a call runs: a program over one arena of numbers, planned when the model is read.

mod builder;
mod graph;
mod step;

use crate::linear::Linear;
pub(crate) use builder::{ProgramBuilder, ValueId};
use graph::Graph;
#[cfg(feature = "pickle")]
pub(crate) use step::Normalize;
pub(crate) use step::{Clip, Impute, Norm, Step};

/// From a row of features to the estimator, and the estimator.
#[derive(Debug)]
pub(crate) struct Program {
    way: Way,
    linear: Linear,
}

/// How a row comes to the estimator.
#[derive(Debug)]
enum Way {
    /// As it is: no arena, no copy.
    Direct,
    /// Through the steps of a graph.
    Graph(Graph),
}

impl Program {
    /// An estimator that takes the features as they are.
    pub(crate) fn linear(linear: Linear) -> Self {
        Self { way: Way::Direct, linear }
    }

    fn behind(graph: Graph, linear: Linear) -> Self {
        Self { way: Way::Graph(graph), linear }
    }

    /// The estimator.
    #[inline]
    pub(crate) fn estimator(&self) -> &Linear {
        &self.linear
    }

    /// The estimator, if it takes the features as they are.
    #[inline]
    pub(crate) fn direct(&self) -> Option<&Linear> {
        match self.way {
            Way::Direct => Some(&self.linear),
            Way::Graph(_) => None,
        }
    }

    /// Numbers that the steps in front of the estimator work in.
    #[inline]
    pub(crate) fn arena_len(&self) -> usize {
        match &self.way {
            Way::Direct => 0,
            Way::Graph(graph) => graph.arena_len(),
        }
    }

    /// Runs the steps on a row in `arena`, which is [`arena_len`](Self::arena_len)
    /// long; returns the row as the estimator takes it.
    pub(crate) fn run<'a>(&self, row: &'a [f64], arena: &'a mut [f64]) -> &'a [f64] {
        match &self.way {
            Way::Direct => row,
            Way::Graph(graph) => graph.run(row, arena),
        }
    }

    /// Which features may be missing; none where the list is empty.
    pub(crate) fn tolerated_missing(&self) -> Vec<bool> {
        match &self.way {
            Way::Direct => Vec::new(),
            Way::Graph(graph) => graph.tolerated_missing(),
        }
    }
}
