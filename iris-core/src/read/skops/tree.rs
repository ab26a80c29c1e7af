//! From nodes to the objects that a pickle would hold.

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

use serde_json::value::RawValue;

use super::node::{self, Node};
use super::{SCHEMA, scalar};
use crate::error::{Error, Result};
use crate::read::archive::Archive;
use crate::read::pickle::{Budget, Call, Object, ObjectId, Objects, Pickle};

/// Nodes within nodes; an estimator within an estimator takes four.
const MAX_DEPTH: usize = 100;

/// The latest protocol there is.
const HIGHEST_PROTOCOL: u64 = 2;

/// Reads the nodes of `schema`, whose arrays are in `archive`.
pub(super) fn read<'a>(archive: Archive<'a>, schema: &str, budget: &mut Budget) -> Result<Pickle<'a>> {
    let objects = Objects::default();
    let mut tree = Tree { archive, schema, objects, budget, known: HashMap::new(), offset: 0, depth: 0 };
    let root = tree.root().map_err(|error| {
        let place = format!("{SCHEMA}, byte {}", tree.offset);
        error.within(place)
    })?;
    Ok(Pickle { objects: tree.objects, root })
}

pub(super) struct Tree<'a, 's, 'b> {
    archive: Archive<'a>,
    schema: &'s str,
    pub(super) objects: Objects<'a>,
    pub(super) budget: &'b mut Budget,
    /// Nodes that were read, which come again whole where an object is shared.
    known: HashMap<u64, ObjectId>,
    /// Where in the schema the last node stands that was begun.
    offset: usize,
    depth: usize,
}

impl<'a, 's> Tree<'a, 's, '_> {
    fn root(&mut self) -> Result<ObjectId> {
        let root: Node<'s> = node::parse(self.schema)?;
        match root.protocol {
            Some(0..=HIGHEST_PROTOCOL) => {}
            Some(other) => {
                let message =
                    format!("protocol {other} of skops, of which there are up to {HIGHEST_PROTOCOL}");
                return Err(Error::unsupported(message));
            }
            None => return Err(Error::malformed("a schema without its protocol")),
        }
        self.object(&root)
    }

    /// The object of a node.
    pub(super) fn node(&mut self, text: &'s RawValue) -> Result<ObjectId> {
        let text = text.get();
        self.offset = text.as_ptr().addr() - self.schema.as_ptr().addr();
        // Looking through it takes time, and it is looked through at each level.
        self.budget.spend(text.len() / 64 + 1)?;
        let node: Node<'s> = node::parse(text)?;
        if self.depth == MAX_DEPTH {
            return Err(Error::unsupported(format!("nodes nested more than {MAX_DEPTH} deep")));
        }
        self.depth += 1;
        let object = self.object(&node);
        self.depth -= 1;
        object
    }

    fn object(&mut self, node: &Node<'s>) -> Result<ObjectId> {
        if let Some(known) = node.id.and_then(|id| self.known.get(&id)) {
            return Ok(*known);
        }
        let object = self.loaded(node)?;
        if let Some(id) = node.id {
            self.budget.spend(2)?;
            self.known.insert(id, object);
        }
        Ok(object)
    }

    fn loaded(&mut self, node: &Node<'s>) -> Result<ObjectId> {
        match node.loader.as_str() {
            "JsonNode" => {
                let text: String = node::parse(node.content()?.get())?;
                self.budget.spend_bytes(text.len())?;
                let value = scalar::of_json(&text)?;
                self.add(value)
            }
            "DictNode" => self.dict(node),
            "ListNode" | "SetNode" | "TupleNode" => self.collection(node),
            "NdArrayNode" => self.array(node),
            "DTypeNode" => {
                let array = self.node(node.content()?)?;
                match self.objects.get(array) {
                    Object::Array(array) => {
                        let dtype = Rc::new(array.dtype().clone());
                        self.add(Object::Dtype(dtype))
                    }
                    _ => Err(Error::malformed("a dtype without its array")),
                }
            }
            "BytesNode" | "BytearrayNode" => {
                let bytes = self.file(node)?;
                self.add(Object::Bytes(bytes))
            }
            "FunctionNode" => match node.content {
                // As protocol 0 has it.
                Some(_) => {
                    let parts = node.parts()?;
                    let part = |name| node::parse::<String>(parts.get(name)?.get());
                    self.global(part("module_path")?, part("function")?)
                }
                None => self.class(node),
            },
            "TypeNode" => self.class(node),
            "CachedNode" => Err(Error::malformed("a reference to an object that was not read before")),
            // What they draw next is nobody's question here.
            "RandomStateNode" | "RandomGeneratorNode" => self.call(node, &[], None),
            "ObjectNode" => {
                let state = node.content.map(|content| self.node(content)).transpose()?;
                self.call(node, &[], state)
            }
            "SliceNode" => self.slice(node),
            "SparseMatrixNode" => self.sparse(node),
            _ => self.called(node),
        }
    }

    /// What the file of a node holds.
    pub(super) fn file(&mut self, node: &Node<'s>) -> Result<Cow<'a, [u8]>> {
        let name = node.file.as_deref().ok_or_else(|| Error::malformed("a node without its file"))?;
        self.archive.get(name, self.budget)
    }

    pub(super) fn noted(&mut self, call: Call) -> Result<ObjectId> {
        self.budget.spend(size_of::<Call>() / 8)?;
        self.add(Object::Call(Box::new(call)))
    }

    /// The class, or the function, that a node names.
    pub(super) fn class(&mut self, node: &Node<'s>) -> Result<ObjectId> {
        let (Some(module), Some(class)) = (&node.module, &node.class) else {
            return Err(Error::malformed("a node without its class"));
        };
        self.global(module.clone(), class.clone())
    }

    pub(super) fn global(&mut self, module: String, name: String) -> Result<ObjectId> {
        let (module, name) = (self.text(module)?, self.text(name)?);
        self.add(Object::Global { module, name })
    }

    pub(super) fn text(&mut self, text: String) -> Result<ObjectId> {
        self.budget.spend_bytes(text.len())?;
        self.add(Object::Str(text.into()))
    }

    pub(super) fn add(&mut self, object: Object<'a>) -> Result<ObjectId> {
        self.objects.add(object, self.budget)
    }
}

/// Whether a node is of a class of Python's own, and of no other that extends it.
pub(super) fn is_builtin(node: &Node<'_>, class: &str) -> bool {
    node.module.as_deref() == Some("builtins") && node.class.as_deref() == Some(class)
}
