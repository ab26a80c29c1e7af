//! One fitted estimator: its class, its version, its attributes.

mod version;

use std::collections::HashMap;

use crate::error::{Error, Result};
use crate::read::pickle::{Array, Budget, Call, Dtype, Object, ObjectId, Objects};

/// An estimator's attributes by their names.
pub(super) struct Estimator<'t, 'a> {
    pub(super) objects: &'t Objects<'a>,
    module: &'t str,
    class: &'t str,
    attributes: HashMap<&'t str, ObjectId>,
}

/// An array of numbers, or a single one.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct NumberArray {
    /// Empty for a single number.
    pub(super) shape: Vec<usize>,
    /// Row by row.
    pub(super) values: Vec<f64>,
}

/// Numbers that an attribute takes, and an estimator at the least.
const ATTRIBUTE: usize = 8;

impl<'t, 'a> Estimator<'t, 'a> {
    /// The estimator that an object is. Looking at it is held against `budget`.
    pub(super) fn new(objects: &'t Objects<'a>, id: ObjectId, budget: &mut Budget) -> Result<Self> {
        let no_estimator = || {
            Error::unsupported(format!(
                "{} stands where a fitted estimator of scikit-learn's would",
                describe(objects, id)
            ))
            .at_operator(objects.describe(id))
        };
        let (Some((module, class)), Object::Call(call)) = (Self::class_of(objects, id), objects.get(id))
        else {
            return Err(no_estimator());
        };
        let entries = entries(objects, call).ok_or_else(no_estimator)?;
        budget.spend((entries.len() + 1) * ATTRIBUTE)?;
        let named = entries.iter().filter_map(|(key, value)| Some((objects.text(*key)?, *value)));
        let attributes: HashMap<&str, ObjectId> = named.collect();
        for id in attributes.values() {
            if let Object::Array(array) = objects.get(*id) {
                budget.spend(array.len())?;
            }
        }
        Ok(Self { objects, module, class, attributes })
    }

    /// Module and class of an object that is an instance.
    pub(super) fn class_of(objects: &'t Objects<'a>, id: ObjectId) -> Option<(&'t str, &'t str)> {
        match objects.get(id) {
            Object::Call(call) => objects.global(call.callable),
            _ => None,
        }
    }

    /// Whether its class is this one of scikit-learn's, in whatever module of a
    /// package, or what imbalanced-learn has of the same name.
    pub(super) fn is(&self, package: &str, class: &str) -> bool {
        let inside = ["sklearn.", "imblearn."].iter().find_map(|library| self.module.strip_prefix(library));
        self.class == class && inside.is_some_and(|rest| rest.starts_with(package))
    }

    /// Whether its class is one of this library's.
    pub(super) fn is_of(&self, library: &str) -> bool {
        self.module.split('.').next() == Some(library)
    }

    pub(super) fn get(&self, name: &str) -> Option<ObjectId> {
        self.attributes.get(name).copied()
    }

    pub(super) fn required(&self, name: &str) -> Result<ObjectId> {
        self.get(name)
            .ok_or_else(|| Error::unsupported(format!("it has no '{name}', as one that was fitted would")))
    }

    /// The release of scikit-learn that wrote it, such as (1, 9).
    pub(super) fn version(&self) -> Option<(u32, u32)> {
        match self.text("_sklearn_version") {
            Some(text) => version::parsed(text),
            None if self.is_of("imblearn") => {
                let members = ["estimator_", "estimators_", "base_estimator_"].into_iter();
                members.filter_map(|name| self.get(name)).find_map(|id| version::within(self.objects, id))
            }
            None => None,
        }
    }

    /// Whether it was written by this release or a later one.
    pub(super) fn is_since(&self, major: u32, minor: u32) -> bool {
        self.version().is_some_and(|version| version >= (major, minor))
    }

