//! Arrow's tables as they lie in memory: streams in and out, columns as rows, answers as columns.

mod answers;
mod columns;
mod stream;

pub(crate) use answers::{Answers, Asked, asked};
pub(crate) use columns::Columns;
pub(crate) use stream::{ArrowStream, Batches, open};
