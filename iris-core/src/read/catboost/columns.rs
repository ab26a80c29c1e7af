//! The columns that a model was trained on.

use std::collections::HashSet;

use super::parts::{NumberColumn, Parts, Position, TextColumn};
use crate::error::{Error, Result};
use crate::read::budget::Budget;
use crate::schema::{Categories, ColumnKind, Feature};

/// Input columns that a file may declare.
const MAX_FEATURES: usize = 1 << 20;

/// Numbers that a column costs.
const COLUMN: usize = 16;

/// The columns in their order: of numbers, of texts that trees ask about, and whatever else there is.
pub(super) fn of(parts: &Parts, budget: &mut Budget) -> Result<Vec<Feature>> {
    let numbers = parts.numbers.iter().map(|NumberColumn { position, .. }| (position, ColumnKind::Number));
    let asked = asked(parts);
    let texts = parts.texts.iter().map(|TextColumn { position, known }| {
        let kind = if asked.contains(&position.of_kind) {
            ColumnKind::Category(Categories::hashed(known.clone()))
        } else {
            ColumnKind::Ignored
        };
        (position, kind)
    });
    let others = parts.others.iter().map(|position| (position, ColumnKind::Ignored));
    let columns: Vec<(&Position, ColumnKind)> = numbers.chain(texts).chain(others).collect();
    let n_features = columns.iter().map(|(position, _)| position.column.saturating_add(1)).max().unwrap_or(0);
    if n_features == 0 || n_features > MAX_FEATURES {
        return Err(Error::malformed(format!("a model of {n_features} input columns")));
    }
    budget.spend(n_features * COLUMN)?;
    // Where names are just places, there were none.
    let is_unnamed =
        |position: &Position| position.name.is_empty() || position.name.parse() == Ok(position.column);
    let is_named = !columns.iter().all(|(position, _)| is_unnamed(position));
    let unnamed =
        |index: usize| Feature { kind: ColumnKind::Ignored, ..Feature::number(format!("x{index}")) };
    let mut features: Vec<Option<Feature>> = vec![None; n_features];
    for (Position { column, name, .. }, kind) in columns {
        let mut feature = unnamed(*column);
        if is_named && !name.is_empty() {
            feature.name.clone_from(name);
        }
        if features[*column].replace(Feature { kind, ..feature }).is_some() {
            return Err(Error::malformed(format!("column {column} is there twice")));
        }
    }
    Ok(features
        .into_iter()
        .enumerate()
        .map(|(index, feature)| feature.unwrap_or_else(|| unnamed(index)))
        .collect())
}

/// The columns of texts that some question is about.
fn asked(parts: &Parts) -> HashSet<usize> {
    let counted = parts.statistics.iter().flat_map(|statistic| {
        statistic.of.texts.iter().copied().chain(statistic.of.equal.iter().map(|(text, _)| *text))
    });
    let one_hot = parts.one_hots.iter().filter(|one_hot| !one_hot.hashes.is_empty());
    counted.chain(one_hot.map(|one_hot| one_hot.text)).collect()
}
