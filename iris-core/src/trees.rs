//! Forests: trees of questions about a row, each ending in a leaf whose numbers are added up.
//!
//! The readers of every library end here. What differs between libraries is
//! decided before a row is walked: [`columns`] says in which form a value is
//! asked about, so that each node only asks whether it is at most a threshold,
//! or in a set; [`Sum`] says in which order and type leaves are added.

mod columns;
mod engine;
mod explained;
mod flat;
mod forest;
mod kernel;
mod key;
mod leaves;
mod linear;
mod planting;
mod quadrature;
mod question;
mod size;
mod sum;
#[cfg(test)]
mod tests;
mod tree;
#[cfg(feature = "onnx")]
mod written;

#[cfg(feature = "boosters")]
pub(crate) use columns::ZERO;
pub(crate) use forest::Forest;
#[cfg(any(test, feature = "boosters"))]
pub(crate) use linear::LinearLeaf;
pub(crate) use planting::Planting;
pub(crate) use size::Size;
pub(crate) use sum::{Finish, Sum};
pub(crate) use tree::{Branch, CategorySet, Level, Missing, Node, Oblivious, Test, Tree};

#[cfg(feature = "onnx")]
pub(crate) use written::{Question, WrittenNode};

/// The type in which numbers are compared, or added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Precision {
    /// IEEE 754 binary32; a row's values are rounded to it first.
    Single,
    /// IEEE 754 binary64.
    Double,
}
