//! What a pickle holds: objects in one arena that refer to each other by index.

use std::borrow::Cow;
use std::rc::Rc;

use super::array::{Array, Data};
use super::dtype::Dtype;
use super::id::ObjectId;
use crate::error::{Error, Result};
use crate::read::budget::Budget;

/// One object. References may lead in circles.
#[derive(Debug)]
pub(crate) enum Object<'a> {
    None,
    Bool(bool),
    Int(i64),
    /// An integer beyond 64 bits, in the bytes of the file: two's complement, or digits.
    BigInt(#[cfg_attr(not(test), expect(dead_code, reason = "no builder needs one"))] Cow<'a, [u8]>),
    Float(f64),
    /// `bytes` or `bytearray`.
    Bytes(Cow<'a, [u8]>),
    Str(Cow<'a, str>),
    Tuple(Box<[ObjectId]>),
    List(Vec<ObjectId>),
    /// In the order of the file; a key that comes again counts.
    Dict(Vec<(ObjectId, ObjectId)>),
    Set(Vec<ObjectId>),
    /// A class or a function by its name; both are strings.
    Global {
        module: ObjectId,
        name: ObjectId,
    },
    Call(Box<Call>),
    /// A type of numpy's.
    Dtype(Rc<Dtype>),
    Array(Rc<Array<'a>>),
}

/// What calling something would have made: an instance if it is a class.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) callable: ObjectId,
    /// A tuple; other objects are kept as they are.
    pub(crate) args: ObjectId,
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "no builder needs what a class was called with by name")
    )]
    pub(crate) kwargs: Option<ObjectId>,
    /// What `BUILD` hands to `__setstate__`.
    pub(crate) state: Option<ObjectId>,
    /// What was appended, of a class that is a list.
    pub(crate) items: Vec<ObjectId>,
    /// What was set by key, of a class that is a dict.
    pub(crate) entries: Vec<(ObjectId, ObjectId)>,
}

/// Numbers that an object and a reference to it take.
const OBJECT: usize = size_of::<Object<'static>>() / 8 + 1;

/// The arena.
#[derive(Debug, Default)]
pub(crate) struct Objects<'a>(Vec<Object<'a>>);

impl Call {
    pub(crate) fn new(callable: ObjectId, args: ObjectId) -> Self {
        Self { callable, args, kwargs: None, state: None, items: Vec::new(), entries: Vec::new() }
    }
}

impl<'a> Objects<'a> {
    pub(crate) fn get(&self, id: ObjectId) -> &Object<'a> {
        &self.0[id.index()]
    }

    pub(super) fn get_mut(&mut self, id: ObjectId) -> &mut Object<'a> {
        &mut self.0[id.index()]
    }

    /// Puts one more into the arena, for what it and a reference to it take.
    pub(crate) fn add(&mut self, object: Object<'a>, budget: &mut Budget) -> Result<ObjectId> {
        budget.spend(OBJECT)?;
        let id = ObjectId::new(self.0.len());
        let id = id.ok_or_else(|| Error::malformed("more objects than can be counted"))?;
        self.0.push(object);
        Ok(id)
    }

    /// The text, if it is one.
    pub(crate) fn text(&self, id: ObjectId) -> Option<&str> {
        match self.get(id) {
            Object::Str(text) => Some(text),
            _ => None,
        }
    }

    /// Module and name, if it is a global.
    pub(crate) fn global(&self, id: ObjectId) -> Option<(&str, &str)> {
        match self.get(id) {
            Object::Global { module, name } => Some((self.text(*module)?, self.text(*name)?)),
            _ => None,
        }
    }

    /// The items of a tuple or a list.
    pub(crate) fn items(&self, id: ObjectId) -> Option<&[ObjectId]> {
        match self.get(id) {
            Object::Tuple(items) => Some(items),
            Object::List(items) => Some(items),
            _ => None,
        }
    }

    /// The items of a tuple, a list or a set.
    pub(crate) fn members(&self, id: ObjectId) -> Option<&[ObjectId]> {
        match self.get(id) {
            Object::Set(items) => Some(items),
            _ => self.items(id),
        }
    }

    /// The items of an array of objects, row by row if it has more dimensions than one.
    pub(super) fn object_items(&self, id: ObjectId) -> Option<&[ObjectId]> {
        match self.get(id) {
            Object::Array(array) => match array.data() {
                Data::Objects(items) => Some(items),
                Data::Raw(_) => None,
            },
            _ => None,
        }
    }

    /// A length or an index.
    pub(crate) fn size(&self, id: ObjectId) -> Option<usize> {
        match self.get(id) {
            Object::Int(value) => usize::try_from(*value).ok(),
            _ => None,
        }
    }

    /// What kind of object it is, for a message.
    pub(crate) fn describe(&self, id: ObjectId) -> String {
        match self.get(id) {
            Object::None => "None".to_owned(),
            Object::Bool(_) => "a bool".to_owned(),
            Object::Int(_) | Object::BigInt(_) => "an integer".to_owned(),
            Object::Float(_) => "a float".to_owned(),
            Object::Bytes(_) => "bytes".to_owned(),
            Object::Str(_) => "a string".to_owned(),
            Object::Tuple(_) => "a tuple".to_owned(),
            Object::List(_) => "a list".to_owned(),
            Object::Dict(_) => "a dict".to_owned(),
            Object::Set(_) => "a set".to_owned(),
            Object::Dtype(_) => "a dtype".to_owned(),
            Object::Array(array) => format!("an array of {} in {:?}", array.dtype(), array.shape()),
            Object::Global { .. } => self.name(id).unwrap_or_default(),
            Object::Call(call) => match self.name(call.callable) {
                Some(name) => name,
                None => "an object of no named class".to_owned(),
            },
        }
    }

    /// The dotted name of a global, no longer than a message should be.
    pub(crate) fn name(&self, id: ObjectId) -> Option<String> {
        let (module, name) = self.global(id)?;
        Some(module.chars().take(100).chain(".".chars()).chain(name.chars().take(100)).collect())
    }
}
