//! Files that hold a dict: which of its entries is the model.

use super::pickle::{Object, ObjectId, Pickle};
use crate::error::{Error, Result};

/// Keys that a message shows.
const SHOWN: usize = 12;

/// The object that is asked for: the file's own, or its entry under `key`.
pub(super) fn choose(pickle: &Pickle<'_>, key: Option<&str>) -> Result<ObjectId> {
    let objects = &pickle.objects;
    let entries = match objects.get(pickle.root) {
        Object::Dict(entries) => entries.as_slice(),
        // An `OrderedDict` and the like, but no instance with attributes.
        Object::Call(call) if call.state.is_none() => &call.entries,
        _ => &[],
    };
    let is_dict = !entries.is_empty() || matches!(objects.get(pickle.root), Object::Dict(_));
    let Some(key) = key else {
        return if is_dict { Err(unasked(pickle, entries)) } else { Ok(pickle.root) };
    };
    if !is_dict {
        let found = objects.describe(pickle.root);
        return Err(Error::unsupported(format!(
            "the entry '{key}' is asked for, but the file holds {found} and no dict"
        )));
    }
    let found = entries.iter().rev().find(|(name, _)| objects.text(*name) == Some(key));
    found.map(|(_, value)| *value).ok_or_else(|| {
        Error::unsupported(format!(
            "the dict in the file has no entry '{key}', but {}",
            keys(pickle, entries)
        ))
    })
}

#[cold]
fn unasked(pickle: &Pickle<'_>, entries: &[(ObjectId, ObjectId)]) -> Error {
    let message = format!(
        "the file holds a dict, with {}; say which of them is the model, as in `model.pkl#model`",
        keys(pickle, entries)
    );
    Error::unsupported(message).at_operator(pickle.objects.describe(pickle.root))
}

/// The keys that are strings, each with what stands there.
fn keys(pickle: &Pickle<'_>, entries: &[(ObjectId, ObjectId)]) -> String {
    let objects = &pickle.objects;
    let named = entries.iter().filter_map(|(key, value)| Some((objects.text(*key)?, *value)));
    let shown: Vec<String> = named
        .clone()
        .take(SHOWN)
        .map(|(key, value)| {
            let key: String = key.chars().take(60).collect();
            format!("'{key}' ({})", objects.describe(value))
        })
        .collect();
    match (shown.len(), named.count() - shown.len()) {
        (0, _) => "no key that is a string".to_owned(),
        (_, 0) => format!("the keys {}", shown.join(", ")),
        (_, more) => format!("the keys {} and {more} more", shown.join(", ")),
    }
}
