//! What a call runs: a program over one arena of numbers, planned when the model is read.

mod blocks;
mod builder;
mod ending;
mod estimator;
mod explanation;
mod given;
mod graph;
mod slot;
#[cfg_attr(
    not(feature = "pickle"),
    expect(dead_code, unused_imports, reason = "ONNX files have few of the steps")
)]
mod step;
mod terms;

#[cfg(feature = "onnx")]
use std::ops::Range;

use crate::Texts;
use crate::linear::Linear;
use crate::trees::Forest;
use blocks::Blocks;
pub(crate) use builder::{ProgramBuilder, ValueId};
pub(crate) use ending::Ending;
pub(crate) use estimator::{
    Estimator, EstimatorRef, ForClass, ForProbabilities, ForScores, ForWinner, Question,
};
pub(crate) use explanation::Explanation;
use given::Classes;
pub(crate) use given::Given;
use graph::Graph;
pub(crate) use graph::Stopped;
#[cfg(any(feature = "boosters", feature = "onnx", feature = "pickle"))]
pub(crate) use step::Above;
#[cfg(feature = "boosters")]
pub(crate) use step::{AboveBorder, Combination, StatisticsTable, TargetStatistics};
#[cfg(feature = "pickle")]
pub(crate) use step::{
    Asked, Barycenter, ChainedImpute, ChiSquare, CountSketch, Counts, Descent, Distance, Floor, GroupSums,
    Interpolation, Kernel, KernelPart, KernelSums, Laplace, Leaf, Learned, LeastAngle, Neighbors, Next,
    NonNegative, Outside, PairCoupling, PairSums, Points, Pursuit, Says, Shape, Term, Topics, Turn,
};
#[cfg(feature = "pickle")]
pub(crate) use step::{
    Basis, Beyond, Bins, Distances, End, Family, Inverse, InverseQuantiles, Metric, NeighborsImpute,
    Normalize, OneHot, OneVsOne, Polynomial, Power, Quantiles, Spline, Splines, TwoShares, WeightedMedian,
    Weights,
};
#[cfg(any(feature = "boosters", feature = "onnx", feature = "pickle"))]
pub(crate) use step::{Binarize, Function};
#[cfg(feature = "boosters")]
pub(crate) use step::{Blank, SingleLinear, XgBoost};
#[cfg(feature = "onnx")]
pub(crate) use step::{
    Calculation, CodeTable, Codes, Coupling, Difference, FoldNumbers, Groups, One, Operand, PairVotes,
    PickBy, Product, Rounding, RowDistances, Running, Top, Two, VectorKernel, VectorKernelKind, What,
};
pub(crate) use step::{Clip, Impute, Norm, Step};
#[cfg(feature = "boosters")]
pub(crate) use step::{Conversion, LightGbm};
#[cfg(feature = "onnx")]
pub(crate) use step::{EnsembleKind, EnsembleOutput, EnsemblePart, Fold, FoldBy, PostTransform};
#[cfg(any(feature = "boosters", feature = "pickle"))]
pub(crate) use step::{Keys, LookUp, Otherwise, Table};

/// From a row of features to the estimator, and the estimator.
#[derive(Debug)]
pub(crate) enum Program {
    /// The row comes to it as it is: no arena, no copy, and one look to know it.
    Direct(Linear),
    /// Through the steps of a graph.
    Behind(Behind),
}

/// An estimator behind steps.
#[derive(Debug)]
pub(crate) struct Behind {
    graph: Graph,
    blocks: Blocks,
    estimator: Estimator,
    /// Without a reader there are none, and the compiler leaves out all that is about them.
    #[cfg(not(any(test, feature = "boosters", feature = "onnx", feature = "pickle")))]
    never: std::convert::Infallible,
}

/// Steps over an arena, whose first numbers are the row: each with the place that it reads and the one it writes.
#[cfg(feature = "onnx")]
#[derive(Debug)]
pub(crate) struct Steps<'p> {
    pub(crate) n_features: usize,
    pub(crate) list: Vec<(&'p Step, &'p Range<usize>, &'p Range<usize>)>,
    /// Where the row lies that the estimator takes.
    pub(crate) output: &'p Range<usize>,
}

