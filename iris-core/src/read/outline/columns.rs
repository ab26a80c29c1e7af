//! Which columns a branch is given.

use crate::read::pickle::{Object, ObjectId, Objects};

/// Columns that are shown before there is only a number of them.
const SHOWN: usize = 8;

/// Names, indices, a slice or a mask, as people write them.
pub(super) fn of(objects: &Objects<'_>, id: ObjectId) -> Option<String> {
    match objects.get(id) {
        Object::Str(name) => Some(shortened(name)),
        Object::Int(index) => Some(index.to_string()),
        Object::Tuple(items) => Some(several(items.iter().map(|item| column(objects, *item)))),
        Object::List(items) => Some(several(items.iter().map(|item| column(objects, *item)))),
        Object::Array(array) => match array.integers(objects) {
            Ok(indices) => Some(several(indices.iter().map(i64::to_string))),
            Err(_) => Some(format!("{} columns", array.len())),
        },
        // `_RemainderColsList` is a list in a class of its own.
        Object::Call(call) if !call.items.is_empty() => {
            Some(several(call.items.iter().map(|item| column(objects, *item))))
        }
        Object::Call(call) if objects.global(call.callable)?.1 == "slice" => {
            let bounds = objects.items(call.args)?;
            let bound = |id: &ObjectId| match objects.get(*id) {
                Object::None => String::new(),
                _ => column(objects, *id),
            };
            Some(bounds.iter().take(2).map(bound).collect::<Vec<_>>().join(":"))
        }
        _ => None,
    }
}

fn column(objects: &Objects<'_>, id: ObjectId) -> String {
    match objects.get(id) {
        Object::Str(name) => shortened(name),
        Object::Int(index) => index.to_string(),
        Object::Bool(is_in) => is_in.to_string(),
        _ => "?".to_owned(),
    }
}

fn shortened(name: &str) -> String {
    name.chars().take(40).flat_map(char::escape_debug).collect()
}

fn several(columns: impl ExactSizeIterator<Item = String>) -> String {
    let n_columns = columns.len();
    let shown: Vec<String> = columns.take(SHOWN).collect();
    match n_columns - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
