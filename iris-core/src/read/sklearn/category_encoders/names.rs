//! The columns that an encoder was fitted on.

use std::collections::HashMap;

use super::super::estimator::Estimator;
use super::super::frame::{Frame, attribute};
use super::super::value::Value;
use crate::error::{Error, Result};
use crate::read::pickle::{Budget, Object, ObjectId, Objects};

/// Their names, or numbers of such as had none; `None` of other estimators.
///
/// Releases before 2.7 do not say, but what came out, in which the columns that
/// became several stand one behind the other.
pub(in crate::read::sklearn) fn of(
    estimator: &Estimator<'_, '_>,
    budget: &mut Budget,
) -> Result<Option<Vec<Value>>> {
    if !estimator.is_of("category_encoders") || estimator.is_none("_dim") {
        return Ok(None);
    }
    if estimator.get("feature_names_in_").is_some() {
        return values(estimator, "feature_names_in_", budget).map(Some);
    }
    if estimator.class() == "HashingEncoder" {
        return Err(Error::unsupported(
            "it does not say which columns it was fitted on, as releases since 2.6 do",
        ));
    }
    let came_out =
        ["feature_names_out_", "feature_names"].into_iter().find(|name| estimator.get(name).is_some());
    let Some(came_out) = came_out else {
        return Err(Error::unsupported("it does not say which columns it was fitted on"));
    };
    if estimator.flag("drop_invariant", false)? {
        return Err(Error::unsupported("'drop_invariant' is not read of releases before 2.7"));
    }
    let names = values(estimator, came_out, budget)?;
    if names.contains(&Value::Text("intercept".to_owned())) {
        return Err(Error::unsupported("a column 'intercept', as releases before 2.6 add one, is not read"));
    }
    let mut several = HashMap::new();
    let objects = estimator.objects;
    let columns = estimator.get("mapping").and_then(|mapping| objects.items(mapping)).unwrap_or_default();
    for column in columns {
        let of_column = |name| attribute(objects, *column, name);
        let (Some(name), Some(mapping)) = (of_column("col"), of_column("mapping")) else { continue };
        if let (Some(name), true) = (Value::of(objects, name), is_frame(objects, mapping)) {
            let labels = Frame::of(objects, mapping, budget)?.labels;
            if let Some(Value::Text(first)) = labels.first() {
                several.insert(first.clone(), (name, labels.len()));
            }
        }
    }
    let mut came_in = Vec::new();
    let mut names = names.into_iter();
    while let Some(name) = names.next() {
        let column = match &name {
            Value::Text(text) => several.remove(text),
            _ => None,
        };
        came_in.push(match column {
            Some((column, n_columns)) => {
                names.by_ref().take(n_columns - 1).for_each(drop);
                column
            }
            None => name,
        });
    }
    Ok(Some(came_in))
}

/// An attribute that is a list or an array of names.
pub(super) fn values(estimator: &Estimator<'_, '_>, name: &str, budget: &mut Budget) -> Result<Vec<Value>> {
    let objects = estimator.objects;
    let id = estimator.required(name)?;
    if let Object::Array(array) = objects.get(id) {
        return Value::of_array(array, objects, budget);
    }
    let items = objects.items(id).ok_or_else(|| estimator.unexpected(name, id))?;
    budget.spend(
        4 * items.len()
            + items.iter().filter_map(|item| objects.text(*item)).map(str::len).sum::<usize>() / 8,
    )?;
    let values: Option<Vec<Value>> = items.iter().map(|item| Value::of(objects, *item)).collect();
    values.ok_or_else(|| estimator.unexpected(name, id))
}

fn is_frame(objects: &Objects<'_>, id: ObjectId) -> bool {
    matches!(objects.get(id), Object::Call(call) if objects.global(call.callable).is_some_and(|(_, class)| class == "DataFrame"))
}
