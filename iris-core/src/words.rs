//! Texts as sparse rows: the terms that scikit-learn's vectorizers find, counted.

mod analyzer;
mod characters;
mod counter;
mod murmur;
mod pattern;
mod vocabulary;

pub(crate) use analyzer::{Accents, Analyzer, Case, Unit};
pub(crate) use counter::{Counter, Index, SparseRow, Work};
pub(crate) use pattern::Pattern;
pub(crate) use vocabulary::Vocabulary;
