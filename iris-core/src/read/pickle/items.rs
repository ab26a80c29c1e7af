//! The items of numpy's arrays as numbers and texts, row by row.

use std::borrow::Cow;

use super::array::{Array, Data, Order};
use super::axes::offsets;
use super::dtype::{Dtype, Kind};
use super::id::ObjectId;
use super::object::{Object, Objects};
use crate::error::{Error, Result};
use crate::read::budget::Budget;
use crate::read::transposed;

impl<'a> Array<'a> {
    /// The items in the order of the file, if they are objects.
    pub(crate) fn objects(&self) -> Option<&[ObjectId]> {
        match self.data() {
            Data::Objects(ids) => Some(ids),
            Data::Raw(_) => None,
        }
    }

    /// Whether the items are texts of numpy's.
    pub(crate) fn is_text(&self) -> bool {
        *self.dtype().kind() == Kind::Unicode
    }

    /// Whether the items are truth values.
    pub(crate) fn is_bool(&self) -> bool {
        *self.dtype().kind() == Kind::Bool
    }

    /// The items, row by row. Objects may be integers, floats or booleans.
    pub(crate) fn floats(&self, objects: &Objects<'_>) -> Result<Vec<f64>> {
        self.floats_in(Order::C, objects)
    }

    /// The same of a table column by column, of anything else row by row.
    pub(crate) fn turned_floats(&self, objects: &Objects<'_>) -> Result<Vec<f64>> {
        self.floats_in(Order::Fortran, objects)
    }

    /// The items in this order, laid out once: tables of coefficients are large.
    fn floats_in(&self, order: Order, objects: &Objects<'_>) -> Result<Vec<f64>> {
        let is_plain = *self.dtype().kind() == Kind::Float && !self.dtype().is_big_endian();
        match (self.data(), self.dtype().size()) {
            (Data::Raw(bytes), 8) if is_plain => {
                Ok(self.laid_out(bytes.as_chunks().0, order, |bytes| f64::from_le_bytes(*bytes)))
            }
            (Data::Raw(bytes), 4) if is_plain => {
                Ok(self.laid_out(bytes.as_chunks().0, order, |bytes| f32::from_le_bytes(*bytes).into()))
            }
            _ => {
                let items = self.as_they_lie(self.whole(), float, |id| objects.float(id))?;
                Ok(self.laid_out(&items, order, |item| *item))
            }
        }
    }

    /// What each item stands for, of a table in this order and of anything else row by row.
    fn laid_out<I>(&self, items: &[I], order: Order, item: impl Fn(&I) -> f64) -> Vec<f64> {
        match *self.shape() {
            [height, width] if order != self.order() => {
                // Column by column, a table lies as its turned self does row by row.
                let width = if self.order() == Order::C { width } else { height };
                transposed(items, width, item)
            }
            [_, _] | [_] | [] => items.iter().map(item).collect(),
            _ => in_rows(items.iter().map(item).collect(), self.order(), self.shape()),
        }
    }

    /// The items, which are integers, row by row.
    pub(crate) fn integers(&self, objects: &Objects<'_>) -> Result<Vec<i64>> {
        let object = |id| match objects.get(id) {
            Object::Int(value) => Some(*value),
            _ => None,
        };
        self.items(self.whole(), integer, object)
    }

    /// The parts of this name of a structured array's items, row by row.
    pub(crate) fn field_floats(&self, name: &str) -> Result<Vec<f64>> {
        self.items(self.part(name)?, float, |_| None)
    }

    /// The same of parts that are integers.
    pub(crate) fn field_integers(&self, name: &str) -> Result<Vec<i64>> {
        self.items(self.part(name)?, integer, |_| None)
    }

    /// The items, which are booleans, row by row.
    pub(crate) fn booleans(&self, objects: &Objects<'_>) -> Result<Vec<bool>> {
        let raw = |item: Item<'_>| (*item.dtype.kind() == Kind::Bool).then(|| item.word() != 0);
        let object = |id| match objects.get(id) {
            Object::Bool(value) => Some(*value),
            _ => None,
        };
        self.items(self.whole(), raw, object)
    }

