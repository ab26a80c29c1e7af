//! The `data` of a tensor in JSON: numbers, flat or nested, row-major.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use iris_serving::{Text, Texts};

use crate::lenient;

/// The numbers, and how they were nested.
#[derive(Debug, Default)]
pub(super) struct Elements {
    /// In the order they were written; a `null` is NaN, a boolean 0 or 1.
    pub(super) values: Vec<f64>,
    /// Lengths of the lists, from the outside in.
    dims: Vec<usize>,
    /// Whether lists of one depth differ in length, or stand beside numbers.
    ragged: bool,
    /// The first element that is neither number nor string, and what it is instead.
    pub(super) first_other: Option<(usize, &'static str)>,
    /// The first string that stands for no number.
    pub(super) first_string: Option<usize>,
    pub(super) first_boolean: Option<usize>,
    /// The first string that stands for NaN or an infinity, if such were quoted.
    pub(super) first_token: Option<usize>,
    /// The strings, one behind the other.
    text: String,
    /// Which elements are strings, and where each ends in `text`.
    strings: Vec<(usize, usize)>,
}

/// The elements of a tensor of strings.
impl Texts for Elements {
    fn len(&self) -> usize {
        self.values.len()
    }

    fn get(&self, index: usize) -> Option<Text<'_>> {
        let value = *self.values.get(index)?;
        // Mostly all are strings, so that each is at its own index.
        let place = match self.strings.get(index) {
            Some((element, _)) if *element == index => index,
            _ => match self.strings.binary_search_by_key(&index, |(element, _)| *element) {
                Ok(place) => place,
                Err(_) => return Some(Text::Number(value)),
            },
        };
        let start = place.checked_sub(1).map_or(0, |before| self.strings[before].1);
        Some(Text::Bytes(&self.text.as_bytes()[start..self.strings[place].1]))
    }
}

impl Elements {
    /// Why the lists do not fit this shape; a flat list fits any.
    pub(super) fn misfit(&self, shape: &[i64]) -> Option<String> {
        if self.ragged {
            return Some("its nested lists differ in length".to_owned());
        }
        let same = || {
            self.dims.len() == shape.len()
                && self.dims.iter().zip(shape).all(|(a, b)| usize::try_from(*b) == Ok(*a))
        };
        (self.dims.len() > 1 && !same())
            .then(|| format!("its data is nested as {:?}, but its shape is {shape:?}", self.dims))
    }

    fn push(&mut self, depth: usize, value: f64) {
        // Numbers stand in the innermost lists only.
        self.ragged |= depth != self.dims.len();
        self.values.push(value);
    }

    fn other(&mut self, depth: usize, kind: &'static str) {
        self.first_other = self.first_other.or(Some((self.values.len(), kind)));
        self.push(depth, f64::NAN);
    }
}

impl<'de> serde::Deserialize<'de> for Elements {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        let mut elements = Self::default();
        json.deserialize_seq(List { elements: &mut elements, depth: 0 })?;
        Ok(elements)
    }
}

/// A list at some depth.
struct List<'e> {
    elements: &'e mut Elements,
    depth: usize,
}

impl<'de> Visitor<'de> for List<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of numbers")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<(), S::Error> {
        let Self { elements, depth } = self;
        let is_first = elements.dims.len() == depth;
        if is_first {
            elements.ragged |= !elements.values.is_empty();
            elements.dims.push(0);
        }
        let mut len = 0;
        while seq.next_element_seed(Element { elements, depth: depth + 1 })?.is_some() {
            len += 1;
        }
        if is_first {
            elements.dims[depth] = len;
        }
        elements.ragged |= elements.dims[depth] != len;
        Ok(())
    }
}

