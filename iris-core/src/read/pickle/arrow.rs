//! pyarrow's arrays of texts, in which pandas keeps its own.

use super::id::ObjectId;
use super::machine::Machine;
use super::object::{Call, Object, Objects};
use super::pandas;
use crate::error::{Error, Result};

/// `py_buffer(bytes)`: these bytes.
pub(super) fn buffer(machine: &mut Machine<'_, '_>, callable: ObjectId, args: ObjectId) -> Result<ObjectId> {
    match machine.objects.items(args) {
        Some([bytes]) if matches!(machine.objects.get(*bytes), Object::Bytes(_)) => Ok(*bytes),
        _ => machine.note(Call::new(callable, args)),
    }
}

/// `_restore_array((type, length, nulls, offset, buffers, children, dictionary))`:
/// an array of objects, if it is one of texts.
pub(super) fn array(machine: &mut Machine<'_, '_>, callable: ObjectId, args: ObjectId) -> Result<ObjectId> {
    let Some(layout) = Layout::of(&machine.objects, args) else {
        return machine.note(Call::new(callable, args));
    };
    machine.budget.spend(layout.length)?;
    let mut items = Vec::with_capacity(layout.length);
    let missing = machine.add(Object::None)?;
    for index in layout.offset..layout.offset + layout.length {
        let text = layout.text(&machine.objects, index)?;
        items.push(match text {
            Some(text) => {
                machine.budget.spend_bytes(text.len())?;
                machine.add(Object::Str(text.into()))?
            }
            None => missing,
        });
    }
    let array = pandas::of_objects(vec![items.len()], items)?;
    machine.add(Object::Array(array))
}

/// `chunked_array([array, …], type)`: one array after the other.
pub(super) fn chunked(machine: &mut Machine<'_, '_>, callable: ObjectId, args: ObjectId) -> Result<ObjectId> {
    let objects = &machine.objects;
    let chunks = objects.items(args).and_then(|args| objects.items(*args.first()?));
    let mut items = Vec::new();
    for chunk in chunks.unwrap_or_default() {
        let Some(texts) = objects.object_items(*chunk) else {
            return machine.note(Call::new(callable, args));
        };
        machine.budget.spend(texts.len() + 1)?;
        items.extend_from_slice(texts);
    }
    if chunks.is_none() {
        return machine.note(Call::new(callable, args));
    }
    let array = pandas::of_objects(vec![items.len()], items)?;
    machine.add(Object::Array(array))
}

/// Where the texts of an array lie.
struct Layout {
    length: usize,
    offset: usize,
    /// A bit for each text: whether it is there. Without, all are.
    validity: Option<ObjectId>,
    offsets: ObjectId,
    /// Bytes of an offset.
    width: usize,
    texts: Option<ObjectId>,
}

impl Layout {
    fn of(objects: &Objects<'_>, args: ObjectId) -> Option<Self> {
        let [layout] = objects.items(args)? else { return None };
        let [kind, length, _, offset, buffers, ..] = objects.items(*layout)? else { return None };
        let Object::Call(kind) = objects.get(*kind) else { return None };
        // Either `type_for_alias("large_string")` or `large_string()`.
        let named = objects.items(kind.args)?.first().and_then(|name| objects.text(*name));
        let width = match named.or_else(|| objects.global(kind.callable).map(|(_, name)| name))? {
            "string" | "utf8" | "str" => 4,
            "large_string" | "large_utf8" | "large_str" => 8,
            _ => return None,
        };
        let [validity, offsets, texts] = objects.items(*buffers)? else { return None };
        let some = |id: ObjectId| (!matches!(objects.get(id), Object::None)).then_some(id);
        Some(Self {
            length: objects.size(*length)?,
            offset: objects.size(*offset)?,
            validity: some(*validity),
            offsets: some(*offsets)?,
            width,
            texts: some(*texts),
        })
        .filter(|layout| layout.offset.checked_add(layout.length).is_some())
    }

    /// The text at `index`; `None` if it is missing.
    fn text(&self, objects: &Objects<'_>, index: usize) -> Result<Option<String>> {
        let wrong = || Error::malformed("an array of pyarrow's whose texts lie outside of it");
        if let Some(validity) = self.validity {
            let bits = bytes(objects, validity).and_then(|bits| bits.get(index / 8)).ok_or_else(wrong)?;
            if bits >> (index % 8) & 1 == 0 {
                return Ok(None);
            }
        }
        let offset = |index: usize| {
            let start = index.checked_mul(self.width)?;
            let bytes = bytes(objects, self.offsets)?.get(start..start.checked_add(self.width)?)?;
            let offset = bytes.iter().rev().fold(0u64, |offset, byte| offset << 8 | u64::from(*byte));
            usize::try_from(offset).ok()
        };
        let texts = self.texts.map_or(Some(&[][..]), |texts| bytes(objects, texts)).ok_or_else(wrong)?;
        let range = offset(index).zip(index.checked_add(1).and_then(offset));
        let text = range.and_then(|(start, end)| texts.get(start..end)).ok_or_else(wrong)?;
        let text = str::from_utf8(text).map_err(|_| Error::malformed("a string that is not UTF-8"))?;
        Ok(Some(text.to_owned()))
    }
}

fn bytes<'o>(objects: &'o Objects<'_>, id: ObjectId) -> Option<&'o [u8]> {
    match objects.get(id) {
        Object::Bytes(bytes) => Some(bytes),
        _ => None,
    }
}
