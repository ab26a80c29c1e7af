//! One JSON value where a text belongs.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// What a value turned out to be.
pub(super) enum Text<'t> {
    /// A string, without its escapes.
    Of(&'t str),
    /// `null`.
    Null,
    /// Another kind of value, named.
    Not(&'static str),
}

/// Hands on what a value turned out to be. A string is borrowed from the body
/// or, if it has escapes, from the parser's one buffer for these.
pub(super) struct TextSeed<F>(pub(super) F);

impl<F: FnOnce(&Text<'_>)> TextSeed<F> {
    #[expect(clippy::unnecessary_wraps, reason = "every visit ends with it")]
    fn put<E>(self, text: &Text<'_>) -> Result<(), E> {
        self.0(text);
        Ok(())
    }
}

impl<'de, F: FnOnce(&Text<'_>)> DeserializeSeed<'de> for TextSeed<F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de, F: FnOnce(&Text<'_>)> Visitor<'de> for TextSeed<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.put(&Text::Of(text))
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.put(&Text::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        self.put(&Text::Not("a boolean"))
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        self.put(&Text::Not("a number"))
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        self.put(&Text::Not("a number"))
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        self.put(&Text::Not("a number"))
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<(), S::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        self.put(&Text::Not("a list"))
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        self.put(&Text::Not("an object"))
    }
}
