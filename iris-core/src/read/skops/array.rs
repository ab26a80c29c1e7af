//! Arrays: of numbers in files of their own, of objects as nodes, and sparse.

use std::rc::Rc;

use super::node::Node;
use super::sparse;
use super::tree::Tree;
use crate::error::{Error, Result};
use crate::read::npy;
use crate::read::pickle::{Array, Data, Dtype, Object, ObjectId, Order};

impl<'s> Tree<'_, 's, '_> {
    pub(super) fn array(&mut self, node: &Node<'s>) -> Result<ObjectId> {
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

    /// A sparse matrix, with the attributes that its pickle has.
    pub(super) fn sparse(&mut self, node: &Node<'s>) -> Result<ObjectId> {
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
}
