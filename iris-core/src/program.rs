//! What a call runs: a program over one arena of numbers, planned when the model is read.

mod blocks;
mod builder;
mod ending;
mod estimator;
mod explanation;
mod given;
mod graph;
#[cfg_attr(not(feature = "pickle"), expect(dead_code, reason = "ONNX files have few of the steps"))]
mod step;

use crate::linear::Linear;
use crate::trees::Forest;
use blocks::Blocks;
pub(crate) use builder::{ProgramBuilder, ValueId};
pub(crate) use ending::Ending;
pub(crate) use estimator::{Estimator, ForClass, ForProbabilities, ForScores, ForWinner, Question};
pub(crate) use explanation::Explanation;
use given::{Classes, Given};
use graph::Graph;
pub(crate) use graph::Stopped;
#[cfg(any(feature = "boosters", feature = "pickle"))]
pub(crate) use step::{Above, Function, Keys, LookUp, Otherwise, Table};
#[cfg(feature = "boosters")]
pub(crate) use step::{AboveBorder, Combination, StatisticsTable, TargetStatistics};
#[cfg(feature = "pickle")]
pub(crate) use step::{
    Basis, Beyond, Binarize, Bins, Distances, End, Family, Inverse, InverseFunction, InverseQuantiles,
    Metric, NeighborsImpute, Normalize, OneHot, OneVsOne, Polynomial, Power, Quantiles, Spline, Splines,
    TwoShares, WeightedMedian, Weights,
};
#[cfg(feature = "boosters")]
pub(crate) use step::{Blank, SingleLinear, XgBoost};
pub(crate) use step::{Clip, Impute, Norm, Refused, Step};
#[cfg(feature = "boosters")]
pub(crate) use step::{Conversion, LightGbm};
#[cfg(feature = "onnx")]
pub(crate) use step::{EnsembleKind, EnsembleOutput, EnsemblePart, Fold, FoldBy, PostTransform};

/// From a row of features to the estimator, and the estimator.
#[derive(Debug)]
pub(crate) struct Program {
    way: Way,
    estimator: Estimator,
}

/// How a row comes to the estimator.
#[derive(Debug)]
enum Way {
    /// As it is: no arena, no copy.
    Direct,
    /// Through the steps of a graph.
    Graph(Graph, Blocks),
}

impl Program {
    /// An estimator that takes the features as they are.
    pub(crate) fn linear(linear: Linear) -> Self {
        Self { way: Way::Direct, estimator: Estimator::Linear(linear) }
    }

    fn behind(graph: Graph, estimator: Estimator) -> Self {
        let blocks = Blocks::of(&graph, &estimator);
        Self { way: Way::Graph(graph, blocks), estimator }
    }

    /// The estimator.
    #[inline]
    pub(crate) fn estimator(&self) -> &Estimator {
        &self.estimator
    }

    /// The estimator, if it is linear and takes the features as they are.
    #[inline]
    pub(crate) fn direct(&self) -> Option<&Linear> {
        match (&self.way, &self.estimator) {
            (Way::Direct, Estimator::Linear(linear)) => Some(linear),
            _ => None,
        }
    }

    /// Numbers that the steps in front of the estimator work in.
    #[inline]
    pub(crate) fn row_len(&self) -> usize {
        match &self.way {
            Way::Direct => 0,
            Way::Graph(graph, _) => graph.row_len(),
        }
    }

    /// Runs the steps on a row in `memory`, which is [`row_len`](Self::row_len)
    /// long; returns the row as the estimator takes it.
    pub(crate) fn run<'a>(&self, row: &'a [f64], memory: &'a mut [f64]) -> Result<&'a [f64], Stopped> {
        match &self.way {
            Way::Direct => Ok(row),
            Way::Graph(graph, _) => graph.run(row, memory),
        }
    }

    /// Which feature it was that a step refused; `None` of a value that other
    /// steps had computed.
    #[cold]
    pub(crate) fn feature_at(&self, stopped: Stopped) -> Option<usize> {
        match &self.way {
            Way::Direct => None,
            Way::Graph(graph, _) => graph.feature_at(stopped),
        }
    }

    /// Which features may be missing; none where the list is empty.
    pub(crate) fn tolerated_missing(&self) -> Vec<bool> {
        match &self.way {
            Way::Direct => Vec::new(),
            Way::Graph(graph, _) => graph.tolerated_missing(),
        }
    }

    /// The forests among the steps.
    pub(crate) fn forests(&self) -> impl Iterator<Item = &Forest> {
        let graph = match &self.way {
            Way::Direct => None,
            Way::Graph(graph, _) => Some(graph),
        };
        graph.into_iter().flat_map(Graph::forests)
    }

    /// How rows of so many features are explained.
    ///
    /// # Errors
    ///
    /// Why they cannot be.
    pub(crate) fn explanation(&self, n_features: usize) -> Result<Explanation, String> {
        match (&self.way, &self.estimator) {
            (Way::Direct, Estimator::Linear(linear)) => Ok(Explanation::direct(linear, n_features)),
            (Way::Direct, Estimator::Given(_)) => Err("it has no steps".to_owned()),
            (Way::Graph(graph, _), estimator) => Explanation::of(graph, estimator),
        }
    }

    /// Explains a row in `memory`, which is as long as the steps and the explanation need, into `out`.
    pub(crate) fn explain(
        &self,
        explanation: &Explanation,
        row: &[f64],
        memory: &mut [f64],
        out: &mut [f64],
    ) -> Result<(), Stopped> {
        let graph = match &self.way {
            Way::Direct => None,
            Way::Graph(graph, _) => Some(graph),
        };
        explanation.run(graph, &self.estimator, row, memory, out)
    }

    /// Which features may be infinite; none where the list is empty.
    pub(crate) fn tolerated_infinite(&self) -> Vec<bool> {
        match &self.way {
            Way::Direct => Vec::new(),
            Way::Graph(graph, _) => graph.tolerated_infinite(),
        }
    }
}
