//! Nodes that say what to call, and with what.

use serde::Deserialize;

use super::node::{self, Entries, Node};
use super::tree::{Tree, is_builtin};
use crate::error::{Error, Result};
use crate::read::pickle::{Call, Object, ObjectId};

impl<'s> Tree<'_, 's, '_> {
    /// What such a node would make.
    pub(super) fn called(&mut self, node: &Node<'s>) -> Result<ObjectId> {
        match node.loader.as_str() {
            "ConstructorFromReduceNode" => {
                let args = self.node(node.content()?)?;
                self.reduced(node, args, None)
            }
            "TreeNode" | "LossNode" | "SGDNode" | "QuantileForestNode" | "ReduceNode" => {
                let reduce = node.reduce.ok_or_else(|| Error::malformed("a node without its __reduce__"))?;
                let args = self.node(node::parse::<Entries<'s>>(reduce.get())?.get("args")?)?;
                let state = self.node(node.content()?)?;
                // A pickle has none where there is nothing to say.
                let is_empty = matches!(self.objects.get(state), Object::Dict(entries) if entries.is_empty())
                    || self.objects.items(state).is_some_and(<[_]>::is_empty);
                self.reduced(node, args, (!is_empty).then_some(state))
            }
            "OperatorFuncNode" => {
                let attrs = node.attrs.ok_or_else(|| Error::malformed("a node without its attrs"))?;
                let args = self.node(attrs)?;
                self.reduced(node, args, None)
            }
            "PartialNode" => {
                let parts = node.parts()?;
                let mut state = Vec::new();
                for name in ["func", "args", "kwds", "namespace"] {
                    state.push(self.node(parts.get(name)?)?);
                }
                let func = state[0];
                let state = self.add(Object::Tuple(state.into()))?;
                self.call(node, &[func], Some(state))
            }
            "MethodNode" => {
                let parts = node.parts()?;
                let owner = self.node(parts.get("obj")?)?;
                let name: String = node::parse(parts.get("func")?.get())?;
                let name = self.text(name)?;
                let callable = self.global("builtins".into(), "getattr".into())?;
                let args = self.add(Object::Tuple([owner, name].into()))?;
                self.noted(Call::new(callable, args))
            }
            "MaskedArrayNode" => {
                let parts = node.parts()?;
                let (data, mask) = (self.node(parts.get("data")?)?, self.node(parts.get("mask")?)?);
                self.call(node, &[data, mask], None)
            }
            "DefaultDictNode" => {
                let parts = node.parts()?;
                let main = self.node(parts.get("main")?)?;
                let factory = self.node(parts.get("default_factory")?)?;
                let Object::Dict(entries) = self.objects.get(main) else {
                    return Err(Error::malformed("a dict with a default, and without its entries"));
                };
                self.budget.spend(entries.len())?;
                let entries = entries.clone();
                let callable = self.class(node)?;
                let args = self.add(Object::Tuple([factory].into()))?;
                self.noted(Call { entries, ..Call::new(callable, args) })
            }
            "_DictWithDeprecatedKeysNode" => self.node(node.parts()?.get("main")?),
            other => {
                let other: String = other.chars().take(60).collect();
                Err(Error::unsupported(format!("'{other}' is no node of skops' that is read")))
            }
        }
    }

    pub(super) fn slice(&mut self, node: &Node<'s>) -> Result<ObjectId> {
        #[derive(Deserialize)]
        struct Slice {
            start: Option<i64>,
            stop: Option<i64>,
            step: Option<i64>,
        }
        let Slice { start, stop, step } = node::parse(node.content()?.get())?;
        let mut args = Vec::with_capacity(3);
        for bound in [start, stop, step] {
            args.push(self.add(bound.map_or(Object::None, Object::Int))?);
        }
        self.call(node, &args, None)
    }

    /// An instance of a node's class.
    pub(super) fn call(
        &mut self,
        node: &Node<'s>,
        args: &[ObjectId],
        state: Option<ObjectId>,
    ) -> Result<ObjectId> {
        self.budget.spend(args.len())?;
        let args = self.add(Object::Tuple(args.into()))?;
        self.reduced(node, args, state)
    }

    pub(super) fn reduced(
        &mut self,
        node: &Node<'s>,
        args: ObjectId,
        state: Option<ObjectId>,
    ) -> Result<ObjectId> {
        // Of a set that cannot change there is no node of its own.
        if let (true, Some([items])) = (is_builtin(node, "frozenset"), self.objects.items(args)) {
            let items = self.objects.items(*items).unwrap_or_default();
            self.budget.spend(items.len())?;
            let set = Object::Set(items.to_vec());
            return self.add(set);
        }
        let callable = self.class(node)?;
        self.noted(Call { state, ..Call::new(callable, args) })
    }
}
