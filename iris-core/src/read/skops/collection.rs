//! Dicts, lists, tuples and sets.

use serde_json::value::RawValue;

use super::node::{self, Entries, Node};
use super::scalar;
use super::tree::{Tree, is_builtin};
use crate::error::{Error, Result};
use crate::read::pickle::{Call, Object, ObjectId};

impl<'s> Tree<'_, 's, '_> {
    pub(super) fn dict(&mut self, node: &Node<'s>) -> Result<ObjectId> {
        let Entries(contents) = node.parts()?;
        self.budget.spend(contents.len() * size_of::<(ObjectId, ObjectId)>().div_ceil(8))?;
        let types = node.key_types.map(|types| self.node(types)).transpose()?;
        let mut entries = Vec::with_capacity(contents.len());
        for (index, (key, value)) in contents.into_iter().enumerate() {
            self.budget.spend_bytes(key.len())?;
            let (module, class) = match types.and_then(|types| self.objects.items(types)) {
                Some(types) => {
                    let named = types.get(index).and_then(|class| self.objects.global(*class));
                    named.ok_or_else(|| Error::malformed("a dict with other keys than types of them"))?
                }
                None => ("builtins", "str"),
            };
            let key = scalar::key(key, module, class)?;
            entries.push((self.add(key)?, self.node(value)?));
        }
        if is_builtin(node, "dict") {
            return self.add(Object::Dict(entries));
        }
        let (callable, args) = (self.class(node)?, self.add(Object::Tuple(Box::default()))?);
        self.noted(Call { entries, ..Call::new(callable, args) })
    }

    pub(super) fn collection(&mut self, node: &Node<'s>) -> Result<ObjectId> {
        let items = self.items(node.content()?)?;
        match node.loader.as_str() {
            "ListNode" if is_builtin(node, "list") => self.add(Object::List(items)),
            "TupleNode" if is_builtin(node, "tuple") => self.add(Object::Tuple(items.into())),
            "SetNode" => self.add(Object::Set(items)),
            // A tuple whose items have names is made of them.
            "TupleNode" => self.call(node, &items, None),
            _ => {
                let (callable, args) = (self.class(node)?, self.add(Object::Tuple(Box::default()))?);
                self.noted(Call { items, ..Call::new(callable, args) })
            }
        }
    }

    pub(super) fn items(&mut self, content: &'s RawValue) -> Result<Vec<ObjectId>> {
        let contents: Vec<&'s RawValue> = node::parse(content.get())?;
        self.budget.spend(contents.len())?;
        contents.into_iter().map(|content| self.node(content)).collect()
    }
}
