//! `classes_`: the labels of a classifier.

use super::estimator::Estimator;
use super::flow::Flow;
use crate::error::{Error, ErrorKind, Result};
use crate::read::pickle::Object;
use crate::schema::Labels;

/// The labels that an attribute of a classifier holds.
pub(super) fn of(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>) -> Result<Labels> {
    named(estimator, flow, "classes_")
}

/// The same under another name.
pub(super) fn named(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, name: &str) -> Result<Labels> {
    let id = estimator.required(name)?;
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
