//! What a value of the graph is, as a function of the features.

use std::rc::Rc;

use super::tensor::Tensor;
use crate::Labels;
use crate::affine::Affine;
use crate::program::{Norm, ValueId};
use crate::schema::Dtype;

/// A value of the graph.
#[derive(Debug, Clone)]
pub(super) enum Value {
    /// The same for every row.
    Constant(Rc<Tensor>),
    /// A matrix with one line a sample.
    Rows(Rc<Symbol>),
    /// The absolute values of a matrix.
    Absolute(Rc<Symbol>),
    /// One number a sample, made from a line of the matrix.
    Reduced(Rc<Symbol>, Reduction),
    /// Probabilities, each 1 instead where those of a sample add up to zero.
    Guarded(Rc<Symbol>),
    /// Whether the probabilities of a sample add up to anything, or to zero;
    /// converters guard their divisions with it.
    Guard(Rc<Symbol>, Guard),
    /// 1 where a number is missing.
    Missing(Rc<Symbol>),
    /// The column of the largest value of each line.
    ClassIndex(Rc<Symbol>),
    /// The label of that column.
    Label(Rc<Symbol>, Labels),
}

/// `activation(affine(source))` for each sample.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Symbol {
    /// The row that the map is of: the features, or what a step made of them.
    pub(super) source: ValueId,
    pub(super) affine: Affine,
    pub(super) activation: Activation,
    /// The type that the file computes them in.
    pub(super) dtype: Dtype,
}

/// What happens to each affine value, or to each line of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Activation {
    None,
    /// e^x, on the way to `Logistic` in elementary operators.
    Exp,
    /// 1 + e^x, one operator later.
    OnePlusExp,
    Logistic,
    NormalizedLogistic(ZeroSum),
    Softmax,
    /// `scale · clip(x, low, high) + offset`
    Clip {
        low: f64,
        high: f64,
        scale: f64,
        offset: f64,
    },
    /// A clipped line divided by its sum.
    NormalizedClip(ZeroSum),
    /// Numbers of which the largest says which class it is, as a step computed them.
    Votes,
    /// Probabilities, as a step computed them.
    Probabilities,
}

/// What becomes of a line that adds up to zero where it is divided by its sum.
/// Which it is depends on the estimator; the operators say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ZeroSum {
    /// Every class is as probable: `SGDClassifier`, `LogisticRegression`.
    Uniform,
    /// No class is probable: `OneVsRestClassifier`.
    Zero,
}

/// How a line becomes one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reduction {
    Sum,
    /// The number of classes where it would be zero.
    GuardedSum,
    SumOfSquares,
    Norm(Norm),
}

/// The states that a guard against a zero sum goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guard {
    /// 1 where the sum is not zero.
    NotZero,
    /// 1 where it is.
    Zero,
    /// The number of classes where it is.
    ZeroTimesWidth,
}

impl Symbol {
    pub(super) fn width(&self) -> usize {
        self.affine.n_outputs()
    }

    pub(super) fn with(&self, activation: Activation) -> Self {
        Self { activation, ..self.clone() }
    }

    /// Whether two columns hold scores that are each other's negative.
    pub(super) fn is_mirrored_pair(&self) -> bool {
        self.width() == 2 && self.affine.columns(&[0]).scaled(|_| -1.0) == self.affine.columns(&[1])
    }
}

impl Activation {
    /// Whether these are features, on their way through the preprocessing, and
    /// not probabilities.
    pub(super) fn is_plain(self) -> bool {
        matches!(self, Self::None | Self::Clip { scale: 1.0, offset: 0.0, .. })
    }

    /// Whether no value can be negative.
    pub(super) fn is_nonnegative(self) -> bool {
        match self {
            Self::None => false,
            Self::Clip { low, scale, offset, .. } => scale >= 0.0 && scale * low + offset >= 0.0,
            _ => true,
        }
    }
}

impl From<Symbol> for Value {
    fn from(rows: Symbol) -> Self {
        Self::Rows(Rc::new(rows))
    }
}

impl Value {
    /// What to call it in an error.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Constant(_) => "a constant",
            Self::Rows(rows) => match rows.activation {
                Activation::None => "scores or features",
                _ => "probabilities",
            },
            Self::Absolute(_) => "absolute values",
            Self::Reduced(..) => "a number for each row",
            Self::Guarded(_) => "probabilities with a guard",
            Self::Guard(..) => "a guard against a zero sum",
            Self::Missing(_) => "a mask of missing values",
            Self::ClassIndex(_) => "a class index",
            Self::Label(..) => "a class label",
        }
    }
}
