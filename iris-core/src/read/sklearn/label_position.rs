//! Which of a classifier's labels a parameter means.

use crate::read::pickle::{Object, ObjectId, Objects};
use crate::schema::{Label, Labels};

/// The place of the label that equals an object, as Python compares: 1, 1.0 and `True` are the same.
pub(super) fn of(objects: &Objects<'_>, id: ObjectId, labels: &Labels) -> Option<usize> {
    let single = |items: &[ObjectId]| match items {
        [one] => Some(*one),
        _ => None,
    };
    match objects.get(id) {
        Object::Str(text) => labels.iter().position(|label| label.as_str() == Some(text)),
        Object::Bool(flag) => of_number(f64::from(u8::from(*flag)), labels),
        Object::Array(array) if array.len() == 1 => match array.objects() {
            Some(items) => of(objects, single(items)?, labels),
            None => of_number(*array.floats(objects).ok()?.first()?, labels),
        },
        _ => of_number(objects.float(id)?, labels),
    }
}

/// The place of the label that is this number.
pub(super) fn of_number(number: f64, labels: &Labels) -> Option<usize> {
    labels.iter().position(|label| number_of(&label) == Some(number))
}

fn number_of(label: &Label<'_>) -> Option<f64> {
    if label.as_str().is_some() {
        return None;
    }
    // However its kind of label is written.
    match label.to_string().as_str() {
        "true" | "True" => Some(1.0),
        "false" | "False" => Some(0.0),
        number => number.parse().ok(),
    }
}
