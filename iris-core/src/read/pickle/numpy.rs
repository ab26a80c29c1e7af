//! Calls of numpy's that make plain data: dtypes, arrays and scalars.

use std::borrow::Cow;
use std::rc::Rc;

use super::array::{Array, Data, Order};
use super::axes::in_order;
use super::dtype::{Dtype, Kind};
use super::id::ObjectId;
use super::machine::Machine;
use super::object::{Object, Objects};
use crate::error::{Error, Result};

/// `numpy.dtype(name, align, copy)`
pub(super) fn dtype<'a>(machine: &Machine<'a, '_>, args: ObjectId) -> Result<Object<'a>> {
    match machine.objects.items(args) {
        Some([name, ..]) if machine.objects.text(*name).is_some() => {
            let name = machine.objects.text(*name).unwrap_or_default();
            Ok(Object::Dtype(Rc::new(Dtype::named(name)?)))
        }
        Some([inner, ..]) if matches!(machine.objects.get(*inner), Object::Dtype(_)) => {
            dtype_of(&machine.objects, *inner).map(Object::Dtype)
        }
        _ => Err(wrong("numpy.dtype")),
    }
}

pub(super) fn dtype_of(objects: &Objects<'_>, id: ObjectId) -> Result<Rc<Dtype>> {
    match objects.get(id) {
        Object::Dtype(dtype) => Ok(dtype.clone()),
        _ => Err(Error::malformed(format!("{} stands for a dtype", objects.describe(id)))),
    }
}

/// `__setstate__` of an array: version, shape, dtype, whether columns come first, data.
pub(super) fn array_of_state<'a>(machine: &mut Machine<'a, '_>, state: ObjectId) -> Result<Array<'a>> {
    let wrong = || Error::malformed("an array's state that numpy does not write");
    let objects = &machine.objects;
    // The version was left out before there was a second.
    let [shape, dtype, is_fortran, data] = match objects.items(state) {
        Some([_, shape, dtype, is_fortran, data] | [shape, dtype, is_fortran, data]) => {
            [*shape, *dtype, *is_fortran, *data]
        }
        _ => return Err(wrong()),
    };
    let order = match objects.get(is_fortran) {
        Object::Bool(true) | Object::Int(1) => Order::Fortran,
        Object::Bool(false) | Object::Int(0) => Order::C,
        _ => return Err(wrong()),
    };
    let (shape, dtype) = (shape_of(objects, shape)?, dtype_of(objects, dtype)?);
    let data = match objects.get(data) {
        Object::List(items) => {
            machine.budget.spend(items.len())?;
            Data::Objects(items.clone())
        }
        _ => Data::Raw(machine.bytes_of(data)?),
    };
    Array::new(dtype, shape, order, data)
}

/// `numpy.core.multiarray.scalar(dtype, data)`; of an object, only a note of the call.
pub(super) fn scalar<'a>(machine: &mut Machine<'a, '_>, args: ObjectId) -> Result<Option<Object<'a>>> {
    let wrong = || wrong("numpy.core.multiarray.scalar");
    let Some([dtype, data]) = machine.objects.items(args).and_then(|args| args.first_chunk()) else {
        return Err(wrong());
    };
    let (dtype, data) = (dtype_of(&machine.objects, *dtype)?, *data);
    if *dtype.kind() == Kind::Object {
        return Ok(None);
    }
    let array = Array::new(dtype, Vec::new(), Order::C, Data::Raw(machine.bytes_of(data)?))?;
    // Dates and the like stay arrays of one item.
    Ok(Some(array.scalar().unwrap_or_else(|| Object::Array(Rc::new(array)))))
}

/// `_frombuffer(buffer, dtype, shape, order, axes)`, numpy's form for protocol 5.
pub(super) fn from_buffer<'a>(machine: &mut Machine<'a, '_>, args: ObjectId) -> Result<Object<'a>> {
    let wrong = || wrong("numpy.core.numeric._frombuffer");
    let objects = &machine.objects;
    let Some([buffer, dtype, shape, order, axes @ ..]) = objects.items(args) else {
        return Err(wrong());
    };
    let mut shape = shape_of(objects, *shape)?;
    let axes = axes.first().and_then(|axes| objects.items(*axes));
    let axes: Option<Vec<usize>> =
        axes.and_then(|axes| axes.iter().map(|axis| objects.size(*axis)).collect());
    let order = match (objects.text(*order), axes) {
        (Some("C"), _) => Order::C,
        (Some("F"), _) => Order::Fortran,
        (Some("K"), Some(axes)) if axes.iter().copied().eq(0..shape.len()) => Order::C,
        (Some("K"), Some(axes)) if axes.iter().copied().eq((0..shape.len()).rev()) => {
            shape.reverse();
            Order::Fortran
        }
        (Some("K"), Some(axes)) => {
            let (dtype, buffer) = (dtype_of(objects, *dtype)?, *buffer);
            let bytes = machine.bytes_of(buffer)?;
            let (shape, bytes) = in_order(&bytes, dtype.size(), &shape, &axes, machine.budget)?;
            let array = Array::new(dtype, shape, Order::C, Data::Raw(Cow::Owned(bytes)))?;
            return Ok(Object::Array(Rc::new(array)));
        }
        _ => return Err(wrong()),
    };
    let (dtype, buffer) = (dtype_of(objects, *dtype)?, *buffer);
    let data = Data::Raw(machine.bytes_of(buffer)?);
    Ok(Object::Array(Rc::new(Array::new(dtype, shape, order, data)?)))
}

pub(super) fn shape_of(objects: &Objects<'_>, id: ObjectId) -> Result<Vec<usize>> {
    let sizes = match objects.get(id) {
        Object::Int(_) => objects.size(id).map(|size| vec![size]),
        _ => objects.items(id).and_then(|sizes| sizes.iter().map(|size| objects.size(*size)).collect()),
    };
    sizes.ok_or_else(|| Error::malformed(format!("{} stands for a shape", objects.describe(id))))
}

#[cold]
pub(super) fn wrong(what: &str) -> Error {
    Error::malformed(format!("arguments for {what} that numpy and Python do not write"))
}
