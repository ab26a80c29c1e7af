//! One row: an object by feature names, or a list in the features' order.

use std::fmt;

use iris_core::{Cell, ColumnKind, Feature, Schema};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::number::Number;
use super::text::{Text, TextSeed};
use super::{Form, INSTANCES, Sink};
use crate::{Location, lenient, status};

/// Marks a feature that the object has not named yet. A NaN that no JSON can
/// write and that is not the one standing for a missing value.
const ABSENT: u64 = 0x7FF8_0000_0000_ABCD;

/// A row being filled, at the end of the sink's values.
pub(super) struct Row<'s, 'a> {
    sink: &'s mut Sink<'a>,
    form: Form,
    /// Which row of a list it is.
    index: Option<usize>,
    first: usize,
    /// Where the next key probably belongs: clients write features in order.
    next: usize,
}

impl<'s, 'a> Row<'s, 'a> {
    pub(super) fn start(sink: &'s mut Sink<'a>, form: Form, index: Option<usize>) -> Self {
        // Once something is wrong no row will be answered, so none is kept.
        if !sink.details.is_empty() {
            sink.values.clear();
        }
        let first = sink.values.len();
        sink.values.resize(first + sink.schema.n_features(), f64::from_bits(ABSENT));
        Self { sink, form, index, first, next: 0 }
    }

    /// Whether the feature is a text. Of models of numbers one look tells it of all.
    #[inline]
    fn is_text(&self, feature: usize) -> bool {
        self.sink.schema.has_categories() && self.feature(feature).holds_texts()
    }

    #[inline]
    fn feature(&self, feature: usize) -> &'a Feature {
        &self.sink.schema.features()[feature]
    }

    /// Puts what stands for a value in its place, or notes why it cannot be: the
    /// one way of a cell, in whatever form its row is written.
    #[inline]
    pub(super) fn value(&mut self, feature: usize, value: &RawValue) {
        if self.is_text(feature) {
            return self.read_text(feature, value);
        }
        let number = match Number::new(value) {
            Number::Finite(number) => number,
            Number::Null if self.feature(feature).accepts_missing() => f64::NAN,
            other => self.unusual(feature, &other),
        };
        self.put(feature, number);
    }

    #[inline(never)]
    fn read_text(&mut self, feature: usize, value: &RawValue) {
        let mut json = serde_json::Deserializer::from_str(value.get());
        // Half a surrogate pair is JSON, but no text.
        let put = |text: &Text<'_>| self.text(feature, text);
        if TextSeed(put).deserialize(&mut json).is_err() {
            self.mistake(
                feature,
                "string_unicode",
                "Input should be a valid string, not half a surrogate pair",
            );
            self.put(feature, f64::NAN);
        }
    }

    /// The same of what a value turned out to be.
    fn text(&mut self, feature: usize, value: &Text<'_>) {
        let column = self.feature(feature);
        let has_tokens = self.sink.has_tokens;
        let token = |text: &str| has_tokens.then(|| lenient::value(text)).flatten();
        let number = match *value {
            Text::Null if column.accepts_missing() => f64::NAN,
            Text::Null => self.no_text(feature, "null"),
            Text::Not(kind) => self.no_text(feature, kind),
            Text::Of(text) => match token(text) {
                Some(token) if token.is_nan() && column.accepts_missing() => f64::NAN,
                Some(_) => self.no_text(feature, "a number"),
                None => column.encode_with(Cell::Text(text), &mut self.sink.texts).unwrap_or_else(|error| {
                    self.mistake(feature, status::detail_type(error.kind()), error.to_string());
                    f64::NAN
                }),
            },
        };
        self.put(feature, number);
    }

    #[cold]
    fn no_text(&mut self, feature: usize, kind: &str) -> f64 {
        self.mistake(feature, "string_type", format!("Input should be a valid string, not {kind}"));
        f64::NAN
    }

    #[inline]
    fn put(&mut self, feature: usize, number: f64) {
        self.next = feature + 1;
        let place = &mut self.sink.values[self.first + feature];
        if place.to_bits() != ABSENT {
            self.mistake(feature, "duplicate", "Field given twice");
        }
        self.sink.values[self.first + feature] = number;
    }

    /// Every feature must have been named.
    #[inline]
    pub(super) fn finish(mut self) {
        for feature in 0..self.sink.schema.n_features() {
            if self.sink.values[self.first + feature].to_bits() == ABSENT {
                self.absent(feature);
            }
        }
    }

    #[cold]
    fn absent(&mut self, feature: usize) {
        match self.feature(feature).kind() {
            ColumnKind::Ignored => self.sink.values[self.first + feature] = f64::NAN,
            _ => self.mistake(feature, "missing", "Field required"),
        }
    }

    /// Takes the row back: the object turned out not to be one.
    pub(super) fn discard(self) {
        self.sink.values.truncate(self.first);
    }

    /// A value that no JSON can write, or none at all.
    #[cold]
    fn unusual(&mut self, feature: usize, value: &Number) -> f64 {
        let column = self.feature(feature);
        match value {
            _ if matches!(column.kind(), ColumnKind::Ignored) => {}
            // Truth values are numbers to scikit-learn.
            Number::Bool(flag) => return f64::from(u8::from(*flag)),
            Number::Token(value) if self.sink.has_tokens && value.is_nan() && column.accepts_missing() => {}
            Number::Token(_) if !self.sink.has_tokens => {
                self.mistake(feature, "float_type", "Input should be a valid number, not a string");
            }
            Number::TooLarge | Number::Token(_) => {
                self.mistake(feature, "finite_number", "Input should be a finite number");
            }
            Number::Not(kind) => {
                self.mistake(feature, "float_type", format!("Input should be a valid number, not {kind}"));
            }
            Number::Null | Number::Finite(_) => {
                self.mistake(feature, "float_type", "Input should be a valid number, not null");
            }
        }
        f64::NAN
    }

    #[cold]
    fn mistake(
        &mut self,
        feature: usize,
        r#type: &'static str,
        msg: impl Into<std::borrow::Cow<'static, str>>,
    ) {
        if self.sink.is_full() {
            return;
        }
        let name = self.sink.schema.features()[feature].name().to_owned();
        let loc = location(self.form, self.index, Some(Location::Name(name.into())));
        self.sink.mistake(loc, r#type, msg);
    }
}

