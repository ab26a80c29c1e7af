//! Batches, a block at a time.

use iris_core::{Error, Result, Schema};
use ndarray::ArrayView2;
use pyo3::prelude::*;

use crate::errors;
use crate::rows::View;

/// Numbers of a block: what is gathered from another layout or type, and what
/// is made of it, stays in the first-level cache.
const BLOCK_NUMBERS: usize = 2048;

/// Rows after which a signal is looked for: a few milliseconds of work.
const SPAN: usize = 1 << 18;

/// Below this many rows, other threads wait less than letting them on costs.
const FEW: usize = 64;

/// Hands `work` every row in blocks, each with the index of its first row.
/// Other Python threads run meanwhile.
///
/// # Errors
///
/// What `work` refuses, as an `InputError` that names the row; `KeyboardInterrupt`.
pub(crate) fn each_block(
    py: Python<'_>,
    rows: View<'_>,
    n_rows: usize,
    schema: &Schema,
    mut work: impl FnMut(usize, ArrayView2<'_, f64>) -> Result<()> + Send,
) -> PyResult<()> {
    if n_rows <= FEW {
        return span(rows, 0, n_rows, &mut work).map_err(|error| errors::input_error(&error, schema));
    }
    for first in (0..n_rows).step_by(SPAN) {
        py.check_signals()?;
        let n_rows = SPAN.min(n_rows - first);
        py.detach(|| span(rows, first, n_rows, &mut work))
            .map_err(|error| errors::input_error(&error, schema))?;
    }
    Ok(())
}

fn span(
    rows: View<'_>,
    first: usize,
    n_rows: usize,
    work: &mut impl FnMut(usize, ArrayView2<'_, f64>) -> Result<()>,
) -> Result<()> {
    let n_columns = rows.n_columns();
    let block_rows = (BLOCK_NUMBERS / n_columns.max(1)).max(1);
    let mut gathered = Vec::new();
    let end = first + n_rows;
    let mut at = first;
    while at < end {
        let len = block_rows.min(end - at);
        let block = rows.part(at, len);
        let numbers = if let Some(numbers) = block.as_rows() {
            numbers
        } else {
            gathered.resize(len * n_columns, 0.0);
            block.gather(&mut gathered);
            &gathered
        };
        let block = ArrayView2::from_shape((len, n_columns), numbers).expect("a block is len rows");
        work(at, block).map_err(|error| moved(error, at))?;
        at += len;
    }
    Ok(())
}

/// The same error, its row counted from the beginning of the batch.
fn moved(error: Error, first: usize) -> Error {
    match error.row() {
        Some(row) => error.at_row(first + row),
        None => error,
    }
}
