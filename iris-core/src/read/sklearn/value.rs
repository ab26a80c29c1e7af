//! One value of a column, as encoders and imputers keep them.

use super::estimator::Estimator;
use super::flow::Flow;
use crate::error::{Error, Result};
use crate::read::pickle::{Array, Budget, Object, ObjectId, Objects};

/// A category, or what an imputer looks for or fills in.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Number(f64),
    Text(String),
    /// NaN or pandas' `NA`.
    Missing,
    /// `None`, which no door tells apart from NaN, but which some encoders do.
    None,
}

impl Value {
    /// What an object is, if it is such a value.
    pub(super) fn of(objects: &Objects<'_>, id: ObjectId) -> Option<Self> {
        match objects.get(id) {
            Object::None => Some(Self::None),
            Object::Str(text) => Some(Self::Text(text.to_string())),
            Object::Global { .. } | Object::Call(_) if is_na(objects, id) => Some(Self::Missing),
            _ => objects.float(id).map(Self::number),
        }
    }

    /// The values of an array, which may be objects of several kinds.
    pub(super) fn all(array: &Array<'_>, flow: &mut Flow<'_, '_>) -> Result<Vec<Self>> {
        Self::of_array(array, flow.objects(), flow.budget())
    }

    /// The same outside of a row's way.
    pub(super) fn of_array(
        array: &Array<'_>,
        objects: &Objects<'_>,
        budget: &mut Budget,
    ) -> Result<Vec<Self>> {
        if let Some(ids) = array.objects() {
            let bytes = ids.iter().filter_map(|id| objects.text(*id)).map(str::len).sum::<usize>();
            budget.spend(bytes / 8 + ids.len() * 4)?;
            let values: Option<Vec<Self>> = ids.iter().map(|id| Self::of(objects, *id)).collect();
            return values.ok_or_else(|| {
                Error::unsupported("it holds values that are neither texts nor numbers, such as dates")
            });
        }
        if array.is_text() {
            return Ok(array.strings(objects, budget)?.into_iter().map(Self::Text).collect());
        }
        budget.spend(array.len() * 4)?;
        Ok(array.floats(objects)?.into_iter().map(Self::number).collect())
    }

    /// An attribute that is one value.
    pub(super) fn attribute(estimator: &Estimator<'_, '_>, name: &str) -> Result<Self> {
        let id = estimator.required(name)?;
        Self::of(estimator.objects, id).ok_or_else(|| estimator.unexpected(name, id))
    }

    /// Whether a door writes it as NaN.
    pub(super) fn is_missing(&self) -> bool {
        matches!(self, Self::Missing | Self::None)
    }

    /// A name as messages have it.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Text(text) => format!("column '{}'", text.chars().take(40).collect::<String>()),
            Self::Number(number) => format!("column {number}"),
            Self::Missing | Self::None => "a column without a name".to_owned(),
        }
    }

    /// The text that it is.
    pub(super) fn into_text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    fn number(value: f64) -> Self {
        if value.is_nan() { Self::Missing } else { Self::Number(value) }
    }
}

/// Whether it is pandas' `NA`, a class of one instance.
fn is_na(objects: &Objects<'_>, id: ObjectId) -> bool {
    let name = match objects.get(id) {
        Object::Call(call) => objects.global(call.callable),
        _ => objects.global(id),
    };
    name.is_some_and(|(module, _)| module == "pandas._libs.missing")
}