/// One element of a list at `depth - 1`: a number, or a list again.
struct Element<'e> {
    elements: &'e mut Elements,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Element<'_> {
    type Value = ();

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Element<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number or a list of numbers")
    }

    #[inline]
    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.elements.push(self.depth, value);
        Ok(())
    }

    #[expect(clippy::cast_precision_loss, reason = "features are f64, and rounded as a parser of f64 would")]
    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.visit_f64(value as f64)
    }

    #[expect(clippy::cast_precision_loss, reason = "as above")]
    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.visit_f64(value as f64)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        let index = self.elements.values.len();
        self.elements.first_boolean = self.elements.first_boolean.or(Some(index));
        self.visit_f64(f64::from(u8::from(value)))
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.visit_f64(f64::NAN)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        let index = self.elements.values.len();
        self.elements.text.push_str(text);
        self.elements.strings.push((index, self.elements.text.len()));
        if let Some(value) = lenient::value(text) {
            self.elements.first_token = self.elements.first_token.or(Some(index));
            self.elements.push(self.depth, value);
        } else {
            self.elements.first_string = self.elements.first_string.or(Some(index));
            self.elements.push(self.depth, f64::NAN);
        }
        Ok(())
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        self.elements.other(self.depth, "an object");
        Ok(())
    }

    fn visit_seq<S: SeqAccess<'de>>(self, seq: S) -> Result<(), S::Error> {
        List { elements: self.elements, depth: self.depth }.visit_seq(seq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elements(json: &str) -> Elements {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn flat_and_nested_lists_hold_the_same_numbers() {
        for json in ["[1, 2.5, -3, 4e0]", "[[1, 2.5], [-3, 4]]", "[[[1], [2.5]], [[-3], [4]]]"] {
            assert_eq!(elements(json).values, [1.0, 2.5, -3.0, 4.0], "{json}");
        }
        assert_eq!(elements("[1, 2, 3, 4]").misfit(&[2, 2]), None);
        assert_eq!(elements("[[1, 2], [3, 4]]").misfit(&[2, 2]), None);
    }

    #[test]
    fn nesting_that_is_not_the_shape_is_said() {
        let wrong = elements("[[1, 2], [3, 4], [5, 6]]").misfit(&[2, 3]).unwrap();
        assert!(wrong.contains("[3, 2]") && wrong.contains("[2, 3]"), "{wrong}");
        assert!(elements("[[1, 2]]").misfit(&[-1, 2]).is_some());
        for ragged in ["[[1, 2], [3]]", "[1, [2]]", "[[1], 2]", "[[], [1]]", "[[1], [[2]]]", "[[[1]], [2]]"] {
            assert!(elements(ragged).misfit(&[2, 2]).unwrap().contains("differ"), "{ragged}");
        }
    }

    #[test]
    fn what_is_no_number_is_found() {
        assert_eq!(elements(r#"[1, {"b": 2}]"#).first_other, Some((1, "an object")));
        assert_eq!(elements(r#"[1, "a", {"b": 2}]"#).first_string, Some(1));
        assert_eq!(elements("[1, true, false]").first_boolean, Some(1));
        assert!(elements("[null]").values[0].is_nan());
    }

    #[test]
    fn strings_are_kept_as_they_were_written() {
        let mixed = elements(r#"[["a", 2.5], ["NaN", null], ["\u00e4b", "3"]]"#);
        let texts: Vec<Option<Text<'_>>> = (0..7).map(|index| mixed.get(index)).collect();
        assert_eq!(texts[..3], [Some(Text::Bytes(b"a")), Some(Text::Number(2.5)), Some(Text::Bytes(b"NaN"))]);
        assert!(matches!(texts[3], Some(Text::Number(number)) if number.is_nan()));
        assert_eq!(texts[4..], [Some(Text::Bytes("äb".as_bytes())), Some(Text::Bytes(b"3")), None]);
    }

    #[test]
    fn a_bomb_of_brackets_is_an_error() {
        assert!(serde_json::from_str::<Elements>(&"[".repeat(100_000)).is_err());
        let deep = [&"[".repeat(10_000), &"]".repeat(10_000)].map(String::as_str).concat();
        assert!(serde_json::from_str::<Elements>(&deep).unwrap_err().to_string().contains("recursion"));
    }
}
