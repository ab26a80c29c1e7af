//! What a pickle's opcodes work on.

use std::borrow::Cow;

use super::id::ObjectId;
use super::input::Input;
use super::object::{Call, Object, Objects};
use crate::error::{Error, Result};
use crate::read::budget::Budget;

/// The file, the objects made of it so far, and what it may still make.
#[derive(Debug)]
pub(super) struct Machine<'a, 'b> {
    pub(super) input: Input<'a>,
    pub(super) objects: Objects<'a>,
    pub(super) budget: &'b mut Budget,
    /// Whether this is a pickle within joblib's, in which there is no further one.
    pub(super) is_nested: bool,
}

impl<'a, 'b> Machine<'a, 'b> {
    /// Numbers that a note of a call takes.
    pub(super) const NOTE: usize = size_of::<Call>() / 8;

    pub(super) fn new(bytes: &'a [u8], budget: &'b mut Budget) -> Self {
        Self { input: Input::new(bytes), objects: Objects::default(), budget, is_nested: false }
    }

    /// Bytes that were not read.
    pub(super) fn rest(&self) -> usize {
        self.input.rest()
    }

    pub(super) fn into_objects(self) -> Objects<'a> {
        self.objects
    }

    /// Puts an object into the arena.
    pub(super) fn add(&mut self, object: Object<'a>) -> Result<ObjectId> {
        self.objects.add(object, self.budget)
    }
    /// Puts down what would be called.
    pub(super) fn note(&mut self, call: Call) -> Result<ObjectId> {
        self.budget.spend(Self::NOTE)?;
        self.add(Object::Call(Box::new(call)))
    }

    /// The bytes of an object; those that the file holds as they are cost nothing.
    pub(super) fn bytes_of(&mut self, id: ObjectId) -> Result<Cow<'a, [u8]>> {
        match self.objects.get(id) {
            Object::Bytes(Cow::Borrowed(bytes)) => Ok(Cow::Borrowed(bytes)),
            Object::Bytes(Cow::Owned(bytes)) => {
                self.budget.spend_bytes(bytes.len())?;
                Ok(Cow::Owned(bytes.clone()))
            }
            // A string of Python 2 that happened to be ASCII.
            Object::Str(text) if text.is_ascii() => {
                self.budget.spend_bytes(text.len())?;
                Ok(Cow::Owned(text.as_bytes().to_vec()))
            }
            _ => Err(Error::malformed(format!("{} stands for bytes", self.objects.describe(id)))),
        }
    }
}
