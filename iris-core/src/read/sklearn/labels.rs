//! `classes_`: the labels of a classifier.

use super::estimator::Estimator;
use super::flow::Flow;
use crate::error::{Error, ErrorKind, Result};
use crate::read::pickle::Object;
use crate::schema::Labels;

/// The labels that an attribute of a classifier holds.
pub(super) fn of(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>) -> Result<Labels> {
    let id = estimator.required("classes_")?;
    let objects = estimator.objects;
    let Object::Array(array) = objects.get(id) else {
        return Err(match objects.get(id) {
            Object::List(_) => Error::unsupported("it answers several labels a row, which is not read"),
            _ => estimator.unexpected("classes_", id),
        });
    };
    if array.shape().len() != 1 {
        return Err(estimator.unexpected("classes_", id));
    }
    match flow.strings(array) {
        Ok(strings) => return Ok(Labels::Strings(strings)),
        Err(error) if error.kind() == ErrorKind::ModelTooLarge => return Err(error),
        Err(_) => {}
    }
    array.integers(objects).map(Labels::Integers).map_err(|_| {
        let kind = objects.describe(id);
        Error::unsupported(format!("its labels are {kind}; only strings and integers are answered as labels"))
    })
}
