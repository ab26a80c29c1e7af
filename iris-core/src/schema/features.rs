//! The input columns, and where each name is.

use std::collections::HashSet;

use super::Feature;
use crate::error::{Error, Result};

/// The input columns, and where each name is.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(transparent))]
pub(crate) struct Features {
    columns: Vec<Feature>,
    #[cfg_attr(feature = "serde", serde(skip))]
    /// Indices of the columns in the order of their names; none where these are
    /// `x0`, `x1`, …, which say themselves where they are.
    by_name: Vec<usize>,
    #[cfg_attr(feature = "serde", serde(skip))]
    has_categories: bool,
}

impl Features {
    pub(crate) fn new(columns: Vec<Feature>) -> Self {
        let is_numbered = |(index, column): (usize, &Feature)| number_in(&column.name) == Some(index);
        let n_sorted = if columns.iter().enumerate().all(is_numbered) { 0 } else { columns.len() };
        let mut by_name: Vec<usize> = (0..n_sorted).collect();
        by_name.sort_unstable_by(|a, b| columns[*a].name.cmp(&columns[*b].name));
        let has_categories = columns.iter().any(Feature::holds_texts);
        Self { columns, by_name, has_categories }
    }

    pub(crate) fn columns(&self) -> &[Feature] {
        &self.columns
    }

    /// Where the column of this name is.
    pub(super) fn index(&self, name: &str) -> Option<usize> {
        let Self { columns, by_name, .. } = self;
        if by_name.is_empty() {
            let index = number_in(name)?;
            return columns.get(index).filter(|column| column.name == name).map(|_| index);
        }
        let found = by_name.binary_search_by(|index| columns[*index].name.as_str().cmp(name)).ok()?;
        Some(by_name[found])
    }

    pub(super) fn has_categories(&self) -> bool {
        self.has_categories
    }

    /// The columns, whose names stay.
    #[cfg(feature = "skops")]
    pub(crate) fn columns_mut(&mut self) -> &mut [Feature] {
        &mut self.columns
    }

    /// Gives these names to columns that have none but `x0`, `x1`, …, if there are as many.
    #[cfg(feature = "folders")]
    pub(crate) fn name_unnamed(&mut self, names: Vec<String>) -> Result<()> {
        let is_unnamed = |(index, column): (usize, &Feature)| column.name == format!("x{index}");
        if names.len() != self.columns.len() || !self.columns.iter().enumerate().all(is_unnamed) {
            return Ok(());
        }
        check_names(&names)?;
        let mut columns = std::mem::take(&mut self.columns);
        columns.iter_mut().zip(names).for_each(|(column, name)| column.name = name);
        *self = Self::new(columns);
        Ok(())
    }

    /// Notes which columns the model fills in; none where the list is empty.
    pub(crate) fn accept_missing(&mut self, accepted: &[bool]) {
        self.columns
            .iter_mut()
            .zip(accepted)
            .for_each(|(column, accepted)| column.accepts_missing = *accepted);
    }
}

/// Which column a name such as `x7` stands for, if it was given none other.
fn number_in(name: &str) -> Option<usize> {
    name.strip_prefix('x')?.parse().ok()
}

/// That no two features have the same name.
pub(crate) fn check_names<'n>(names: impl IntoIterator<Item = &'n String>) -> Result<()> {
    let mut seen = HashSet::new();
    match names.into_iter().find(|name| !seen.insert(name.as_str())) {
        Some(name) => Err(Error::malformed(format!("feature '{name}' is named twice"))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_by_their_names_whether_these_are_numbers_or_not() {
        let index = |names: &[&str], name: &str| {
            let columns = names.iter().map(|name| Feature::number((*name).to_owned())).collect();
            Features::new(columns).index(name)
        };
        let numbered = ["x0", "x1", "x2"];
        assert_eq!(["x0", "x2"].map(|name| index(&numbered, name)), [Some(0), Some(2)]);
        assert!(["x3", "x01", "x+1", "x", "1", ""].iter().all(|name| index(&numbered, name).is_none()));
        for names in [["x1", "x0", "b"], ["x+0", "x01", "x2"]] {
            for (place, name) in names.iter().enumerate() {
                assert_eq!(index(&names, name), Some(place));
            }
            assert_eq!(index(&names, "a"), None);
        }
    }
}