fn location(form: Form, index: Option<usize>, last: Option<Location>) -> Vec<Location> {
    let mut location = form.location();
    location.extend(index.map(Location::Index));
    location.extend(last);
    location
}

/// What a key of an object names.
pub(super) enum Key {
    Feature(usize),
    Instances,
    Unknown,
}

/// Looks a key up without copying it.
pub(super) struct KeySeed<'a> {
    schema: &'a Schema,
    next: usize,
    whole_body: bool,
}

impl<'a> KeySeed<'a> {
    #[inline]
    pub(super) fn new(row: &Row<'_, 'a>) -> Self {
        Self { schema: row.sink.schema, next: row.next, whole_body: row.index.is_none() }
    }
}

impl<'de> DeserializeSeed<'de> for KeySeed<'_> {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Key, D::Error> {
        json.deserialize_str(self)
    }
}

impl Visitor<'_> for KeySeed<'_> {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    #[inline]
    fn visit_str<E>(self, key: &str) -> Result<Key, E> {
        let is_next = self.schema.features().get(self.next).is_some_and(|feature| feature.name() == key);
        let found = if is_next { Some(self.next) } else { self.schema.feature_index(key) };
        Ok(match found {
            Some(feature) => Key::Feature(feature),
            None if self.whole_body && key == INSTANCES => Key::Instances,
            None => Key::Unknown,
        })
    }
}

/// One row of a list, in either form.
pub(super) struct RowSeed<'s, 'a> {
    pub(super) sink: &'s mut Sink<'a>,
    pub(super) form: Form,
    pub(super) index: usize,
}

impl RowSeed<'_, '_> {
    #[cold]
    fn neither(self, kind: &str) {
        let msg = format!(
            "Input should be an object or a list with {}, not {kind}",
            self.sink.schema.feature_list()
        );
        self.sink.mistake(location(self.form, Some(self.index), None), "row_type", msg);
    }
}

impl<'de> DeserializeSeed<'de> for RowSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for RowSeed<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or a list of numbers")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        let mut row = Row::start(self.sink, self.form, Some(self.index));
        while let Some(key) = map.next_key_seed(KeySeed::new(&row))? {
            match key {
                Key::Feature(feature) => row.value(feature, map.next_value()?),
                Key::Instances | Key::Unknown => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        row.finish();
        Ok(())
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<(), S::Error> {
        let n_features = self.sink.schema.n_features();
        let mut row = Row::start(self.sink, self.form, Some(self.index));
        let mut len = 0;
        while len < n_features {
            let Some(value) = seq.next_element()? else { break };
            row.value(len, value);
            len += 1;
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {
            len += 1;
        }
        if len != n_features {
            let msg = format!("List should have {n_features} items, one a feature, not {len}");
            self.sink.mistake(location(self.form, Some(self.index), None), "wrong_length", msg);
        }
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.neither("null");
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        self.neither("a boolean");
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        let is_token = self.sink.has_tokens && lenient::value(text).is_some();
        self.neither(if is_token { "a number" } else { "a string" });
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        self.neither("a number");
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        self.neither("a number");
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        self.neither("a number");
        Ok(())
    }
}
