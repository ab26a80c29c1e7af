//! Calls: data where they make plain data, else a note of what would be called.

use std::borrow::Cow;
use std::rc::Rc;

use super::array::Array;
use super::id::ObjectId;
use super::machine::Machine;
use super::numpy::wrong;
use super::object::{Call, Object};
use super::{arrow, dill, dtype_state, numpy, pandas};
use crate::error::{Error, Result};

/// What `REDUCE` makes.
pub(super) fn reduce(machine: &mut Machine<'_, '_>, callable: ObjectId, args: ObjectId) -> Result<ObjectId> {
    let Some((module, name)) = machine.objects.global(callable) else {
        return machine.note(Call::new(callable, args));
    };
    // An array or a dtype takes no more.
    machine.budget.spend(Machine::NOTE)?;
    let object = match (module, name) {
        ("numpy", "dtype") => Some(numpy::dtype(machine, args)?),
        ("numpy.core.multiarray" | "numpy._core.multiarray", "_reconstruct") => {
            Some(Object::Array(Rc::new(Array::empty()?)))
        }
        ("numpy.core.multiarray" | "numpy._core.multiarray", "scalar") => numpy::scalar(machine, args)?,
        ("numpy.core.numeric" | "numpy._core.numeric", "_frombuffer") => {
            Some(numpy::from_buffer(machine, args)?)
        }
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
        None => machine.note(Call::new(callable, args)),
    }
}

/// `BUILD`: gives what a call made its state.
pub(super) fn build(machine: &mut Machine<'_, '_>, built: ObjectId, state: ObjectId) -> Result<()> {
    match machine.objects.get(built) {
        Object::Array(_) => {
            let array = numpy::array_of_state(machine, state)?;
            *machine.objects.get_mut(built) = Object::Array(Rc::new(array));
            Ok(())
        }
        Object::Dtype(dtype) => {
            let dtype = dtype_state::with_state(dtype, &machine.objects, state)?;
            machine.budget.spend((1 + dtype.n_fields()) * Machine::NOTE)?;
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

/// `_codecs.encode(text, 'latin1')`, how the protocols before 3 write bytes,
/// and `bytearray`, which is the same or takes them.
fn encoded<'a>(machine: &mut Machine<'a, '_>, args: ObjectId) -> Result<Object<'a>> {
    let objects = &machine.objects;
    match objects.items(args) {
        Some([]) => Ok(Object::Bytes(Cow::Borrowed(&[]))),
        Some([bytes]) if matches!(objects.get(*bytes), Object::Bytes(_)) => {
            let bytes = *bytes;
            machine.bytes_of(bytes).map(Object::Bytes)
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
    machine.note(call)
}
