//! Protobuf messages with placeholders.
//!
//! The spans of one route and outcome differ in ids, times and numbers only,
//! all of them fixed in width. So a message is written once, remembering where
//! these go, and then copied and filled in for each record.

use super::placeholder::Placeholder;
use super::words;

/// A message being written.
#[derive(Debug, Clone, Default)]
pub(super) struct Template {
    pub(super) bytes: Vec<u8>,
    /// Where words go, by [`words::index_of`], in their order.
    pub(super) places: Vec<(usize, u8)>,
    /// Where features go that are no words, by their number.
    pub(super) far_features: Vec<(usize, u16)>,
    pub(super) open: Option<Open>,
}

/// A message to whose end more may be added.
#[derive(Debug, Clone, Copy)]
pub(super) struct Open {
    /// Where its length stands, in [`PADDED`] bytes.
    pub(super) length: usize,
    /// Where it ends.
    pub(super) end: usize,
    /// How many of the places are before that.
    pub(super) n_places: usize,
}

/// Wire types, as <https://protobuf.dev/programming-guides/encoding/> numbers them.
const VARINT: u32 = 0;
const FIXED_64: u32 = 1;
const LENGTH: u32 = 2;
const FIXED_32: u32 = 5;

impl Template {
    pub(super) fn varint(&mut self, field: u32, value: u64) {
        self.tag(field, VARINT);
        write_varint(&mut self.bytes, value);
    }

    pub(super) fn fixed_32(&mut self, field: u32, value: u32) {
        self.tag(field, FIXED_32);
        self.bytes.extend(value.to_le_bytes());
    }

    /// A fixed64 or double.
    pub(super) fn placeholder_64(&mut self, field: u32, placeholder: Placeholder) {
        self.tag(field, FIXED_64);
        self.placeholder(placeholder);
    }

    /// A byte string of the placeholder's width.
    pub(super) fn placeholder_bytes(&mut self, field: u32, placeholder: Placeholder) {
        self.tag(field, LENGTH);
        write_varint(&mut self.bytes, placeholder.width() as u64);
        self.placeholder(placeholder);
    }

    pub(super) fn string(&mut self, field: u32, text: &str) {
        self.tag(field, LENGTH);
        write_varint(&mut self.bytes, text.len() as u64);
        self.bytes.extend(text.as_bytes());
    }

    pub(super) fn message(&mut self, field: u32, write: impl FnOnce(&mut Self)) {
        let mut inner = Self::default();
        write(&mut inner);
        self.tag(field, LENGTH);
        write_varint(&mut self.bytes, inner.bytes.len() as u64);
        let base = self.bytes.len();
        self.bytes.extend(inner.bytes);
        self.places.extend(inner.places.into_iter().map(|(at, word)| (base + at, word)));
        self.far_features.extend(inner.far_features.into_iter().map(|(at, index)| (base + at, index)));
    }

    /// The same, left open at its end; there is one at most.
    pub(super) fn open_message(&mut self, field: u32, write: impl FnOnce(&mut Self)) {
        self.tag(field, LENGTH);
        let length = self.bytes.len();
        self.bytes.extend([0; PADDED]);
        write(self);
        let end = self.bytes.len();
        self.bytes[length..length + PADDED].copy_from_slice(&padded_varint(end - length - PADDED));
        self.open = Some(Open { length, end, n_places: self.places.len() });
    }

    fn tag(&mut self, field: u32, wire_type: u32) {
        write_varint(&mut self.bytes, u64::from(field << 3 | wire_type));
    }

    fn placeholder(&mut self, placeholder: Placeholder) {
        let at = self.bytes.len();
        match (placeholder, words::index_of(placeholder)) {
            (_, Some(word)) => {
                self.places.push((at, word));
                // A trace's id is two words, one behind the other.
                self.places.extend((placeholder == Placeholder::TraceId).then_some((at + 8, word + 1)));
            }
            (Placeholder::Feature(index), None) => self.far_features.push((at, index)),
            (_, None) => {}
        }
        self.bytes.resize(at + placeholder.width(), 0);
    }

    /// A `KeyValue` under `field`, whose value is written by `write`.
    fn attribute(&mut self, field: u32, key: &str, write: impl FnOnce(&mut Self)) {
        self.message(field, |pair| {
            pair.string(1, key);
            pair.message(2, write);
        });
    }

    pub(super) fn string_attribute(&mut self, field: u32, key: &str, value: &str) {
        self.attribute(field, key, |any| any.string(1, value));
    }

    pub(super) fn int_attribute(&mut self, field: u32, key: &str, value: u64) {
        self.attribute(field, key, |any| any.varint(3, value));
    }

    pub(super) fn double_attribute(&mut self, field: u32, key: &str, placeholder: Placeholder) {
        self.attribute(field, key, |any| any.placeholder_64(4, placeholder));
    }

    pub(super) fn doubles_attribute(
        &mut self,
        field: u32,
        key: &str,
        placeholders: impl Iterator<Item = Placeholder>,
    ) {
        self.attribute(field, key, |any| {
            any.message(5, |array| {
                placeholders
                    .for_each(|placeholder| array.message(1, |item| item.placeholder_64(4, placeholder)));
            });
        });
    }
}

/// Seven bits a byte, the lowest first.
fn write_varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    bytes.push(value.to_le_bytes()[0]);
}

/// Bytes of a padded length.
pub(super) const PADDED: usize = 4;

/// A length up to 2^28 in four bytes, so that it can be filled in later.
pub(super) fn padded_varint(value: usize) -> [u8; PADDED] {
    let byte = |index: usize| (value >> (7 * index)).to_le_bytes()[0] & 0x7f;
    [byte(0) | 0x80, byte(1) | 0x80, byte(2) | 0x80, byte(3)]
}
