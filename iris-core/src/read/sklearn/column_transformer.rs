//! `ColumnTransformer`: each transformer on columns of its own, their outputs side by side.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use super::weights;
use crate::error::{Error, Result};
use crate::read::pickle::{Object, ObjectId, Objects};

/// Numbers that a branch costs, also one that does nothing.
const BRANCH: usize = 8;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let id = estimator.required("transformers_")?;
    let branches: Option<Vec<Branch<'_>>> = estimator
        .objects
        .items(id)
        .and_then(|branches| branches.iter().map(|branch| Branch::of(estimator.objects, *branch)).collect());
    let branches = branches.ok_or_else(|| estimator.unexpected("transformers_", id))?;
    flow.spend(branches.len() * BRANCH)?;
    let names = names(estimator, flow)?;
    let mut parts = Vec::new();
    for Branch { name, transformer, columns } in branches {
        let shown: String = name.chars().take(40).collect();
        let within = |error: Error| error.within(format_args!("branch '{shown}' of the columns"));
        if estimator.objects.text(transformer) == Some("drop") {
            continue;
        }
        let indices = indices(estimator, name, columns, rows.width(), names.as_deref()).map_err(within)?;
        if indices.is_empty() {
            continue;
        }
        let selected = flow.select(&rows, &indices)?;
        let output = match estimator.objects.text(transformer) {
            Some("passthrough") => selected,
            _ => flow.transformed(transformer, selected).map_err(within)?,
        };
        parts.push(weights::weighted(estimator, flow, name, output)?);
    }
    if parts.is_empty() {
        return Err(Error::unsupported("it leaves no column"));
    }
    flow.concat(parts).map(Output::Rows)
}

/// One of `transformers_`.
struct Branch<'t> {
    name: &'t str,
    transformer: ObjectId,
    columns: ObjectId,
}

impl<'t> Branch<'t> {
    fn of(objects: &'t Objects<'_>, id: ObjectId) -> Option<Self> {
        match objects.items(id)? {
            [name, transformer, columns] => {
                Some(Self { name: objects.text(*name)?, transformer: *transformer, columns: *columns })
            }
            _ => None,
        }
    }
}

/// The names of a frame's columns, to find those that a branch names.
fn names(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>) -> Result<Option<Vec<String>>> {
    // Releases before 1.0 called it otherwise.
    for name in ["feature_names_in_", "_feature_names_in", "_df_columns"] {
        if let Some(id) = estimator.get(name)
            && let Object::Array(array) = estimator.objects.get(id)
        {
            return flow.strings(array).map(Some);
        }
    }
    Ok(None)
}

/// The columns of a branch, as fitting resolved them.
fn indices(
    estimator: &Estimator<'_, '_>,
    name: &str,
    columns: ObjectId,
    width: usize,
    names: Option<&[String]>,
) -> Result<Vec<usize>> {
    let resolved =
        estimator.get("_transformer_to_input_indices").and_then(|id| entry(estimator.objects, id, name));
    let selection = Selection { objects: estimator.objects, width, names };
    let indices = selection.indices(resolved.unwrap_or(columns));
    indices.ok_or_else(|| {
        let what = estimator.objects.describe(columns);
        Error::unsupported(format!(
            "its columns are {what}, which is no choice among the {width} that come in"
        ))
    })
}

fn entry(objects: &Objects<'_>, id: ObjectId, name: &str) -> Option<ObjectId> {
    let Object::Dict(entries) = objects.get(id) else { return None };
    entries.iter().rev().find(|(key, _)| objects.text(*key) == Some(name)).map(|(_, value)| *value)
}

/// What columns may be chosen by.
struct Selection<'s, 'a> {
    objects: &'s Objects<'a>,
    width: usize,
    names: Option<&'s [String]>,
}

impl Selection<'_, '_> {
    /// Indices, a mask, names, a slice, or one of these alone.
    fn indices(&self, id: ObjectId) -> Option<Vec<usize>> {
        match self.objects.get(id) {
            Object::Array(array) => match array.objects() {
                Some(ids) => self.list(ids),
                None if array.is_text() => None,
                None if array.is_bool() => {
                    let mask = array.floats(self.objects).ok()?;
                    self.mask(&mask.into_iter().map(|flag| flag != 0.0).collect::<Vec<_>>())
                }
                None => {
                    array.integers(self.objects).ok()?.into_iter().map(|index| self.index(index)).collect()
                }
            },
            Object::Call(call) => match self.objects.global(call.callable)? {
                (_, "slice") => self.slice(self.objects.items(call.args)?),
                // `_RemainderColsList`, a list that warns.
                (_, "_RemainderColsList") => self.remainder(call.state?),
                _ => None,
            },
            Object::List(_) | Object::Tuple(_) => self.list(self.objects.items(id)?),
            _ => self.one(id).map(|index| vec![index]),
        }
    }

    fn list(&self, ids: &[ObjectId]) -> Option<Vec<usize>> {
        let flags: Option<Vec<bool>> = ids
            .iter()
            .map(|id| match self.objects.get(*id) {
                Object::Bool(flag) => Some(*flag),
                _ => None,
            })
            .collect();
        match flags {
            Some(flags) if !flags.is_empty() => self.mask(&flags),
            _ => ids.iter().map(|id| self.one(*id)).collect(),
        }
    }

    fn mask(&self, flags: &[bool]) -> Option<Vec<usize>> {
        let chosen = flags.iter().enumerate().filter(|(_, flag)| **flag).map(|(index, _)| index);
        (flags.len() == self.width).then(|| chosen.collect())
    }

    fn one(&self, id: ObjectId) -> Option<usize> {
        match self.objects.get(id) {
            Object::Int(index) => self.index(*index),
            Object::Str(name) => self.name(name),
            _ => None,
        }
    }

    /// From the front, or where it is negative from the end.
    fn index(&self, index: i64) -> Option<usize> {
        let width = i64::try_from(self.width).ok()?;
        let index = if index < 0 { index + width } else { index };
        usize::try_from(index).ok().filter(|index| *index < self.width)
    }

    fn name(&self, name: &str) -> Option<usize> {
        self.names?.iter().position(|known| known == name)
    }

    /// By positions, or by names, where the end is part of it.
    fn slice(&self, bounds: &[ObjectId]) -> Option<Vec<usize>> {
        let [first, end, stride] = bounds else { return None };
        if !matches!(self.objects.get(*stride), Object::None | Object::Int(1)) {
            return None;
        }
        let bound = |id: ObjectId, default: usize, after_name: usize| match self.objects.get(id) {
            Object::None => Some(default),
            Object::Int(at) => {
                let width = i64::try_from(self.width).ok()?;
                let at = if *at < 0 { at.checked_add(width)? } else { *at };
                usize::try_from(at.clamp(0, width)).ok()
            }
            Object::Str(name) => Some(self.name(name)? + after_name),
            _ => None,
        };
        Some((bound(*first, 0, 0)?..bound(*end, self.width, 1)?).collect())
    }

    /// What a `UserList` holds.
    fn remainder(&self, state: ObjectId) -> Option<Vec<usize>> {
        let data = entry(self.objects, state, "data")?;
        self.list(self.objects.items(data)?)
    }
}
