//! JSON lines: an object a line, whose members are columns, or a list in the model's order.

use std::collections::HashMap;
use std::fmt;

use iris_core::{Cell, ColumnKind, Feature, Schema};
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::columns::{Column, Wanted};
use super::rows::{Kept, Place, Reject, Rows, Texts};
use super::text::Cut;

/// How lines become rows.
#[derive(Debug, Clone)]
pub(super) struct Json {
    columns: HashMap<String, Column>,
    keep: Vec<String>,
}

/// One line on its way.
struct Line<'l> {
    json: &'l Json,
    schema: &'l Schema,
    values: &'l mut [f64],
    has_value: &'l mut [bool],
    kept: &'l mut [Kept],
    has_kept: &'l mut [bool],
}

/// Ends blocks between lines.
pub(super) fn cut() -> Cut {
    Box::new(|bytes, _| memchr::memrchr(b'\n', bytes).map_or(0, |end| end + 1))
}

impl Json {
    pub(super) fn new(schema: &Schema, wanted: &Wanted) -> Self {
        let mut columns: HashMap<String, Column> = HashMap::new();
        for (index, feature) in schema.features().iter().enumerate() {
            columns.entry(feature.name().to_owned()).or_default().feature = Some(index);
        }
        for (index, name) in wanted.keep.iter().enumerate() {
            columns.entry(name.clone()).or_default().keep = Some(index);
        }
        Self { columns, keep: wanted.keep.clone() }
    }

    /// Room for rows of this file.
    pub(super) fn room(&self) -> Rows {
        let kept = self.keep.iter().map(|_| Kept::Texts(Texts::of(true))).collect();
        Rows { kept, ..Rows::default() }
    }

    /// Reads the rows of a block.
    pub(super) fn read(&self, schema: &Schema, block: &[u8], rows: &mut Rows) {
        let (mut has_value, mut has_kept) = (vec![false; schema.n_features()], vec![false; self.keep.len()]);
        let mut start = 0;
        while start < block.len() {
            let end = memchr::memchr(b'\n', &block[start..]).map_or(block.len(), |at| start + at);
            let text = block[start..end].trim_ascii();
            let bytes = offset(start)..offset(end - usize::from(block[start..end].ends_with(b"\r")));
            start = end + 1;
            rows.n_lines += 1;
            if text.is_empty() {
                rows.n_blank += 1;
                continue;
            }
            let place = Place { line: rows.n_lines - 1, bytes };
            let first = rows.values.len();
            rows.values.resize(first + schema.n_features(), f64::NAN);
            has_value.fill(false);
            has_kept.fill(false);
            let line = Line {
                json: self,
                schema,
                values: &mut rows.values[first..],
                has_value: &mut has_value,
                kept: &mut rows.kept,
                has_kept: &mut has_kept,
            };
            match line.read(text) {
                Ok(()) => rows.places.push(place),
                Err(reason) => {
                    rows.values.truncate(first);
                    let n_rows = rows.places.len();
                    let kept = rows.kept.iter_mut().filter_map(Kept::texts_mut);
                    kept.for_each(|texts| texts.truncate(n_rows));
                    // Whether its text is an object, to which a member can be added.
                    let is_sound =
                        text.starts_with(b"{") && serde_json::from_slice::<IgnoredAny>(text).is_ok();
                    rows.rejects.push(Reject { place, reason, is_sound });
                }
            }
        }
    }
}

impl Line<'_> {
    fn read(self, text: &[u8]) -> Result<(), String> {
        let text = std::str::from_utf8(text).map_err(|_| "it is no text of UTF-8".to_owned())?;
        let mut json = serde_json::Deserializer::from_str(text);
        let read = json.deserialize_any(self).and_then(|()| json.end());
        // Each line is a text of its own to the parser, so that its "line 1" would mislead.
        read.map_err(|error| match error.to_string().split_once(" at line ") {
            Some((reason, _)) => format!("{reason} (column {})", error.column()),
            None => error.to_string(),
        })
    }

    /// Checks that nothing is missing, and fills in what is kept and not there.
    fn finish<E: serde::de::Error>(self) -> Result<(), E> {
        for (feature, has_value) in self.schema.features().iter().zip(&*self.has_value) {
            if !has_value && needs_value(feature) {
                return Err(E::custom(format!("{} is missing", feature.name())));
            }
        }
        for (kept, has_kept) in self.kept.iter_mut().zip(&*self.has_kept) {
            if let (Some(texts), false) = (kept.texts_mut(), has_kept) {
                texts.push(b"null");
            }
        }
        Ok(())
    }
}

impl<'de> Visitor<'de> for Line<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object, or a list of values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(column) = members.next_key_seed(Key(&self.json.columns))? {
            let Some(Column { feature, keep }) = column else {
                members.next_value::<IgnoredAny>()?;
                continue;
            };
            if let Some(feature) = feature
                && std::mem::replace(&mut self.has_value[feature], true)
            {
                return Err(A::Error::custom(format!(
                    "{} is there twice",
                    self.schema.features()[feature].name()
                )));
            }
            let Some(keep) = keep else {
                let index = feature.expect("a column is a feature or kept");
                self.values[index] = members.next_value_seed(Value(&self.schema.features()[index]))?;
                continue;
            };
            if std::mem::replace(&mut self.has_kept[keep], true) {
                return Err(A::Error::custom(format!("{} is there twice", self.json.keep[keep])));
            }
            let raw: &RawValue = members.next_value()?;
            if let Some(texts) = self.kept[keep].texts_mut() {
                texts.push(raw.get().as_bytes());
            }
            if let Some(index) = feature {
                let mut json = serde_json::Deserializer::from_str(raw.get());
                let value = Value(&self.schema.features()[index]).deserialize(&mut json);
                self.values[index] = value.map_err(A::Error::custom)?;
            }
        }
        self.finish()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let n_features = self.schema.n_features();
        for (index, feature) in self.schema.features().iter().enumerate() {
            let value = list.next_element_seed(Value(feature))?;
            let short = || A::Error::custom(format!("{index} values; expected {n_features}"));
            self.values[index] = value.ok_or_else(short)?;
            self.has_value[index] = true;
        }
        if list.next_element::<IgnoredAny>()?.is_some() {
            return Err(A::Error::custom(format!("more values than {n_features}")));
        }
        self.finish()
    }
}

