//! What stands at the end of a program.

mod block;

use super::given::Given;
use crate::linear::{Linear, NotFinite, Winner};
use crate::scratch::Memory;

/// From the row that the steps leave to the answer.
#[derive(Debug)]
pub(crate) enum Estimator {
    Linear(Linear),
    /// The steps have computed all of it.
    Given(Given),
}

/// The same where a program has it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum EstimatorRef<'p> {
    Linear(&'p Linear),
    Given(&'p Given),
}

impl Estimator {
    pub(super) fn as_ref(&self) -> EstimatorRef<'_> {
        match self {
            Self::Linear(linear) => EstimatorRef::Linear(linear),
            Self::Given(given) => EstimatorRef::Given(given),
        }
    }
}

impl EstimatorRef<'_> {
    /// Numbers of an answer: one a class or a target.
    pub(crate) fn n_outputs(self) -> usize {
        match self {
            Self::Linear(linear) => linear.n_outputs(),
            Self::Given(given) => given.n_outputs(),
        }
    }

    /// Columns of the decision function.
    pub(crate) fn n_scores(self) -> usize {
        match self {
            Self::Linear(linear) => linear.n_scores(),
            Self::Given(given) => given.n_scores(),
        }
    }

    /// Numbers that a call on one row works in.
    #[inline]
    pub(crate) fn row_len(self) -> usize {
        match self {
            Self::Linear(linear) => linear.row_len(),
            Self::Given(_) => 0,
        }
    }

    /// Numbers that a call on a batch works in.
    pub(crate) fn batch_len(self) -> usize {
        match self {
            Self::Linear(linear) => linear.batch_len(),
            Self::Given(_) => 0,
        }
    }
}

/// What is asked of the estimator about a row, in the caller's memory.
pub(crate) trait Question {
    type Answer;

    /// Asks a linear estimator.
    fn linear(self, linear: &Linear, row: &[f64], memory: Memory<'_>) -> Result<Self::Answer, NotFinite>;

    /// Asks for what the steps have computed.
    fn given(self, given: &Given, row: &[f64]) -> Result<Self::Answer, NotFinite>;

    /// Asks whichever it is.
    fn ask(
        self,
        estimator: EstimatorRef<'_>,
        row: &[f64],
        memory: Memory<'_>,
    ) -> Result<Self::Answer, NotFinite>
    where
        Self: Sized,
    {
        match estimator {
            EstimatorRef::Linear(linear) => self.linear(linear, row, memory),
            EstimatorRef::Given(given) => self.given(given, row),
        }
    }
}

/// The index of the class.
pub(crate) struct ForClass;

/// The class and its probability.
pub(crate) struct ForWinner;

/// The same with every class's probability in here.
pub(crate) struct ForProbabilities<'o>(pub(crate) &'o mut [f64]);

/// The scores, or a regressor's values, in here.
pub(crate) struct ForScores<'o>(pub(crate) &'o mut [f64]);

impl Question for ForClass {
    type Answer = usize;

    #[inline(always)]
    fn linear(self, linear: &Linear, row: &[f64], memory: Memory<'_>) -> Result<usize, NotFinite> {
        linear.class(row, memory)
    }

    fn given(self, given: &Given, row: &[f64]) -> Result<usize, NotFinite> {
        given.winner(row).map(|winner| winner.class_index)
    }
}

impl Question for ForWinner {
    type Answer = Winner;

    #[inline(always)]
    fn linear(self, linear: &Linear, row: &[f64], memory: Memory<'_>) -> Result<Winner, NotFinite> {
        linear.winner(row, memory)
    }

    fn given(self, given: &Given, row: &[f64]) -> Result<Winner, NotFinite> {
        given.winner(row)
    }
}

impl Question for ForProbabilities<'_> {
    type Answer = Winner;

    #[inline(always)]
    fn linear(self, linear: &Linear, row: &[f64], _: Memory<'_>) -> Result<Winner, NotFinite> {
        linear.probabilities(row, self.0)
    }

    fn given(self, given: &Given, row: &[f64]) -> Result<Winner, NotFinite> {
        given.probabilities(row, self.0)
    }
}

impl Question for ForScores<'_> {
    type Answer = ();

    #[inline(always)]
    fn linear(self, linear: &Linear, row: &[f64], _: Memory<'_>) -> Result<(), NotFinite> {
        linear.scores(row, self.0)
    }

    fn given(self, given: &Given, row: &[f64]) -> Result<(), NotFinite> {
        given.scores(row, self.0)
    }
}
