//! `classes_`: the labels of a classifier.

use super::estimator::Estimator;
use crate::error::{Error, Result};
use crate::read::pickle::Object;
use crate::schema::Labels;

/// The labels that an attribute of a classifier holds.
pub(super) fn of(estimator: &Estimator<'_, '_>) -> Result<Labels> {
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
    let strings = array.strings(objects).map(Labels::Strings);
    let labels = strings.or_else(|_| array.integers(objects).map(Labels::Integers));
    labels.map_err(|_| {
        let kind = objects.describe(id);
        Error::unsupported(format!("its labels are {kind}; only strings and integers are answered as labels"))
    })
}