/// The column that a key names.
struct Key<'k>(&'k HashMap<String, Column>);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = Option<Column>;

    fn deserialize<D: Deserializer<'de>>(self, key: D) -> Result<Self::Value, D::Error> {
        key.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = Option<Column>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.get(name).copied())
    }
}

/// What stands for a value in the row.
struct Value<'f>(&'f Feature);

impl Value<'_> {
    fn encode<E: serde::de::Error>(&self, cell: Cell<'_>) -> Result<f64, E> {
        self.0.encode(cell).map_err(E::custom)
    }
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = f64;

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<f64, D::Error> {
        if matches!(self.0.kind(), ColumnKind::Ignored) {
            return value.deserialize_ignored_any(IgnoredAny).map(|IgnoredAny| f64::NAN);
        }
        value.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a value of {}", self.0.name())
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<f64, E> {
        self.encode(Cell::Number(number))
    }

    #[expect(clippy::cast_precision_loss, reason = "a column of numbers is one of f64")]
    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<f64, E> {
        self.encode(Cell::Number(number as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "a column of numbers is one of f64")]
    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<f64, E> {
        self.encode(Cell::Number(number as f64))
    }

    fn visit_bool<E: serde::de::Error>(self, flag: bool) -> Result<f64, E> {
        self.encode(Cell::Bool(flag))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<f64, E> {
        self.encode(Cell::Text(text))
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<f64, E> {
        if needs_value(self.0) {
            return Err(E::custom(format!("{} is missing", self.0.name())));
        }
        Ok(f64::NAN)
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<f64, A::Error> {
        Err(A::Error::custom(format!("{} is an object", self.0.name())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<f64, A::Error> {
        Err(A::Error::custom(format!("{} is a list", self.0.name())))
    }
}

/// Whether a row without a value of this feature is no row.
fn needs_value(feature: &Feature) -> bool {
    matches!(feature.kind(), ColumnKind::Number) && !feature.accepts_missing()
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).expect("a block is a few mebibytes at the most")
}

#[cfg(test)]
mod tests {
    use super::*;
    use iris_core::Predictor;

    fn read(text: &str) -> Rows {
        let iris = Predictor::iris();
        let wanted = Wanted { keep: vec!["id".to_owned(), "petal_width".to_owned()], by_position: false };
        let json = Json::new(iris.schema(), &wanted);
        let mut rows = json.room();
        json.read(iris.schema(), text.as_bytes(), &mut rows);
        rows
    }

    #[test]
    fn members_are_columns_and_lists_are_in_the_models_order() {
        let mut rows = read(
            "{\"petal_width\":0.2,\"sepal_length\":5.1,\"more\":[{}],\"sepal_width\":3.5,\"petal_length\":1.4,\"id\":\"a\\\"\"}\r\n\
             \n [5, 3e0, true, 0.5] \n",
        );
        assert!(rows.rejects.is_empty(), "{:?}", rows.rejects);
        assert_eq!(rows.values, [5.1, 3.5, 1.4, 0.2, 5.0, 3.0, 1.0, 0.5]);
        let kept: Vec<&[u8]> =
            rows.kept.iter_mut().filter_map(Kept::texts_mut).map(|texts| texts.get(0)).collect();
        assert_eq!(kept, [&b"\"a\\\"\""[..], b"0.2"]);
        assert_eq!((rows.n_lines, rows.n_blank, rows.places[1].line), (3, 1, 2));
    }

    #[test]
    fn a_line_that_is_no_row_says_why() {
        let good = "\"sepal_length\":5.1,\"sepal_width\":3.5,\"petal_length\":1.4";
        for (line, said, is_sound) in [
            ("{".to_owned(), "EOF while parsing", false),
            (format!("{{{good}}}"), "petal_width is missing", true),
            (format!("{{{good},\"petal_width\":null}}"), "petal_width is missing", true),
            (
                format!("{{{good},\"petal_width\":\"wide\"}}"),
                "is the text 'wide', where a number belongs",
                true,
            ),
            (format!("{{{good},\"petal_width\":[1]}}"), "petal_width is a list", true),
            (format!("{{{good},\"petal_width\":1,\"petal_width\":2}}"), "petal_width is there twice", true),
            (format!("{{{good},\"petal_width\":1}}}}"), "trailing characters (column", false),
            (format!("{{{good},\"petal_width\":1e999}}"), "number out of range", true),
            ("[1,2]".to_owned(), "2 values; expected 4", false),
            ("[1,2,3,4,5]".to_owned(), "more values than 4", false),
            ("17".to_owned(), "an object, or a list of values", false),
        ] {
            let rows = read(&line);
            assert_eq!((rows.len(), rows.values.len(), rows.rejects.len()), (0, 0, 1), "{line}");
            let Reject { reason, is_sound: sound, .. } = &rows.rejects[0];
            assert!(
                reason.contains(said) && !reason.contains("line 1") && *sound == is_sound,
                "{line}: {reason}"
            );
        }
    }
}
