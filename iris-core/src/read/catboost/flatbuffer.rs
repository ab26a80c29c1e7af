//! Flatbuffers, as far as CatBoost's files have them: tables whose every offset is checked.
//!
//! A table begins with the distance to its list of fields, which has for each
//! field the distance to its value, or zero where it has its default. Texts,
//! lists and further tables lie at a distance ahead of where they are named.

use crate::error::{Error, Result};
use crate::read::budget::Budget;

/// One table of a buffer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Table<'a> {
    bytes: &'a [u8],
    at: usize,
    fields: &'a [u8],
}

/// A list whose items all take as many bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct List<'a> {
    bytes: &'a [u8],
    /// Where the items are in the whole buffer.
    at: usize,
    items: &'a [u8],
}

/// Numbers that a table costs when it is looked at.
const TABLE: usize = 4;

impl<'a> Table<'a> {
    /// The table that a buffer is.
    pub(super) fn root(bytes: &'a [u8], budget: &mut Budget) -> Result<Self> {
        Self::ahead(bytes, 0, budget)
    }

    /// The table that the four bytes at this place lead to.
    fn ahead(bytes: &'a [u8], place: usize, budget: &mut Budget) -> Result<Self> {
        budget.spend(TABLE)?;
        let at = target(bytes, place)?;
        let back = i32::from_le_bytes(array(bytes, at)?);
        let fields = i64::try_from(at).ok().and_then(|at| usize::try_from(at - i64::from(back)).ok());
        let fields = fields.ok_or_else(outside)?;
        let len = usize::from(u16::from_le_bytes(array(bytes, fields)?));
        // In front of the fields stand two lengths, of this list and of the table.
        let fields = fields.checked_add(4).zip(fields.checked_add(len));
        let fields = fields.and_then(|(start, end)| bytes.get(start..end)).ok_or_else(outside)?;
        Ok(Self { bytes, at, fields })
    }

    /// Where the value of a field is, unless it has its default.
    fn place(&self, field: usize) -> Option<usize> {
        let distance = self.fields.get(2 * field..2 * field + 2)?;
        let distance = u16::from_le_bytes(distance.try_into().expect("the slice has two bytes"));
        (distance != 0).then(|| self.at + usize::from(distance))
    }

    fn value<const N: usize>(&self, field: usize) -> Result<Option<[u8; N]>> {
        self.place(field).map(|place| array(self.bytes, place)).transpose()
    }

    pub(super) fn flag(&self, field: usize) -> Result<bool> {
        Ok(self.value::<1>(field)?.is_some_and(|[byte]| byte != 0))
    }

    pub(super) fn byte(&self, field: usize) -> Result<u8> {
        Ok(self.value::<1>(field)?.map_or(0, |[byte]| byte))
    }

    pub(super) fn integer(&self, field: usize, default: i32) -> Result<i32> {
        Ok(self.value(field)?.map_or(default, i32::from_le_bytes))
    }

    pub(super) fn single(&self, field: usize, default: f32) -> Result<f32> {
        Ok(self.value(field)?.map_or(default, f32::from_le_bytes))
    }

    pub(super) fn double(&self, field: usize, default: f64) -> Result<f64> {
        Ok(self.value(field)?.map_or(default, f64::from_le_bytes))
    }

    pub(super) fn text(&self, field: usize) -> Result<Option<&'a str>> {
        self.place(field).map(|place| text(self.bytes, place)).transpose()
    }

    pub(super) fn table(&self, field: usize, budget: &mut Budget) -> Result<Option<Self>> {
        self.place(field).map(|place| Self::ahead(self.bytes, place, budget)).transpose()
    }

    /// A list of items of so many bytes; an empty one where there is none.
    pub(super) fn list(&self, field: usize, size: usize) -> Result<List<'a>> {
        match self.place(field) {
            Some(place) => List::ahead(self.bytes, place, size),
            None => Ok(List { bytes: self.bytes, at: 0, items: &[] }),
        }
    }

    /// The bytes of a list of bytes.
    pub(super) fn bytes(&self, field: usize) -> Result<&'a [u8]> {
        Ok(self.list(field, 1)?.items)
    }

    /// The tables of a list.
    pub(super) fn tables(&self, field: usize, budget: &mut Budget) -> Result<Vec<Self>> {
        let List { bytes, at, items } = self.list(field, 4)?;
        (0..items.len() / 4).map(|index| Self::ahead(bytes, at + 4 * index, budget)).collect()
    }

    /// The texts of a list.
    pub(super) fn texts(&self, field: usize, budget: &mut Budget) -> Result<Vec<&'a str>> {
        let List { bytes, at, items } = self.list(field, 4)?;
        budget.spend(2 * (items.len() / 4))?;
        (0..items.len() / 4).map(|index| text(bytes, at + 4 * index)).collect()
    }

    pub(super) fn integers(&self, field: usize, budget: &mut Budget) -> Result<Vec<i32>> {
        self.list(field, 4)?.each(budget, i32::from_le_bytes)
    }

    pub(super) fn singles(&self, field: usize, budget: &mut Budget) -> Result<Vec<f32>> {
        self.list(field, 4)?.each(budget, f32::from_le_bytes)
    }

    pub(super) fn doubles(&self, field: usize, budget: &mut Budget) -> Result<Vec<f64>> {
        self.list(field, 8)?.each(budget, f64::from_le_bytes)
    }
}

