//! joblib's arrays, whose bytes follow the opcode that ends their description.

use std::borrow::Cow;
use std::rc::Rc;

use super::array::{Array, Data, Order};
use super::id::ObjectId;
use super::machine::Machine;
use super::numpy::{dtype_of, shape_of};
use super::object::{Object, Objects};
use crate::error::{Error, Result};

/// Whether an object describes an array that follows it.
pub(super) fn is_wrapper(objects: &Objects<'_>, id: ObjectId) -> bool {
    let Object::Call(call) = objects.get(id) else { return false };
    // Until 0.22 scikit-learn had a joblib of its own.
    let Some((module, name)) = objects.global(call.callable) else { return false };
    matches!(name, "NumpyArrayWrapper" | "NDArrayWrapper" | "ZNDArrayWrapper")
        && matches!(
            module,
            "joblib.numpy_pickle" | "joblib.numpy_pickle_compat" | "sklearn.externals.joblib.numpy_pickle"
        )
}

/// The array behind its description; `None` if it is of objects, which are a
/// pickle of their own there.
pub(super) fn read(machine: &mut Machine<'_, '_>, wrapper: ObjectId) -> Result<Option<ObjectId>> {
    let objects = &machine.objects;
    let Some(state) = state(objects, wrapper) else {
        return Err(Error::unsupported("an array in a file of its own, as joblib wrote before version 0.10"));
    };
    let attribute = |name: &str| {
        let found = state.iter().rev().find(|(key, _)| objects.text(*key) == Some(name));
        found.map(|(_, value)| *value)
    };
    let required =
        |name| attribute(name).ok_or_else(|| Error::malformed(format!("an array without its {name}")));
    let dtype = dtype_of(objects, required("dtype")?)?;
    let shape = shape_of(objects, required("shape")?)?;
    let order = match objects.text(required("order")?) {
        Some("C") => Order::C,
        Some("F") => Order::Fortran,
        _ => return Err(Error::malformed("an array whose order is neither C nor F")),
    };
    if dtype.has_objects() {
        return Ok(None);
    }
    let is_aligned = attribute("numpy_array_alignment_bytes")
        .is_some_and(|alignment| !matches!(objects.get(alignment), Object::None));
    if is_aligned {
        let padding = machine.input.byte()?;
        machine.input.take(padding.into())?;
    }
    let n_items = shape.iter().try_fold(1usize, |product, size| product.checked_mul(*size));
    let n_bytes = n_items.and_then(|n_items| n_items.checked_mul(dtype.size()));
    let n_bytes = n_bytes.ok_or_else(|| Error::malformed("an array of more bytes than can be counted"))?;
    let data = Data::Raw(Cow::Borrowed(machine.input.take(n_bytes)?));
    machine.add(Object::Array(Rc::new(Array::new(dtype, shape, order, data)?))).map(Some)
}

/// The attributes of a description, if it is of the form that is read.
fn state<'o>(objects: &'o Objects<'_>, wrapper: ObjectId) -> Option<&'o [(ObjectId, ObjectId)]> {
    let Object::Call(call) = objects.get(wrapper) else { return None };
    let (_, "NumpyArrayWrapper") = objects.global(call.callable)? else { return None };
    match objects.get(call.state?) {
        Object::Dict(entries) => Some(entries),
        _ => None,
    }
}