impl Program {
    /// An estimator that takes the features as they are.
    pub(crate) fn linear(linear: Linear) -> Self {
        Self::Direct(linear)
    }

    #[cfg(any(test, feature = "boosters", feature = "onnx", feature = "pickle"))]
    fn behind(graph: Graph, estimator: Estimator) -> Self {
        let blocks = Blocks::of(&graph, estimator.as_ref());
        Self::Behind(Behind { graph, blocks, estimator })
    }

    #[cfg(not(any(test, feature = "boosters", feature = "onnx", feature = "pickle")))]
    fn behind(_: Graph, _: Estimator) -> Self {
        unreachable!("only readers build steps")
    }

    /// The estimator.
    #[inline]
    pub(crate) fn estimator(&self) -> EstimatorRef<'_> {
        match self {
            Self::Direct(linear) => EstimatorRef::Linear(linear),
            Self::Behind(Behind { estimator, .. }) => estimator.as_ref(),
        }
    }

    /// The estimator, if it is linear, to be changed.
    pub(crate) fn linear_mut(&mut self) -> Option<&mut Linear> {
        match self {
            Self::Direct(linear) | Self::Behind(Behind { estimator: Estimator::Linear(linear), .. }) => {
                Some(linear)
            }
            Self::Behind(_) => None,
        }
    }

    /// The steps, if there are any.
    #[inline]
    fn graph(&self) -> Option<&Graph> {
        match self {
            Self::Direct(_) => None,
            Self::Behind(Behind { graph, .. }) => Some(graph),
        }
    }

    /// The steps as a writer of another format is told them; none where there are no steps.
    #[cfg(feature = "onnx")]
    pub(crate) fn steps(&self) -> Option<Steps<'_>> {
        let graph = self.graph()?;
        let list = graph.nodes.iter().map(|node| (&node.step, &node.from, &node.to)).collect();
        Some(Steps { n_features: graph.n_features, list, output: &graph.output })
    }

    /// The estimator, if it is linear and takes the features as they are.
    #[inline]
    pub(crate) fn direct(&self) -> Option<&Linear> {
        match self {
            Self::Direct(linear) => Some(linear),
            Self::Behind(_) => None,
        }
    }

    /// Numbers that the steps in front of the estimator work in.
    #[inline]
    pub(crate) fn row_len(&self) -> usize {
        self.graph().map_or(0, Graph::row_len)
    }

    /// Runs the steps on a row in `memory`, which is [`row_len`](Self::row_len)
    /// long; returns the row as the estimator takes it.
    pub(crate) fn run<'a>(
        &self,
        row: &'a [f64],
        memory: &'a mut [f64],
        texts: Option<&Texts>,
    ) -> Result<&'a [f64], Stopped> {
        match self {
            Self::Direct(_) => Ok(row),
            Self::Behind(Behind { graph, .. }) => graph.run(row, memory, texts),
        }
    }

    /// Which feature it was that a step refused; `None` of a value that other
    /// steps had computed.
    #[cold]
    pub(crate) fn feature_at(&self, stopped: Stopped) -> Option<usize> {
        self.graph()?.feature_at(stopped)
    }

    /// Which features may be missing; none where the list is empty.
    pub(crate) fn tolerated_missing(&self) -> Vec<bool> {
        self.graph().map(Graph::tolerated_missing).unwrap_or_default()
    }

    /// The forests among the steps.
    pub(crate) fn forests(&self) -> impl Iterator<Item = &Forest> {
        self.graph().into_iter().flat_map(Graph::forests)
    }

    /// How rows of so many features are explained.
    ///
    /// # Errors
    ///
    /// Why they cannot be.
    pub(crate) fn explanation(&self, n_features: usize) -> Result<Explanation, String> {
        match self {
            Self::Direct(linear) => Ok(Explanation::direct(linear, n_features)),
            Self::Behind(Behind { graph, estimator, .. }) => Explanation::of(graph, estimator.as_ref()),
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
        explanation.run(self.graph(), self.estimator(), row, memory, out)
    }

    /// Which features may be infinite; none where the list is empty.
    pub(crate) fn tolerated_infinite(&self) -> Vec<bool> {
        self.graph().map(Graph::tolerated_infinite).unwrap_or_default()
    }
}