impl<'a> List<'a> {
    fn ahead(bytes: &'a [u8], place: usize, size: usize) -> Result<Self> {
        let start = target(bytes, place)?;
        let len = usize::try_from(u32::from_le_bytes(array(bytes, start)?)).map_err(|_| outside())?;
        let at = start + 4;
        let end = len.checked_mul(size).and_then(|len| at.checked_add(len));
        let items = end.and_then(|end| bytes.get(at..end)).ok_or_else(outside)?;
        Ok(Self { bytes, at, items })
    }

    /// What is made of each item, all of which have `N` bytes.
    pub(super) fn each<T, const N: usize>(
        &self,
        budget: &mut Budget,
        make: impl Fn([u8; N]) -> T,
    ) -> Result<Vec<T>> {
        budget.spend_bytes(self.items.len() / N * size_of::<T>())?;
        Ok(self.items.as_chunks::<N>().0.iter().map(|item| make(*item)).collect())
    }
}

fn text(bytes: &[u8], place: usize) -> Result<&str> {
    let List { items, .. } = List::ahead(bytes, place, 1)?;
    std::str::from_utf8(items).map_err(|_| Error::malformed("a text in it is no UTF-8"))
}

/// The place that the four bytes here lead to.
fn target(bytes: &[u8], place: usize) -> Result<usize> {
    let distance = usize::try_from(u32::from_le_bytes(array(bytes, place)?)).map_err(|_| outside())?;
    place.checked_add(distance).ok_or_else(outside)
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N]> {
    let bytes = at.checked_add(N).and_then(|end| bytes.get(at..end)).ok_or_else(outside)?;
    Ok(bytes.try_into().expect("the slice has as many bytes"))
}

#[cold]
fn outside() -> Error {
    Error::malformed("the file is cut short, or a place in it lies outside of it")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table with a number, a text and a list of doubles, and one field that is left out.
    fn buffer() -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend(16u32.to_le_bytes());
        // The fields: 12 bytes for themselves, 16 for the table; the number, nothing, the text, the list.
        bytes.extend([12u16, 16, 4, 0, 8, 12].into_iter().flat_map(u16::to_le_bytes));
        bytes.extend(12i32.to_le_bytes());
        bytes.extend((-7i32).to_le_bytes());
        bytes.extend(8u32.to_le_bytes());
        bytes.extend(12u32.to_le_bytes());
        bytes.extend(4u32.to_le_bytes());
        bytes.extend(b"text");
        bytes.extend(2u32.to_le_bytes());
        bytes.extend([1.5f64, -2.5].into_iter().flat_map(f64::to_le_bytes));
        bytes
    }

    type Read<'a> = (i32, i32, Option<&'a str>, Vec<f64>);

    fn read(bytes: &[u8]) -> Result<Read<'_>> {
        let mut budget = Budget::new(100);
        let table = Table::root(bytes, &mut budget)?;
        Ok((table.integer(0, 0)?, table.integer(1, 5)?, table.text(2)?, table.doubles(3, &mut budget)?))
    }

    #[test]
    fn fields_are_read_or_have_their_defaults() {
        assert_eq!(read(&buffer()).unwrap(), (-7, 5, Some("text"), vec![1.5, -2.5]));
        let bytes = buffer();
        let table = Table::root(&bytes, &mut Budget::new(100)).unwrap();
        assert_eq!(table.integer(100, 3).unwrap(), 3);
        assert!(table.doubles(100, &mut Budget::new(100)).unwrap().is_empty());
        assert!(!table.flag(1).unwrap());
    }

    #[test]
    fn whatever_is_cut_or_changed_gives_an_error_or_something_else() {
        let bytes = buffer();
        for end in 0..bytes.len() {
            assert!(read(&bytes[..end]).is_err(), "{end}");
        }
        for index in 0..bytes.len() {
            for byte in [0, 1, 0x7f, 0x80, 0xff] {
                let mut bytes = bytes.clone();
                bytes[index] = byte;
                let _ = read(&bytes);
            }
        }
    }

    #[test]
    fn what_a_list_holds_is_counted() {
        let bytes = buffer();
        let mut budget = Budget::new(TABLE + 1);
        let table = Table::root(&bytes, &mut budget).unwrap();
        assert!(table.doubles(3, &mut budget).is_err());
    }
}
