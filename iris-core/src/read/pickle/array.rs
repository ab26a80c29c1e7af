//! Arrays of numpy's, as they lie in the file.

use std::borrow::Cow;
use std::rc::Rc;

use super::dtype::{Dtype, Kind};
use super::id::ObjectId;
use crate::error::{Error, Result};

/// An array: its shape, the type of its items, and their bytes.
#[derive(Debug)]
pub(crate) struct Array<'a> {
    dtype: Rc<Dtype>,
    shape: Vec<usize>,
    order: Order,
    data: Data<'a>,
}

/// Which index runs fastest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// The last: row by row.
    C,
    /// The first: column by column.
    Fortran,
}

#[derive(Debug)]
pub(crate) enum Data<'a> {
    Raw(Cow<'a, [u8]>),
    Objects(Vec<ObjectId>),
}

/// As many as numpy allows.
const MAX_DIMENSIONS: usize = 64;

impl<'a> Array<'a> {
    /// An array whose data fills its shape.
    pub(crate) fn new(dtype: Rc<Dtype>, shape: Vec<usize>, order: Order, data: Data<'a>) -> Result<Self> {
        let n_items = n_items(&shape)?;
        // An empty text takes no byte; a shape of many would be a promise without any.
        if dtype.size() == 0 && n_items > 1 {
            return Err(Error::unsupported(format!("an array of {dtype} in {shape:?}")));
        }
        let (expected, found) = match &data {
            Data::Raw(bytes) if !dtype.has_objects() => (n_items.checked_mul(dtype.size()), bytes.len()),
            Data::Objects(items) if *dtype.kind() == Kind::Object => (Some(n_items), items.len()),
            _ => {
                return Err(Error::unsupported(format!("an array of {dtype} whose data is of another kind")));
            }
        };
        if expected != Some(found) {
            let message = format!("an array of {dtype} in {shape:?} has data of another length, {found}");
            return Err(Error::malformed(message));
        }
        Ok(Self { dtype, shape, order, data })
    }

    /// That so many bytes are the items of a shape, each `size` bytes.
    pub(super) fn check_len(shape: &[usize], size: usize, n_bytes: usize) -> Result<()> {
        if size > 0 && n_items(shape)?.checked_mul(size) == Some(n_bytes) {
            return Ok(());
        }
        Err(Error::malformed(format!("an array in {shape:?} has data of another length, {n_bytes}")))
    }

    /// What `_reconstruct` makes, for `BUILD` to fill.
    pub(super) fn empty() -> Result<Self> {
        Self::new(Rc::new(Dtype::named("u1")?), vec![0], Order::C, Data::Raw(Cow::Borrowed(&[])))
    }

    pub(crate) fn shape(&self) -> &[usize] {
        &self.shape
    }

    pub(crate) fn dtype(&self) -> &Dtype {
        &self.dtype
    }

    /// How many items there are.
    pub(crate) fn len(&self) -> usize {
        self.shape.iter().product()
    }

    pub(super) fn order(&self) -> Order {
        self.order
    }

    /// Whether the items lie row by row, as they do where there is one column.
    pub(crate) fn is_row_by_row(&self) -> bool {
        self.order == Order::C || self.shape.last() == Some(&1)
    }

    pub(crate) fn data(&self) -> &Data<'a> {
        &self.data
    }
}

/// How many items an array of this shape has.
fn n_items(shape: &[usize]) -> Result<usize> {
    if shape.len() > MAX_DIMENSIONS {
        return Err(Error::malformed(format!("an array of {} dimensions", shape.len())));
    }
    // Also where another is zero, the product of what is left has to be a number.
    let product =
        |least: usize| shape.iter().try_fold(1usize, |product, size| product.checked_mul((*size).max(least)));
    match product(1) {
        Some(_) => Ok(product(0).unwrap_or(0)),
        None => Err(Error::malformed("an array of more items than can be counted")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(dtype: &str, shape: &[usize], order: Order, bytes: &[u8]) -> Result<Array<'static>> {
        let dtype = Rc::new(Dtype::named(dtype).unwrap());
        Array::new(dtype, shape.to_vec(), order, Data::Raw(Cow::Owned(bytes.to_vec())))
    }

    #[test]
    fn data_has_the_length_that_the_shape_says() {
        raw("f8", &[2], Order::C, &[0; 8]).unwrap_err();
        raw("f8", &[usize::MAX, 2], Order::C, &[]).unwrap_err();
        raw("f8", &[0, usize::MAX, usize::MAX], Order::C, &[]).unwrap_err();
        raw("u1", &[1; 65], Order::C, &[0]).unwrap_err();
        raw("O", &[1], Order::C, &[0; 8]).unwrap_err();
    }
}
