//! Calls: data where they make plain data, else a note of what would be called.

use std::borrow::Cow;
use std::rc::Rc;

use super::array::{Array, Data, Order};
use super::axes::in_order;
use super::dtype::{Dtype, Kind};
use super::id::ObjectId;
use super::machine::Machine;
use super::object::{Call, Object, Objects};
use super::{arrow, dill, dtype_state, pandas};
use crate::error::{Error, Result};

/// Numbers that a note of a call takes.
pub(super) const CALL: usize = size_of::<Call>() / 8;

/// What `REDUCE` makes.
pub(super) fn reduce(machine: &mut Machine<'_, '_>, callable: ObjectId, args: ObjectId) -> Result<ObjectId> {
    let Some((module, name)) = machine.objects.global(callable) else {
        return made(machine, Call::new(callable, args));
    };
    // An array or a dtype takes no more.
    machine.budget.spend(CALL)?;
    let object = match (module, name) {
        ("numpy", "dtype") => Some(dtype(machine, args)?),
        ("numpy.core.multiarray" | "numpy._core.multiarray", "_reconstruct") => {
            Some(Object::Array(Rc::new(Array::empty()?)))
        }
        ("numpy.core.multiarray" | "numpy._core.multiarray", "scalar") => scalar(machine, args)?,
        ("numpy.core.numeric" | "numpy._core.numeric", "_frombuffer") => Some(from_buffer(machine, args)?),
        ("_codecs", "encode") | ("builtins" | "__builtin__", "bytes" | "bytearray") => {
            Some(encoded(machine, args)?)
        }
        ("builtins" | "__builtin__", "set" | "frozenset" | "list" | "tuple") => {
            collection(machine, callable, args)?
        }
        ("copyreg" | "copy_reg", "_reconstructor" | "__newobj__") => {
            return new_object(machine, callable, args);
        }
        ("dill._dill" | "dill.dill", "_create_array") => return dill::create_array(machine, callable, args),
        ("dill._dill" | "dill.dill", "_load_type") => return dill::load_type(machine, callable, args),
        ("pandas.core.indexes.base" | "pandas.indexes.base", "_new_Index") => {
            return pandas::new_index(machine, callable, args);
        }
        ("pyarrow.lib", "py_buffer") => return arrow::buffer(machine, callable, args),
        ("pyarrow.lib", "_restore_array") => return arrow::array(machine, callable, args),
        ("pyarrow.lib", "chunked_array") => return arrow::chunked(machine, callable, args),
        _ => None,
    };
    match object {
        Some(object) => machine.add(object),
        None => made(machine, Call::new(callable, args)),
    }
}

/// A note of a call.
pub(super) fn made(machine: &mut Machine<'_, '_>, call: Call) -> Result<ObjectId> {
    machine.budget.spend(CALL)?;
    machine.add(Object::Call(Box::new(call)))
}

/// `BUILD`: gives what a call made its state.
pub(super) fn build(machine: &mut Machine<'_, '_>, built: ObjectId, state: ObjectId) -> Result<()> {
    match machine.objects.get(built) {
        Object::Array(_) => {
            let array = array_of_state(machine, state)?;
            *machine.objects.get_mut(built) = Object::Array(Rc::new(array));
            Ok(())
        }
        Object::Dtype(dtype) => {
            let dtype = dtype_state::with_state(dtype, &machine.objects, state)?;
            machine.budget.spend(CALL + dtype.n_fields() * CALL)?;
            *machine.objects.get_mut(built) = Object::Dtype(Rc::new(dtype));
            Ok(())
        }
        Object::Call(call) => {
            let call = Call::new(call.callable, call.args);
            if let Some(array) = pandas::built(machine, &call, state)? {
                *machine.objects.get_mut(built) = Object::Array(array);
                return Ok(());
            }
            if let Object::Call(call) = machine.objects.get_mut(built) {
                call.state = Some(state);
            }
            Ok(())
        }
        _ => {
            Err(Error::malformed(format!("a state for {}, which has none", machine.objects.describe(built))))
        }
    }
}

/// `numpy.dtype(name, align, copy)`
fn dtype<'a>(machine: &Machine<'a, '_>, args: ObjectId) -> Result<Object<'a>> {
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
        _ => Data::Raw(bytes_of(machine, data)?),
    };
    Array::new(dtype, shape, order, data)
}

/// `numpy.core.multiarray.scalar(dtype, data)`; of an object, only a note of the call.
fn scalar<'a>(machine: &mut Machine<'a, '_>, args: ObjectId) -> Result<Option<Object<'a>>> {
    let wrong = || wrong("numpy.core.multiarray.scalar");
    let Some([dtype, data]) = machine.objects.items(args).and_then(|args| args.first_chunk()) else {
        return Err(wrong());
    };
    let (dtype, data) = (dtype_of(&machine.objects, *dtype)?, *data);
    if *dtype.kind() == Kind::Object {
        return Ok(None);
    }
    let array = Array::new(dtype, Vec::new(), Order::C, Data::Raw(bytes_of(machine, data)?))?;
    // Dates and the like stay arrays of one item.
    Ok(Some(array.scalar().unwrap_or_else(|| Object::Array(Rc::new(array)))))
}

