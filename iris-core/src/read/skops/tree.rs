//! From nodes to the objects that a pickle would hold.

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::node::{self, Entries, Node};
use super::{SCHEMA, scalar, sparse};
use crate::error::{Error, Result};
use crate::read::archive::Archive;
use crate::read::npy;
use crate::read::pickle::{Array, Budget, Call, Data, Dtype, Object, ObjectId, Objects, Order, Pickle};

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

struct Tree<'a, 's, 'b> {
    archive: Archive<'a>,
    schema: &'s str,
    objects: Objects<'a>,
    budget: &'b mut Budget,
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
    fn node(&mut self, text: &'s RawValue) -> Result<ObjectId> {
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

    /// Nodes that say what to call, and with what.
    fn called(&mut self, node: &Node<'s>) -> Result<ObjectId> {
        match node.loader.as_str() {
            "ConstructorFromReduceNode" => {
                let args = self.node(node.content()?)?;
                self.reduced(node, args, None)
            }
            "TreeNode" | "LossNode" | "QuantileForestNode" | "ReduceNode" => {
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

    fn dict(&mut self, node: &Node<'s>) -> Result<ObjectId> {
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

    fn collection(&mut self, node: &Node<'s>) -> Result<ObjectId> {
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

    fn items(&mut self, content: &'s RawValue) -> Result<Vec<ObjectId>> {
        let contents: Vec<&'s RawValue> = node::parse(content.get())?;
        self.budget.spend(contents.len())?;
        contents.into_iter().map(|content| self.node(content)).collect()
    }

    fn array(&mut self, node: &Node<'s>) -> Result<ObjectId> {
        match node.r#type.as_deref() {
            Some("numpy") => {
                let file = self.file(node)?;
                let array = npy::read(file).map_err(|error| match &node.file {
                    Some(name) => error.within(format_args!("'{name}'")),
                    None => error,
                })?;
                // A number of numpy's is written as an array of none of the dimensions.
                let is_array = matches!(node.class.as_deref(), Some("ndarray" | "matrix" | "memmap"));
                let scalar = if is_array || !array.shape().is_empty() { None } else { array.scalar() };
                self.add(scalar.unwrap_or_else(|| Object::Array(Rc::new(array))))
            }
            Some("json") => self.object_array(node),
            _ => Err(Error::unsupported("an array that is neither in numpy's format nor in JSON")),
        }
    }

    /// An array of objects is a list of them, or of lists for each further dimension.
    fn object_array(&mut self, node: &Node<'s>) -> Result<ObjectId> {
        let shape = node.shape.ok_or_else(|| Error::malformed("an array without its shape"))?;
        let shape = self.node(shape)?;
        let sizes = self.objects.items(shape);
        let sizes = sizes.and_then(|sizes| sizes.iter().map(|size| self.objects.size(*size)).collect());
        let sizes: Vec<usize> = sizes.ok_or_else(|| Error::malformed("an array whose shape is none"))?;
        let mut items = self.items(node.content()?)?;
        for _ in 1..sizes.len() {
            let mut below = Vec::new();
            for item in items {
                let Object::List(items) = self.objects.get(item) else {
                    return Err(Error::malformed("an array whose rows are no lists"));
                };
                self.budget.spend(items.len())?;
                below.extend_from_slice(items);
            }
            items = below;
        }
        let dtype = Rc::new(Dtype::named("O")?);
        let array = Array::new(dtype, sizes, Order::C, Data::Objects(items))?;
        self.add(Object::Array(Rc::new(array)))
    }

    fn slice(&mut self, node: &Node<'s>) -> Result<ObjectId> {
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

    /// A sparse matrix, with the attributes that its pickle has.
    fn sparse(&mut self, node: &Node<'s>) -> Result<ObjectId> {
        let file = self.file(node)?;
        let (shape, parts) = sparse::read(&file, self.budget)?;
        let mut entries = Vec::with_capacity(parts.len() + 1);
        let mut sizes = Vec::with_capacity(shape.len());
        self.budget.spend(shape.len())?;
        for size in shape {
            sizes.push(self.add(Object::Int(size))?);
        }
        entries.push((self.text("_shape".into())?, self.add(Object::Tuple(sizes.into()))?));
        for (name, array) in parts {
            entries.push((self.text(name.into())?, self.add(Object::Array(Rc::new(array)))?));
        }
        let state = self.add(Object::Dict(entries))?;
        self.call(node, &[], Some(state))
    }

    /// What the file of a node holds.
    fn file(&mut self, node: &Node<'s>) -> Result<Cow<'a, [u8]>> {
        let name = node.file.as_deref().ok_or_else(|| Error::malformed("a node without its file"))?;
        self.archive.get(name, self.budget)
    }

    /// An instance of a node's class.
    fn call(&mut self, node: &Node<'s>, args: &[ObjectId], state: Option<ObjectId>) -> Result<ObjectId> {
        self.budget.spend(args.len())?;
        let args = self.add(Object::Tuple(args.into()))?;
        self.reduced(node, args, state)
    }

    fn reduced(&mut self, node: &Node<'s>, args: ObjectId, state: Option<ObjectId>) -> Result<ObjectId> {
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

    fn noted(&mut self, call: Call) -> Result<ObjectId> {
        self.budget.spend(size_of::<Call>() / 8)?;
        self.add(Object::Call(Box::new(call)))
    }

    /// The class, or the function, that a node names.
    fn class(&mut self, node: &Node<'s>) -> Result<ObjectId> {
        let (Some(module), Some(class)) = (&node.module, &node.class) else {
            return Err(Error::malformed("a node without its class"));
        };
        self.global(module.clone(), class.clone())
    }

    fn global(&mut self, module: String, name: String) -> Result<ObjectId> {
        let (module, name) = (self.text(module)?, self.text(name)?);
        self.add(Object::Global { module, name })
    }

    fn text(&mut self, text: String) -> Result<ObjectId> {
        self.budget.spend_bytes(text.len())?;
        self.add(Object::Str(text.into()))
    }

    fn add(&mut self, object: Object<'a>) -> Result<ObjectId> {
        self.objects.add(object, self.budget)
    }
}

/// Whether a node is of a class of Python's own, and of no other that extends it.
fn is_builtin(node: &Node<'_>, class: &str) -> bool {
    node.module.as_deref() == Some("builtins") && node.class.as_deref() == Some(class)
}
