//! What `BUILD` tells a type of numpy's: byte order, size, fields.

use super::dtype::{Dtype, Field, Kind};
use super::id::ObjectId;
use super::object::{Object, Objects};
use crate::error::{Error, Result};

/// The type with what `__setstate__` would be given.
pub(super) fn with_state(dtype: &Dtype, objects: &Objects<'_>, state: ObjectId) -> Result<Dtype> {
    let wrong = || Error::malformed("a dtype's state that numpy does not write");
    let Some([_, order, subarray, names, fields, size, ..]) = objects.items(state) else {
        return Err(wrong());
    };
    let mut dtype = dtype.clone().with_order(objects.text(*order).ok_or_else(wrong)? == ">");
    // Types of a fixed size say -1.
    if let (Some(size), Kind::Unicode | Kind::Bytes | Kind::Other(_)) = (objects.size(*size), dtype.kind()) {
        dtype = dtype.with_size(size);
    }
    match (objects.get(*subarray), objects.get(*names), objects.get(*fields)) {
        (Object::None, Object::None, Object::None) => Ok(dtype),
        (Object::None, Object::Tuple(names), Object::Dict(entries)) => {
            let fields = fields_of(objects, names, entries, dtype.size())?;
            Ok(dtype.with_kind(Kind::Structured(fields)))
        }
        (Object::Tuple(_), ..) => Ok(dtype.with_kind(Kind::Other('V'))),
        _ => Err(wrong()),
    }
}

/// Fields lie within their item, and are no structures of structures: nothing nests.
fn fields_of(
    objects: &Objects<'_>,
    names: &[ObjectId],
    entries: &[(ObjectId, ObjectId)],
    size: usize,
) -> Result<Vec<Field>> {
    if entries.len() != names.len() {
        return Err(Error::malformed("a dtype with other fields than names"));
    }
    let field = |(key, value): &(ObjectId, ObjectId)| {
        let name = objects.text(*key)?.to_owned();
        let [dtype, offset, ..] = objects.items(*value)? else { return None };
        let (Object::Dtype(dtype), offset) = (objects.get(*dtype), objects.size(*offset)?) else {
            return None;
        };
        let fits = offset.checked_add(dtype.size()).is_some_and(|end| end <= size);
        (fits && dtype.n_fields() == 0).then(|| Field { name, offset, dtype: dtype.clone() })
    };
    let fields = entries.iter().map(field).collect::<Option<_>>();
    fields.ok_or_else(|| Error::unsupported("a structured dtype with fields that are not plain"))
}
