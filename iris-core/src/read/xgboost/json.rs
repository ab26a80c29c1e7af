//! JSON as values, counted as they are found.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::value::{ListBuilder, VALUE, Value, is_unused};
use crate::error::{Error, Result};
use crate::read::budget::Budget;

/// The value that a text is. What it holds is held against `budget`; it is as deep as
/// serde allows, 128.
pub(super) fn read(bytes: &[u8], budget: &mut Budget) -> Result<Value> {
    let counter = Counter { budget: RefCell::new(budget), exhausted: RefCell::new(None) };
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let bytes = &*in_strict_json(bytes);
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let read =
        Seed(&counter).deserialize(&mut deserializer).and_then(|value| deserializer.end().map(|()| value));
    let exhausted = counter.exhausted.into_inner();
    read.map_err(|error| {
        exhausted.unwrap_or_else(|| Error::malformed(format!("no JSON: {error}")).caused_by(error))
    })
}

/// The same text with `null` for NaN and the largest numbers for infinities, which JSON has
/// no words for, but XGBoost.
pub(super) fn in_strict_json(bytes: &[u8]) -> Cow<'_, [u8]> {
    let mut strict = Vec::new();
    let (mut at, mut kept) = (0, 0);
    while at < bytes.len() {
        let (length, word): (usize, &[u8]) = match &bytes[at..] {
            [b'"', rest @ ..] => (1 + text_length(rest), b""),
            [b'N', b'a', b'N', ..] => (3, b"null"),
            rest if rest.starts_with(b"Infinity") => (8, b"1.7976931348623157e308"),
            _ => (1, b""),
        };
        if !word.is_empty() {
            strict.extend_from_slice(&bytes[kept..at]);
            strict.extend_from_slice(word);
            kept = at + length;
        }
        at += length;
    }
    if kept == 0 {
        return bytes.into();
    }
    strict.extend_from_slice(&bytes[kept..]);
    strict.into()
}

/// Bytes of a text behind its first quotation mark, with the last.
fn text_length(bytes: &[u8]) -> usize {
    let mut is_escaped = false;
    let end = bytes.iter().position(|byte| {
        let ends = *byte == b'"' && !is_escaped;
        is_escaped = *byte == b'\\' && !is_escaped;
        ends
    });
    end.map_or(bytes.len(), |end| end + 1)
}

/// The budget, and the error when it came to its end.
struct Counter<'b> {
    budget: RefCell<&'b mut Budget>,
    exhausted: RefCell<Option<Error>>,
}

#[derive(Clone, Copy)]
struct Seed<'c, 'b>(&'c Counter<'b>);

impl Seed<'_, '_> {
    fn spend<E: serde::de::Error>(self, numbers: usize) -> Result<(), E> {
        self.0.budget.borrow_mut().spend(numbers).map_err(|error| {
            let said = E::custom(&error);
            self.0.exhausted.replace(Some(error));
            said
        })
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_, '_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_, '_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Number(f64::from(u8::from(value))))
    }

    #[expect(clippy::cast_precision_loss, reason = "whatever counts or chooses is small")]
    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "whatever counts or chooses is small")]
    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value as f64))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Number(value))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Value, E> {
        self.spend(VALUE + value.len() / 8)?;
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        self.spend(VALUE)?;
        let mut list = ListBuilder::new();
        while let Some(value) = items.next_element_seed(self)? {
            self.spend(if matches!(value, Value::Number(_)) { 2 } else { VALUE })?;
            list.push(value);
        }
        Ok(list.finish())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        self.spend(VALUE)?;
        let mut object = Vec::new();
        while let Some(key) = entries.next_key::<String>()? {
            if is_unused(&key) {
                entries.next_value::<IgnoredAny>()?;
                continue;
            }
            self.spend(VALUE + key.len() / 8)?;
            if object.len() == MAX_ENTRIES {
                return Err(A::Error::custom(format_args!("an object of more than {MAX_ENTRIES} entries")));
            }
            object.push((key, entries.next_value_seed(self)?));
        }
        Ok(Value::Object(object))
    }
}

/// Entries of an object, which are looked through one by one.
pub(super) const MAX_ENTRIES: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_and_counted() {
        let text = br#"{"a": [1, 2.5, true], "loss_changes": [1], "b": {"c": "x", "d": null}}"#;
        let value = read(text, &mut Budget::new(1000)).unwrap();
        assert_eq!(value.get("a").and_then(Value::numbers), Some(&[1.0, 2.5, 1.0][..]));
        assert_eq!(value.get("b").and_then(|b| b.get("c")).and_then(Value::text), Some("x"));
        assert_eq!(value.get("loss_changes"), None);
        let error = read(text, &mut Budget::new(10)).unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::ModelTooLarge);
    }

    #[test]
    fn numbers_that_are_none_are_read_as_xgboost_writes_them() {
        let text = br#"{"NaN \" NaN": [NaN, 1.5, -Infinity]}"#;
        let value = read(text, &mut Budget::new(1000)).unwrap();
        let numbers = value.get("NaN \" NaN").and_then(Value::numbers).unwrap();
        assert!(numbers[0].is_nan() && numbers[1] == 1.5 && numbers[2] == f64::MIN);
    }

    #[test]
    fn what_is_no_json_or_too_deep_is_refused() {
        for text in ["", "{", "{\"a\": 1} x", "[1,]", "[NaM]", &"[".repeat(10_000)] {
            let error = read(text.as_bytes(), &mut Budget::new(1 << 20)).unwrap_err();
            assert!(error.to_string().starts_with("no JSON: "), "{error}");
        }
    }
}
