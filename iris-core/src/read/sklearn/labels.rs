//! `classes_`: the labels of a classifier.

use super::estimator::Estimator;
use super::flow::Flow;
use crate::error::{Error, ErrorKind, Result};
use crate::read::pickle::{Object, ObjectId};
use crate::schema::Labels;

/// The labels of each output, where a classifier answers several labels a row.
pub(super) fn several(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>) -> Result<Option<Vec<Labels>>> {
    let Some(arrays) = estimator.objects.items(estimator.required("classes_")?) else { return Ok(None) };
    if arrays.is_empty() {
        return Err(Error::malformed("'classes_' is an empty list"));
    }
    arrays.iter().map(|array| read(estimator, flow, "classes_", *array)).collect::<Result<_>>().map(Some)
}

/// The labels that an attribute of a classifier holds.
pub(super) fn of(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>) -> Result<Labels> {
    named(estimator, flow, "classes_")
}

/// The same under another name.
pub(super) fn named(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, name: &str) -> Result<Labels> {
    read(estimator, flow, name, estimator.required(name)?)
}

/// The labels that an object under this name is.
fn read(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, name: &str, id: ObjectId) -> Result<Labels> {
    let objects = estimator.objects;
    let Object::Array(array) = objects.get(id) else {
        return Err(match objects.get(id) {
            Object::List(_) => Error::unsupported("it answers several labels a row, which is not read"),
            _ => estimator.unexpected(name, id),
        });
    };
    if array.shape().len() != 1 {
        return Err(estimator.unexpected(name, id));
    }
    match flow.strings(array) {
        Ok(strings) => return Ok(Labels::Strings(strings)),
        Err(error) if error.kind() == ErrorKind::ModelTooLarge => return Err(error),
        Err(_) => {}
    }
    if let Ok(integers) = array.integers(objects) {
        return Ok(Labels::Integers(integers));
    }
    if let Ok(booleans) = array.booleans(objects) {
        return Ok(Labels::Booleans(booleans));
    }
    array.only_floats(objects).map(Labels::Floats).map_err(|_| {
        let kind = objects.describe(id);
        Error::unsupported(format!(
            "its labels are {kind}; answered as labels are strings, integers, booleans and floats, all of one type"
        ))
    })
}