    /// The items, which are floats and not what could be taken for such, row by row.
    pub(crate) fn only_floats(&self, objects: &Objects<'_>) -> Result<Vec<f64>> {
        let raw = |item: Item<'_>| if *item.dtype.kind() == Kind::Float { float(item) } else { None };
        let object = |id| match objects.get(id) {
            Object::Float(value) => Some(*value),
            _ => None,
        };
        self.items(self.whole(), raw, object)
    }

    /// The items, which are texts, row by row. Many may be the same object, so
    /// what they expand to is held against `budget`.
    pub(crate) fn strings(&self, objects: &Objects<'_>, budget: &mut Budget) -> Result<Vec<String>> {
        if let Data::Objects(ids) = self.data() {
            for text in ids.iter().filter_map(|id| objects.text(*id)) {
                budget.spend_bytes(text.len())?;
            }
        }
        budget.spend(self.len().saturating_mul(size_of::<String>() / 8))?;
        self.items(self.whole(), text, |id| objects.text(id).map(str::to_owned))
    }

    /// The only item of an array of raw data, as an object of its own.
    pub(crate) fn scalar(&self) -> Option<Object<'a>> {
        let Data::Raw(bytes) = self.data() else { return None };
        let item = Item { dtype: self.dtype(), bytes };
        match self.dtype().kind() {
            Kind::Bool => Some(Object::Bool(float(item)? != 0.0)),
            Kind::Int | Kind::UInt => integer(item).map(Object::Int),
            Kind::Float => float(item).map(Object::Float),
            Kind::Unicode => text(item).map(|text| Object::Str(Cow::Owned(text))),
            Kind::Bytes => Some(Object::Bytes(bytes.clone())),
            _ => None,
        }
    }

    /// Where each item lies within itself.
    fn whole(&self) -> Part<'_> {
        Part { dtype: self.dtype(), offset: 0 }
    }

    fn part(&self, name: &str) -> Result<Part<'_>> {
        let field = self.dtype().field(name).ok_or_else(|| {
            Error::unsupported(format!("an array of {} has no field '{name}'", self.dtype()))
        })?;
        Ok(Part { dtype: &field.dtype, offset: field.offset })
    }

    fn items<T>(
        &self,
        part: Part<'_>,
        raw: impl Fn(Item<'_>) -> Option<T>,
        object: impl Fn(ObjectId) -> Option<T>,
    ) -> Result<Vec<T>> {
        Ok(in_rows(self.as_they_lie(part, raw, object)?, self.order(), self.shape()))
    }

    fn as_they_lie<T>(
        &self,
        part: Part<'_>,
        raw: impl Fn(Item<'_>) -> Option<T>,
        object: impl Fn(ObjectId) -> Option<T>,
    ) -> Result<Vec<T>> {
        let item = |bytes: &[u8]| {
            let bytes = bytes.get(part.offset..part.offset + part.dtype.size())?;
            raw(Item { dtype: part.dtype, bytes })
        };
        let items: Option<Vec<T>> = match self.data() {
            Data::Raw(bytes) if self.dtype().size() > 0 => {
                bytes.chunks_exact(self.dtype().size()).map(item).collect()
            }
            Data::Raw(_) => (0..self.len()).map(|_| item(&[])).collect(),
            Data::Objects(items) => items.iter().map(|id| object(*id)).collect(),
        };
        items.ok_or_else(|| {
            Error::unsupported(format!("an array of {} holds something else than expected", part.dtype))
        })
    }
}

/// What of each item is looked at.
#[derive(Clone, Copy)]
struct Part<'i> {
    dtype: &'i Dtype,
    offset: usize,
}

impl Objects<'_> {
    /// A number as a float.
    pub(crate) fn float(&self, id: ObjectId) -> Option<f64> {
        match self.get(id) {
            Object::Float(value) => Some(*value),
            #[expect(clippy::cast_precision_loss, reason = "as Python's float()")]
            Object::Int(value) => Some(*value as f64),
            Object::Bool(value) => Some(f64::from(u8::from(*value))),
            _ => None,
        }
    }
}

