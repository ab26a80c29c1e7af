//! pandas' arrays of texts and its indexes, where they carry names or labels: as
//! the arrays of objects that they stand for.

use std::rc::Rc;

use super::array::{Array, Data, Order};
use super::dtype::Dtype;
use super::id::ObjectId;
use super::machine::Machine;
use super::object::{Call, Object, Objects};
use crate::error::{Error, Result};

/// `_new_Index(class, {"data": array, "name": …})`: its array. Ranges have none.
pub(super) fn new_index(
    machine: &mut Machine<'_, '_>,
    callable: ObjectId,
    args: ObjectId,
) -> Result<ObjectId> {
    let objects = &machine.objects;
    let data = match objects.items(args) {
        Some([_, attributes]) => attribute(objects, *attributes, "data"),
        _ => None,
    };
    match data {
        Some(data) if matches!(objects.get(data), Object::Array(_)) => Ok(data),
        _ => machine.note(Call::new(callable, args)),
    }
}

/// The array that an array of pandas' is, once it has been given its `state`;
/// `None` for everything else that is built.
pub(super) fn built<'a>(
    machine: &mut Machine<'a, '_>,
    call: &Call,
    state: ObjectId,
) -> Result<Option<Rc<Array<'a>>>> {
    let objects = &machine.objects;
    let Some((module, name)) = objects.global(call.callable) else { return Ok(None) };
    let array = match (module, name) {
        ("pandas._libs.arrays", "__pyx_unpickle_NDArrayBacked") => {
            let class = objects.items(call.args).and_then(|args| objects.global(*args.first()?));
            let Some((_, class)) = class else { return Ok(None) };
            let Some([dtype, data, ..]) = objects.items(state) else { return Ok(None) };
            match class {
                "Categorical" => return categorical(machine, *dtype, *data),
                "StringArray" | "PandasArray" | "NumpyExtensionArray" => Some(*data),
                _ => None,
            }
        }
        (module, "ArrowStringArray" | "ArrowStringArrayNumpySemantics" | "ArrowExtensionArray")
            if module.starts_with("pandas.") =>
        {
            attribute(objects, state, "_pa_array").or_else(|| attribute(objects, state, "_data"))
        }
        _ => None,
    };
    Ok(array.and_then(|array| match objects.get(array) {
        Object::Array(array) => Some(array.clone()),
        _ => None,
    }))
}

/// Each code's category; a code below zero stands for a missing value.
fn categorical<'a>(
    machine: &mut Machine<'a, '_>,
    dtype: ObjectId,
    codes: ObjectId,
) -> Result<Option<Rc<Array<'a>>>> {
    let objects = &machine.objects;
    let categories = match objects.get(dtype) {
        Object::Call(call) => call.state.and_then(|state| attribute(objects, state, "categories")),
        _ => None,
    };
    let categories = categories.map(|categories| objects.get(categories));
    let (Some(Object::Array(categories)), Object::Array(codes)) = (categories, objects.get(codes)) else {
        return Ok(None);
    };
    // Those of numbers stand for numbers, which nobody keeps as names or labels.
    let Data::Objects(categories) = categories.data() else { return Ok(None) };
    machine.budget.spend(codes.len().saturating_mul(2))?;
    let (codes, shape) = (codes.integers(objects)?, codes.shape().to_vec());
    let categories = categories.clone();
    let missing = machine.add(Object::Float(f64::NAN))?;
    let item = |code: i64| match usize::try_from(code) {
        Ok(code) => categories.get(code).copied(),
        Err(_) => Some(missing),
    };
    let items: Option<Vec<ObjectId>> = codes.into_iter().map(item).collect();
    let items =
        items.ok_or_else(|| Error::malformed("a code of a categorical that stands for no category"))?;
    of_objects(shape, items).map(Some)
}

/// An array of objects that lie elsewhere, row by row.
pub(super) fn of_objects<'a>(shape: Vec<usize>, items: Vec<ObjectId>) -> Result<Rc<Array<'a>>> {
    let dtype = Rc::new(Dtype::named("O")?);
    Ok(Rc::new(Array::new(dtype, shape, Order::C, Data::Objects(items))?))
}

fn attribute(objects: &Objects<'_>, dict: ObjectId, name: &str) -> Option<ObjectId> {
    let Object::Dict(entries) = objects.get(dict) else { return None };
    let found = entries.iter().rev().find(|(key, _)| objects.text(*key) == Some(name));
    found.map(|(_, value)| *value)
}
