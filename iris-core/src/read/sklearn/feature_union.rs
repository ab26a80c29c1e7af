//! `FeatureUnion`: several transformers of the same columns, their outputs side by side.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use super::weights;
use crate::error::{Error, Result};
use crate::read::pickle::{Object, ObjectId};

/// Numbers that a branch costs, also one that does nothing.
const BRANCH: usize = 8;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let id = estimator.required("transformer_list")?;
    let branches = branches(estimator).ok_or_else(|| estimator.unexpected("transformer_list", id))?;
    flow.spend(branches.len() * BRANCH)?;
    let mut parts = Vec::new();
    for (name, transformer) in branches {
        let shown: String = name.chars().take(40).collect();
        let within = |error: Error| error.within(format_args!("branch '{shown}' of the union"));
        let output = match (estimator.objects.get(transformer), estimator.objects.text(transformer)) {
            // Releases before 0.24 took None for it.
            (Object::None, _) | (_, Some("drop")) => continue,
            (_, Some("passthrough")) => rows.clone(),
            _ => flow.transformed(transformer, rows.clone()).map_err(within)?,
        };
        parts.push(weights::weighted(estimator, flow, name, output)?);
    }
    if parts.is_empty() {
        return Err(Error::unsupported("it leaves no column"));
    }
    flow.concat(parts).map(Output::Rows)
}

/// The names and the estimators of a union's branches, if it is one.
pub(super) fn branches<'t>(estimator: &Estimator<'t, '_>) -> Option<Vec<(&'t str, ObjectId)>> {
    if !estimator.is("pipeline", "FeatureUnion") {
        return None;
    }
    let objects = estimator.objects;
    let branch = |id: &ObjectId| match objects.items(*id)? {
        [name, transformer] => Some((objects.text(*name)?, *transformer)),
        _ => None,
    };
    objects.items(estimator.get("transformer_list")?)?.iter().map(branch).collect()
}
