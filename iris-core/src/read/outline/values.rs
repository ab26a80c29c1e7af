//! Small values as Python writes them.

use crate::read::pickle::{Object, ObjectId, Objects};

/// Characters of a text that are shown, and items of a list.
const SHOWN_CHARACTERS: usize = 40;
const SHOWN_ITEMS: usize = 6;

/// A number, a text, a word, a name, or a few of these; `None` of anything else.
pub(super) fn repr(objects: &Objects<'_>, id: ObjectId) -> Option<String> {
    match objects.get(id) {
        Object::Tuple(items) => list(objects, items, "(", if items.len() == 1 { ",)" } else { ")" }),
        Object::List(items) => list(objects, items, "[", "]"),
        Object::Dict(entries) if entries.is_empty() => Some("{}".to_owned()),
        Object::Dict(entries) => {
            let entry = |(key, value): &(ObjectId, ObjectId)| {
                Some(format!("{}: {}", plain(objects, *key)?, plain(objects, *value)?))
            };
            let shown: Option<Vec<String>> = entries.iter().take(SHOWN_ITEMS).map(entry).collect();
            let more = if entries.len() > SHOWN_ITEMS { ", …" } else { "" };
            Some(format!("{{{}{more}}}", shown?.join(", ")))
        }
        _ => plain(objects, id),
    }
}

/// A number, a text, a word or a name.
pub(super) fn plain(objects: &Objects<'_>, id: ObjectId) -> Option<String> {
    Some(match objects.get(id) {
        Object::None => "None".to_owned(),
        Object::Bool(true) => "True".to_owned(),
        Object::Bool(false) => "False".to_owned(),
        Object::Int(value) => value.to_string(),
        Object::Float(value) if value.is_nan() => "nan".to_owned(),
        Object::Float(value) => format!("{value:?}"),
        Object::Str(text) => quoted(text),
        Object::Global { .. } => {
            let (_, name) = objects.global(id)?;
            name.chars().take(SHOWN_CHARACTERS).collect()
        }
        _ => return None,
    })
}

/// A text in quotes, without what would move a terminal's cursor.
fn quoted(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN_CHARACTERS).flat_map(char::escape_debug).collect();
    if text.chars().nth(SHOWN_CHARACTERS).is_some() {
        shown.push('…');
    }
    format!("'{shown}'")
}

fn list(objects: &Objects<'_>, items: &[ObjectId], open: &str, close: &str) -> Option<String> {
    let shown: Option<Vec<String>> =
        items.iter().take(SHOWN_ITEMS).map(|item| plain(objects, *item)).collect();
    let more = if items.len() > SHOWN_ITEMS { ", …" } else { "" };
    Some(format!("{open}{}{more}{close}", shown?.join(", ")))
}
