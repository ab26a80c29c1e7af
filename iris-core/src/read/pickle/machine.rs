//! What a pickle's opcodes work on.

use super::id::ObjectId;
use super::input::Input;
use super::object::{Object, Objects};
use crate::error::Result;
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
}
