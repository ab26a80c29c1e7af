//! The opcodes, one after the other.

use super::id::ObjectId;
use super::literal;
use super::machine::Machine;
use super::object::{Call, Object};
use super::stack::Stack;
use super::{call, in_stream};
use crate::error::{Error, Result};

/// The latest protocol there is.
const HIGHEST_PROTOCOL: u8 = 5;

impl<'a> Machine<'a, '_> {
    /// Runs until the pickle ends; what it stands for.
    pub(super) fn load(&mut self) -> Result<ObjectId> {
        let mut stack = Stack::default();
        loop {
            let offset = self.input.offset();
            match self.step(&mut stack) {
                Ok(None) => {}
                Ok(Some(root)) => return Ok(root),
                Err(error) => return Err(error.within(format_args!("byte {offset}"))),
            }
        }
    }

    fn push(&mut self, stack: &mut Stack, object: Object<'a>) -> Result<()> {
        stack.push(self.add(object)?);
        Ok(())
    }

    /// Runs one opcode; the object that the pickle stands for at its end.
    fn step(&mut self, stack: &mut Stack) -> Result<Option<ObjectId>> {
        let opcode = self.input.byte()?;
        if let Some(object) = literal::read(opcode, &mut self.input)? {
            self.push(stack, object)?;
            return Ok(None);
        }
        match opcode {
            b'.' => return stack.pop().map(Some),
            0x80 => self.protocol()?,
            0x95 => self.frame()?,
            b'(' => {
                self.budget.spend(1)?;
                stack.mark();
            }
            b'0' => stack.drop_top()?,
            b'1' => drop(stack.pop_mark()?),
            b'2' => {
                self.budget.spend(1)?;
                stack.push(stack.top()?);
            }
            b'p' | b'q' | b'r' | 0x94 => self.put(stack, opcode)?,
            b'g' | b'h' | b'j' => self.get(stack, opcode)?,
            b')' | b']' | b'}' | 0x8f | b't' | 0x85..=0x87 | b'l' | b'd' | 0x91 => {
                self.collect(stack, opcode)?;
            }
            b'a' | b'e' | b's' | b'u' | 0x90 => self.extend(stack, opcode)?,
            b'c' | 0x93 | b'i' | b'o' | b'R' | 0x81 | 0x92 | b'b' => self.object(stack, opcode)?,
            _ => return Err(refusal(opcode)),
        }
        Ok(None)
    }

    fn protocol(&mut self) -> Result<()> {
        match self.input.byte()? {
            0..=HIGHEST_PROTOCOL => Ok(()),
            other => {
                Err(Error::unsupported(format!("protocol {other} of pickle, of which there are up to 5")))
            }
        }
    }

    /// Frames only help who reads from a slow file; but one that is cut short shows early.
    fn frame(&mut self) -> Result<()> {
        let length = self.input.length(8)?;
        if length > self.input.rest() {
            return Err(Error::malformed(format!("a frame of {length} bytes is cut short")));
        }
        Ok(())
    }

    fn put(&mut self, stack: &mut Stack, opcode: u8) -> Result<()> {
        let index = match opcode {
            0x94 => stack.memo_len(),
            _ => self.memo_index(opcode)?,
        };
        // Python counts from zero, one a byte at the most.
        if index > self.input.len() {
            return Err(Error::malformed(format!("an object is put down as number {index}")));
        }
        self.budget.spend((index + 1).saturating_sub(stack.memo_len()))?;
        stack.put(index, stack.top()?);
        Ok(())
    }

    fn get(&mut self, stack: &mut Stack, opcode: u8) -> Result<()> {
        let index = self.memo_index(opcode)?;
        self.budget.spend(1)?;
        stack.push(stack.recall(index)?);
        Ok(())
    }

    fn memo_index(&mut self, opcode: u8) -> Result<usize> {
        match opcode {
            b'p' | b'g' => literal::parsed(self.input.line()?),
            b'q' | b'h' => self.input.length(1),
            _ => self.input.length(4),
        }
    }

    /// A container of what is on the stack.
    fn collect(&mut self, stack: &mut Stack, opcode: u8) -> Result<()> {
        let object = match opcode {
            b')' => Object::Tuple(Box::default()),
            b']' => Object::List(Vec::new()),
            b'}' => Object::Dict(Vec::new()),
            0x8f => Object::Set(Vec::new()),
            b't' => Object::Tuple(stack.pop_mark()?.into()),
            b'l' => Object::List(stack.pop_mark()?),
            b'd' => Object::Dict(pairs(&stack.pop_mark()?)?),
            0x91 => Object::Set(stack.pop_mark()?),
            _ => Object::Tuple(stack.pop_many(usize::from(opcode - 0x84))?.into()),
        };
        self.push(stack, object)
    }

    /// Adds what is on the stack to a container below it.
    fn extend(&mut self, stack: &mut Stack, opcode: u8) -> Result<()> {
        let added = match opcode {
            b'a' => stack.pop_many(1)?,
            b's' => stack.pop_many(2)?,
            _ => stack.pop_mark()?,
        };
        match (opcode, self.objects.get_mut(stack.top()?)) {
            (b'a' | b'e', Object::List(items)) | (0x90, Object::Set(items)) => items.extend(added),
            (b's' | b'u', Object::Dict(entries)) => entries.extend(pairs(&added)?),
            (b'a' | b'e' | 0x90, Object::Call(call)) => call.items.extend(added),
            (b's' | b'u', Object::Call(call)) => call.entries.extend(pairs(&added)?),
            _ => return Err(Error::malformed("items are added to what is no container of them")),
        }
        Ok(())
    }

    /// A name, a call, or a state for what a call made.
    fn object(&mut self, stack: &mut Stack, opcode: u8) -> Result<()> {
        match opcode {
            b'c' => {
                let global = self.global()?;
                stack.push(global);
            }
            0x93 => {
                let (name, module) = (stack.pop()?, stack.pop()?);
                if self.objects.text(name).is_none() || self.objects.text(module).is_none() {
                    return Err(Error::malformed("a global whose name is no string"));
                }
                self.push(stack, Object::Global { module, name })?;
            }
            b'i' => {
                let class = self.global()?;
                let args = self.add(Object::Tuple(stack.pop_mark()?.into()))?;
                self.instance(stack, Call::new(class, args))?;
            }
            b'o' => {
                let mut args = stack.pop_mark()?;
                if args.is_empty() {
                    return Err(Error::malformed("an object without its class"));
                }
                let class = args.remove(0);
                let args = self.add(Object::Tuple(args.into()))?;
                self.instance(stack, Call::new(class, args))?;
            }
            b'R' => {
                let (args, callable) = (stack.pop()?, stack.pop()?);
                stack.push(call::reduce(self, callable, args)?);
            }
            0x81 => {
                let (args, class) = (stack.pop()?, stack.pop()?);
                self.instance(stack, Call::new(class, args))?;
            }
            0x92 => {
                let (kwargs, args, class) = (stack.pop()?, stack.pop()?, stack.pop()?);
                self.instance(stack, Call { kwargs: Some(kwargs), ..Call::new(class, args) })?;
            }
            _ => {
                let state = stack.pop()?;
                let built = stack.top()?;
                call::build(self, built, state)?;
                if in_stream::is_wrapper(&self.objects, built) {
                    let array = self.array(built)?;
                    stack.pop()?;
                    stack.push(array);
                }
            }
        }
        Ok(())
    }

    /// The array that joblib put behind its description.
    fn array(&mut self, wrapper: ObjectId) -> Result<ObjectId> {
        if self.is_nested {
            return Err(Error::malformed("joblib's description of an array within an array"));
        }
        if let Some(array) = in_stream::read(self, wrapper)? {
            return Ok(array);
        }
        self.is_nested = true;
        let array = self.load();
        self.is_nested = false;
        let array = array?;
        match self.objects.get(array) {
            Object::Array(_) => Ok(array),
            _ => Err(Error::malformed(format!("{} stands for an array", self.objects.describe(array)))),
        }
    }

    fn global(&mut self) -> Result<ObjectId> {
        let mut text = || {
            let line = self.input.line()?;
            str::from_utf8(line).map_err(|_| Error::malformed("a global whose name is not UTF-8"))
        };
        let (module, name) = (text()?, text()?);
        let module = self.add(Object::Str(module.into()))?;
        let name = self.add(Object::Str(name.into()))?;
        self.add(Object::Global { module, name })
    }

    fn instance(&mut self, stack: &mut Stack, call: Call) -> Result<()> {
        stack.push(self.note(call)?);
        Ok(())
    }
}

/// Keys and values by turns.
fn pairs(items: &[ObjectId]) -> Result<Vec<(ObjectId, ObjectId)>> {
    match items.as_chunks::<2>() {
        (pairs, []) => Ok(pairs.iter().map(|[key, value]| (*key, *value)).collect()),
        _ => Err(Error::malformed("a key without its value")),
    }
}

#[cold]
fn refusal(opcode: u8) -> Error {
    match opcode {
        0x82..=0x84 => {
            Error::unsupported("an object of Python's registry of extensions, which is not in the file")
        }
        b'P' | b'Q' => {
            Error::unsupported("an object that lies outside of the pickle, as torch keeps its tensors")
        }
        0x97 | 0x98 => Error::unsupported("a buffer that was written beside the pickle and not into it"),
        _ => Error::malformed(format!("{opcode:#04x} is no opcode of pickle")),
    }
}
