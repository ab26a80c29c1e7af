//! What selectors have in common: some of the columns, as they come.

use super::flow::{Flow, Output, Rows};
use crate::error::{Error, Result};

/// The columns that a selector leaves, by indices in range. Whether a number is
/// missing matters to it in every column, or in none.
pub(super) fn columns(
    flow: &mut Flow<'_, '_>,
    rows: Rows,
    columns: &[usize],
    takes_missing: bool,
) -> Result<Output> {
    if columns.is_empty() {
        return Err(Error::unsupported("it leaves no column"));
    }
    // Selectors score numbers, also where they only hand them on.
    flow.numbers(rows.clone())?;
    let rows = if takes_missing { rows } else { flow.present(rows)? };
    let selected = flow.select(&rows, columns)?;
    if takes_missing && columns.len() < rows.width() {
        // What is left out may be missing.
        return flow.apart(selected).map(Output::Rows);
    }
    Ok(Output::Rows(selected))
}

/// The indices of those that a condition holds for.
pub(super) fn indices<T>(items: &[T], condition: impl Fn(&T) -> bool) -> Vec<usize> {
    items.iter().enumerate().filter(|(_, item)| condition(item)).map(|(index, _)| index).collect()
}