/// One item of an array of raw data.
#[derive(Clone, Copy)]
struct Item<'i> {
    dtype: &'i Dtype,
    bytes: &'i [u8],
}

impl Item<'_> {
    /// The bytes as a little-endian word, the upper ones zero.
    fn word(self) -> u64 {
        let push = |word: u64, byte: &u8| word << 8 | u64::from(*byte);
        if self.dtype.is_big_endian() {
            self.bytes.iter().fold(0, push)
        } else {
            self.bytes.iter().rev().fold(0, push)
        }
    }
}

#[expect(clippy::cast_possible_wrap, clippy::cast_possible_truncation, reason = "these are the bits")]
fn integer(item: Item<'_>) -> Option<i64> {
    let word = item.word();
    match (item.dtype.kind(), item.dtype.size()) {
        (Kind::Int, 1) => Some((word as u8 as i8).into()),
        (Kind::Int, 2) => Some((word as u16 as i16).into()),
        (Kind::Int, 4) => Some((word as u32 as i32).into()),
        (Kind::Int, _) => Some(word as i64),
        (Kind::UInt, _) => i64::try_from(word).ok(),
        _ => None,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "these are the bits; large integers round as numpy rounds them"
)]
fn float(item: Item<'_>) -> Option<f64> {
    let word = item.word();
    match (item.dtype.kind(), item.dtype.size()) {
        (Kind::Float, 2) => Some(half(word as u16)),
        (Kind::Float, 4) => Some(f32::from_bits(word as u32).into()),
        (Kind::Float, _) => Some(f64::from_bits(word)),
        (Kind::Bool, _) => Some(if word == 0 { 0.0 } else { 1.0 }),
        (Kind::UInt, _) => Some(word as f64),
        (Kind::Int, _) => integer(item).map(|value| value as f64),
        _ => None,
    }
}

fn text(item: Item<'_>) -> Option<String> {
    if *item.dtype.kind() != Kind::Unicode {
        return None;
    }
    let (codes, _) = item.bytes.as_chunks::<4>();
    let of_bytes = if item.dtype.is_big_endian() { u32::from_be_bytes } else { u32::from_le_bytes };
    let code = |bytes: &[u8; 4]| of_bytes(*bytes);
    let length = codes.iter().rposition(|bytes| code(bytes) != 0).map_or(0, |last| last + 1);
    codes[..length].iter().map(|bytes| char::from_u32(code(bytes))).collect()
}

/// Items as they lie, in the order of rows.
fn in_rows<T>(items: Vec<T>, order: Order, shape: &[usize]) -> Vec<T> {
    if order == Order::C || shape.len() < 2 {
        return items;
    }
    let mut steps = Vec::with_capacity(shape.len());
    let mut step = 1;
    for size in shape {
        steps.push(step);
        step *= size;
    }
    let mut items: Vec<Option<T>> = items.into_iter().map(Some).collect();
    let n_items = items.len();
    offsets(shape, steps).take(n_items).filter_map(|from| items[from].take()).collect()
}