/// `_frombuffer(buffer, dtype, shape, order, axes)`, numpy's form for protocol 5.
fn from_buffer<'a>(machine: &mut Machine<'a, '_>, args: ObjectId) -> Result<Object<'a>> {
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
            let bytes = bytes_of(machine, buffer)?;
            let (shape, bytes) = in_order(&bytes, dtype.size(), &shape, &axes, machine.budget)?;
            let array = Array::new(dtype, shape, Order::C, Data::Raw(Cow::Owned(bytes)))?;
            return Ok(Object::Array(Rc::new(array)));
        }
        _ => return Err(wrong()),
    };
    let (dtype, buffer) = (dtype_of(objects, *dtype)?, *buffer);
    let data = Data::Raw(bytes_of(machine, buffer)?);
    Ok(Object::Array(Rc::new(Array::new(dtype, shape, order, data)?)))
}

/// `_codecs.encode(text, 'latin1')`, how the protocols before 3 write bytes,
/// and `bytearray`, which is the same or takes them.
fn encoded<'a>(machine: &mut Machine<'a, '_>, args: ObjectId) -> Result<Object<'a>> {
    let objects = &machine.objects;
    match objects.items(args) {
        Some([]) => Ok(Object::Bytes(Cow::Borrowed(&[]))),
        Some([bytes]) if matches!(objects.get(*bytes), Object::Bytes(_)) => {
            let bytes = *bytes;
            bytes_of(machine, bytes).map(Object::Bytes)
        }
        Some([text, encoding]) => {
            let (Some(text), Some("latin1" | "latin-1")) = (objects.text(*text), objects.text(*encoding))
            else {
                return Err(wrong("_codecs.encode"));
            };
            machine.budget.spend_bytes(text.len())?;
            let bytes: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
            bytes.map(|bytes| Object::Bytes(bytes.into())).ok_or_else(|| wrong("_codecs.encode"))
        }
        _ => Err(wrong("bytes")),
    }
}

/// `set([…])` and the like; of anything but a list, only a note of the call.
fn collection<'a>(
    machine: &mut Machine<'a, '_>,
    callable: ObjectId,
    args: ObjectId,
) -> Result<Option<Object<'a>>> {
    let objects = &machine.objects;
    let items = match objects.items(args) {
        Some([]) => Some(&[][..]),
        Some([items]) => objects.items(*items),
        _ => None,
    };
    let Some(items) = items else { return Ok(None) };
    machine.budget.spend(items.len())?;
    let items = items.to_vec();
    Ok(Some(match objects.global(callable) {
        Some((_, "list")) => Object::List(items),
        Some((_, "tuple")) => Object::Tuple(items.into()),
        _ => Object::Set(items),
    }))
}

/// `copyreg._reconstructor(class, base, state)`, and `__newobj__(class, …)`.
fn new_object(machine: &mut Machine<'_, '_>, callable: ObjectId, args: ObjectId) -> Result<ObjectId> {
    let Some([class, ..]) = machine.objects.items(args) else {
        return Err(wrong(machine.objects.global(callable).map_or("copyreg", |(_, name)| name)));
    };
    let call = Call::new(*class, args);
    made(machine, call)
}

pub(super) fn shape_of(objects: &Objects<'_>, id: ObjectId) -> Result<Vec<usize>> {
    let sizes = match objects.get(id) {
        Object::Int(_) => objects.size(id).map(|size| vec![size]),
        _ => objects.items(id).and_then(|sizes| sizes.iter().map(|size| objects.size(*size)).collect()),
    };
    sizes.ok_or_else(|| Error::malformed(format!("{} stands for a shape", objects.describe(id))))
}

/// The bytes of an object; those that the file holds as they are cost nothing.
fn bytes_of<'a>(machine: &mut Machine<'a, '_>, id: ObjectId) -> Result<Cow<'a, [u8]>> {
    match machine.objects.get(id) {
        Object::Bytes(Cow::Borrowed(bytes)) => Ok(Cow::Borrowed(bytes)),
        Object::Bytes(Cow::Owned(bytes)) => {
            machine.budget.spend_bytes(bytes.len())?;
            Ok(Cow::Owned(bytes.clone()))
        }
        // A string of Python 2 that happened to be ASCII.
        Object::Str(text) if text.is_ascii() => {
            machine.budget.spend_bytes(text.len())?;
            Ok(Cow::Owned(text.as_bytes().to_vec()))
        }
        _ => Err(Error::malformed(format!("{} stands for bytes", machine.objects.describe(id)))),
    }
}

#[cold]
fn wrong(what: &str) -> Error {
    Error::malformed(format!("arguments for {what} that numpy and Python do not write"))
}
