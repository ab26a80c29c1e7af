//! The reader of pickles: their opcodes build inert objects, and nothing else.
//!
//! Python runs a pickle: it imports what the file names and calls it. Here a
//! name stays a name, and a call becomes an object that says what would have
//! been called with what. Only what makes plain data is done: bytes, sets, and
//! the arrays and scalars of numpy, also where joblib puts an array's bytes
//! behind the opcode. Objects lie in one arena and refer to each other by
//! index, so that depth costs no stack, here or on dropping them.

mod array;
mod arrow;
mod axes;
mod call;
mod dill;
mod dtype;
mod dtype_state;
mod escape;
mod id;
mod in_stream;
mod input;
mod items;
mod literal;
mod machine;
mod numpy;
mod object;
mod opcodes;
mod pandas;
mod stack;

pub(super) use super::budget::Budget;
pub(super) use array::Array;
#[cfg(feature = "skops")]
pub(super) use array::{Data, Order};
pub(super) use dtype::Dtype;
pub(super) use id::ObjectId;
pub(super) use object::{Call, Object, Objects};

use crate::error::{Error, Result};

/// A pickle's objects, and which of them it stands for.
#[derive(Debug)]
pub(super) struct Pickle<'a> {
    pub(super) objects: Objects<'a>,
    pub(super) root: ObjectId,
}

/// Reads the one pickle that `bytes` are. What it expands to is held against `budget`.
pub(super) fn load<'a>(bytes: &'a [u8], budget: &mut Budget) -> Result<Pickle<'a>> {
    load_behind(Objects::default(), bytes, budget)
}

/// The same behind the objects of other files, which keep their places.
pub(super) fn load_behind<'a>(
    objects: Objects<'a>,
    bytes: &'a [u8],
    budget: &mut Budget,
) -> Result<Pickle<'a>> {
    let mut machine = machine::Machine { objects, ..machine::Machine::new(bytes, budget) };
    let root = machine.load()?;
    match machine.rest() {
        0 => Ok(Pickle { objects: machine.into_objects(), root }),
        rest => Err(Error::unsupported(format!(
            "{rest} bytes follow the end of the pickle; a file with several pickles is not read"
        ))
        .within(format_args!("byte {}", bytes.len() - rest))),
    }
}

#[cfg(test)]
mod tests;