/// IEEE 754 binary16.
fn half(bits: u16) -> f64 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff));
    sign * match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1.0 + fraction / 1024.0) * 2f64.powi(exponent - 15),
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;

    fn raw(dtype: &str, shape: &[usize], order: Order, bytes: &[u8]) -> Result<Array<'static>> {
        let dtype = Rc::new(Dtype::named(dtype).unwrap());
        Array::new(dtype, shape.to_vec(), order, Data::Raw(Cow::Owned(bytes.to_vec())))
    }

    #[test]
    fn columns_become_rows() {
        let objects = Objects::default();
        let bytes: Vec<u8> = (0..24).collect();
        let array = raw("u1", &[2, 3, 4], Order::Fortran, &bytes).unwrap();
        let values = array.integers(&objects).unwrap();
        // The item at (i, j, k) lies at i + 2 j + 6 k.
        assert_eq!(values[..5], [0, 6, 12, 18, 2]);
        assert_eq!(values[12..14], [1, 7]);
        assert_eq!(raw("u1", &[2, 3], Order::C, &bytes[..6]).unwrap().integers(&objects).unwrap()[1], 1);
        let floats = |order, turned: bool| {
            let table = raw("u1", &[2, 3], order, &bytes[..6]).unwrap();
            let wide: Vec<u8> = (0..6).flat_map(|item| f64::from(item).to_le_bytes()).collect();
            let plain = raw("<f8", &[2, 3], order, &wide).unwrap();
            let wide: Vec<u8> = (0..6u8).flat_map(|item| f32::from(item).to_le_bytes()).collect();
            let single = raw("<f4", &[2, 3], order, &wide).unwrap();
            let read = if turned { Array::turned_floats } else { Array::floats };
            let [of_bytes, of_doubles, of_singles] =
                [table, plain, single].map(|array| read(&array, &objects).unwrap());
            assert_eq!((&of_bytes, &of_bytes), (&of_doubles, &of_singles));
            of_bytes
        };
        assert_eq!(floats(Order::C, false), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!(floats(Order::C, true), [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
        assert_eq!(floats(Order::Fortran, false), [0.0, 2.0, 4.0, 1.0, 3.0, 5.0]);
        assert_eq!(floats(Order::Fortran, true), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        let cube = |order| raw("u1", &[2, 3, 4], order, &bytes).unwrap().turned_floats(&objects).unwrap();
        assert_eq!(cube(Order::Fortran)[..4], [0.0, 6.0, 12.0, 18.0]);
        assert_eq!(cube(Order::C)[..4], [0.0, 1.0, 2.0, 3.0]);
        assert!(raw("f8", &[0, 3], Order::Fortran, &[]).unwrap().floats(&objects).unwrap().is_empty());
    }

    #[test]
    fn every_width_and_either_order_of_bytes() {
        let objects = Objects::default();
        let float =
            |dtype, bytes: &[u8]| raw(dtype, &[], Order::C, bytes).unwrap().floats(&objects).unwrap()[0];
        assert_eq!(float("<f8", &1.5f64.to_le_bytes()), 1.5);
        assert_eq!(float(">f8", &1.5f64.to_be_bytes()), 1.5);
        assert_eq!(float(">f4", &(-2.25f32).to_be_bytes()), -2.25);
        assert_eq!(float("<f2", &0x3e00u16.to_le_bytes()), 1.5);
        assert_eq!(float(">f2", &0x0001u16.to_be_bytes()), 2f64.powi(-24));
        assert_eq!(float("<f2", &0xfc00u16.to_le_bytes()), f64::NEG_INFINITY);
        assert_eq!(float("i1", &[0x80]), -128.0);
        assert_eq!(float(">i2", &(-300i16).to_be_bytes()), -300.0);
        assert_eq!(float("<i4", &(-70_000i32).to_le_bytes()), -70_000.0);
        assert_eq!(float("u8", &[0xff; 8]), 18_446_744_073_709_551_616.0);
        assert_eq!(float("?", &[1]), 1.0);
        let flag = raw("?", &[2], Order::C, &[1, 0]).unwrap();
        assert_eq!(flag.booleans(&objects).unwrap(), [true, false]);
        flag.only_floats(&objects).unwrap_err();
        flag.integers(&objects).unwrap_err();
        let half = raw("<f2", &[1], Order::C, &0x3e00u16.to_le_bytes()).unwrap();
        assert_eq!(half.only_floats(&objects).unwrap(), [1.5]);
        half.booleans(&objects).unwrap_err();
        raw("u8", &[], Order::C, &[0xff; 8]).unwrap().integers(&objects).unwrap_err();
        let text = raw(">U3", &[1], Order::C, b"\0\0\0a\0\0\x01\x61\0\0\0\0").unwrap();
        assert_eq!(text.strings(&objects, &mut Budget::new(100)).unwrap(), ["aš"]);
        text.floats(&objects).unwrap_err();
    }
}
