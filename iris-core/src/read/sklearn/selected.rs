//! What selectors have in common: some of the columns, as they come.

use super::flow::{Flow, Output, Rows};
use crate::error::{Error, Result};

/// The columns that a selector leaves, by indices in range.
pub(super) fn columns(flow: &mut Flow<'_, '_>, rows: Rows, columns: &[usize]) -> Result<Output> {
    if columns.is_empty() {
        return Err(Error::unsupported("it leaves no column"));
    }
    // Selectors score numbers, also where they only hand them on.
    flow.numbers(rows.clone())?;
    flow.select(&rows, columns).map(Output::Rows)
}

/// The indices of those that a condition holds for.
pub(super) fn indices<T>(items: &[T], condition: impl Fn(&T) -> bool) -> Vec<usize> {
    items.iter().enumerate().filter(|(_, item)| condition(item)).map(|(index, _)| index).collect()
}
