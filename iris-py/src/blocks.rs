//! Batches, a block at a time.

use std::time::{Duration, Instant};

use iris_core::{Error, Result, Schema};
use ndarray::ArrayView2;
use pyo3::prelude::*;

use crate::errors;
use crate::rows::View;

/// Numbers of a block: what is gathered from another layout or type, and what
/// is made of it, stays in the first-level cache.
pub(crate) const BLOCK_NUMBERS: usize = 2048;

/// How long a span of rows takes, roughly, after which a signal is looked for.
const SPAN: Duration = Duration::from_millis(5);

/// Rows of the first span, before it is known how long they take.
pub(crate) const FIRST: usize = 4096;

/// The same of contributions, of which one may take as long as thousands of answers.
const FIRST_DEAR: usize = 16;

/// Below this many rows, other threads wait less than letting them on costs.
const FEW: usize = 64;

/// Hands `work` every row in blocks, each with the index of its first row.
/// Other Python threads run meanwhile, of few rows only if they are `dear`.
///
/// # Errors
///
/// What `work` refuses, as an `InputError` that names the row; `KeyboardInterrupt`.
pub(crate) fn each_block(
    py: Python<'_>,
    rows: View<'_>,
    n_rows: usize,
    schema: &Schema,
    dear: bool,
    mut work: impl FnMut(usize, ArrayView2<'_, f64>) -> Result<()> + Send,
) -> PyResult<()> {
    if n_rows <= FEW && !dear {
        return span(rows, 0, n_rows, &mut work).map_err(|error| errors::input_error(&error, schema));
    }
    each_span(py, n_rows, schema, if dear { FIRST_DEAR } else { FIRST }, |first, len| {
        span(rows, first, len, &mut work)
    })
}

/// Hands `work` every row in spans, each by its first row and how many they are; the first span has `len` rows.
/// Other Python threads run meanwhile, and between two spans a signal is looked for.
///
/// # Errors
///
/// What `work` refuses, as an `InputError`; `KeyboardInterrupt`.
pub(crate) fn each_span(
    py: Python<'_>,
    n_rows: usize,
    schema: &Schema,
    mut len: usize,
    mut work: impl FnMut(usize, usize) -> Result<()> + Send,
) -> PyResult<()> {
    let mut first = 0;
    while first < n_rows {
        py.check_signals()?;
        let start = Instant::now();
        let of_span = len.min(n_rows - first);
        py.detach(|| work(first, of_span)).map_err(|error| errors::input_error(&error, schema))?;
        first += of_span;
        // What a row costs is seen: nanoseconds of a linear model, a millisecond of a thousand trees explained.
        if start.elapsed() < SPAN / 2 {
            len = len.saturating_mul(2);
        }
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