    /// A text; `None` if the attribute is missing or something else.
    pub(super) fn text(&self, name: &str) -> Option<&'t str> {
        self.objects.text(self.get(name)?)
    }

    /// A flag; `default` where versions before had none.
    pub(super) fn flag(&self, name: &str, default: bool) -> Result<bool> {
        let Some(id) = self.get(name) else { return Ok(default) };
        match self.objects.get(id) {
            Object::Bool(flag) => Ok(*flag),
            Object::Int(flag) => Ok(*flag != 0),
            _ => Err(self.unexpected(name, id)),
        }
    }

    /// Whether the attribute is missing or `None`.
    pub(super) fn is_none(&self, name: &str) -> bool {
        self.get(name).is_none_or(|id| matches!(self.objects.get(id), Object::None))
    }

    /// Whether an attribute is a type of single precision, or an array of it.
    pub(super) fn is_single(&self, name: &str) -> bool {
        let dtype = self.get(name).and_then(|id| match self.objects.get(id) {
            Object::Dtype(dtype) => Some(&**dtype),
            Object::Array(array) => Some(array.dtype()),
            _ => None,
        });
        dtype.is_some_and(Dtype::is_single)
    }

    /// An array of numbers, or a single one.
    pub(super) fn numbers(&self, name: &str) -> Result<NumberArray> {
        self.numbers_as(name, Array::floats)
    }

    fn numbers_as(
        &self,
        name: &str,
        floats: impl FnOnce(&Array<'a>, &Objects<'a>) -> Result<Vec<f64>>,
    ) -> Result<NumberArray> {
        let id = self.required(name)?;
        match self.objects.get(id) {
            Object::Array(array) => {
                let values = floats(array, self.objects).map_err(|error| error.within(quoted(name)))?;
                Ok(NumberArray { shape: array.shape().to_vec(), values })
            }
            _ => match self.objects.float(id) {
                Some(value) => Ok(NumberArray { shape: Vec::new(), values: vec![value] }),
                None => Err(self.unexpected(name, id)),
            },
        }
    }

    /// A single number.
    pub(super) fn number(&self, name: &str) -> Result<f64> {
        match self.numbers(name)?.values.as_slice() {
            [number] => Ok(*number),
            _ => Err(self.unexpected(name, self.required(name)?)),
        }
    }

    /// A length or an index.
    pub(super) fn size(&self, name: &str) -> Result<usize> {
        let id = self.required(name)?;
        self.objects.size(id).ok_or_else(|| self.unexpected(name, id))
    }

    /// The columns, out of `width`, that a mask has.
    pub(super) fn masked(&self, name: &str, width: usize) -> Result<Vec<usize>> {
        let flags = self.column_numbers(name, width)?;
        Ok((0..width).filter(|column| flags[*column] != 0.0).collect())
    }

    /// The class without its module.
    pub(super) fn class(&self) -> &'t str {
        self.class
    }

    /// One number for each of `width` columns.
    pub(super) fn column_numbers(&self, name: &str, width: usize) -> Result<Vec<f64>> {
        let NumberArray { shape, values } = self.numbers(name)?;
        match shape.as_slice() {
            [length] if *length == width => Ok(values),
            shape => Err(misshapen(name, shape, width)),
        }
    }

    /// A table of `width` numbers a row; one row may be written as such.
    pub(super) fn table(&self, name: &str, width: usize) -> Result<Vec<f64>> {
        self.numbers(name)?.of_table(name, width)
    }

    /// The same table turned: a row of it for each of the `width` columns.
    pub(super) fn turned_table(&self, name: &str, width: usize) -> Result<Vec<f64>> {
        self.numbers_as(name, Array::turned_floats)?.of_table(name, width)
    }

    /// A table with `height` rows, one for each column that comes in, and how wide it is.
    pub(super) fn directions(&self, name: &str, height: usize) -> Result<(Vec<f64>, usize)> {
        let NumberArray { shape, values } = self.numbers(name)?;
        match *shape.as_slice() {
            [n_rows, width] if n_rows == height && width > 0 => Ok((values, width)),
            _ => Err(misshapen(name, &shape, height)),
        }
    }

    /// That an attribute holds something that no version writes there, or that is not read.
    #[cold]
    pub(super) fn unexpected(&self, name: &str, id: ObjectId) -> Error {
        Error::unsupported(format!("'{name}' is {}, which is not read here", describe(self.objects, id)))
    }
}

impl NumberArray {
    /// The numbers, if they are a table of `width` a row, or one such row.
    fn of_table(self, name: &str, width: usize) -> Result<Vec<f64>> {
        match *self.shape.as_slice() {
            [n_rows, n_columns] if n_columns == width && n_rows > 0 && width > 0 => Ok(self.values),
            [length] if length == width && width > 0 => Ok(self.values),
            _ => Err(misshapen(name, &self.shape, width)),
        }
    }
}

/// The attributes that an instance was given, as scikit-learn's estimators are: by a dict.
fn entries<'t>(objects: &'t Objects<'_>, call: &Call) -> Option<&'t [(ObjectId, ObjectId)]> {
    match objects.get(call.state?) {
        Object::Dict(entries) => Some(entries),
        _ => None,
    }
}

/// What an object is, with what to do about what people often keep in place of a model.
fn describe(objects: &Objects<'_>, id: ObjectId) -> String {
    match objects.get(id) {
        Object::Global { .. } => format!("the function or class {}", objects.describe(id)),
        Object::Str(text) => format!("'{}'", text.chars().take(40).collect::<String>()),
        _ => objects.describe(id),
    }
}

#[cold]
fn misshapen(name: &str, shape: &[usize], width: usize) -> Error {
    Error::malformed(format!("'{name}' is of shape {shape:?} where {width} columns come in"))
}

fn quoted(name: &str) -> String {
    format!("'{name}'")
}
