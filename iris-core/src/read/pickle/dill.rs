//! What dill puts in the place of pickle's own calls.

use std::rc::Rc;

use super::id::ObjectId;
use super::machine::Machine;
use super::numpy::array_of_state;
use super::object::{Call, Object};
use crate::error::Result;

/// `_create_array(function, arguments, state, attributes)`, of which the state is an array's.
pub(super) fn create_array(
    machine: &mut Machine<'_, '_>,
    callable: ObjectId,
    args: ObjectId,
) -> Result<ObjectId> {
    let objects = &machine.objects;
    let state = match objects.items(args) {
        Some([function, _, state, ..]) => {
            let is_numpys = objects.global(*function).is_some_and(|(_, name)| name == "_reconstruct");
            is_numpys.then_some(*state)
        }
        _ => None,
    };
    let Some(state) = state else { return machine.note(Call::new(callable, args)) };
    machine.budget.spend(Machine::NOTE)?;
    let array = array_of_state(machine, state)?;
    machine.add(Object::Array(Rc::new(array)))
}

/// `_load_type(name)`: one of Python's own types by its name.
pub(super) fn load_type(
    machine: &mut Machine<'_, '_>,
    callable: ObjectId,
    args: ObjectId,
) -> Result<ObjectId> {
    let objects = &machine.objects;
    match objects.items(args) {
        Some([name]) if objects.text(*name).is_some() => {
            let name = *name;
            let module = machine.add(Object::Str("builtins".into()))?;
            machine.add(Object::Global { module, name })
        }
        _ => machine.note(Call::new(callable, args)),
    }
}
