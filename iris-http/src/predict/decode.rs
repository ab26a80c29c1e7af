//! From JSON straight to numbers.
//!
//! One pass over the bytes, without a tree in between: a known key's value is
//! parsed into its place in the row, any other value is skipped. A value of the
//! wrong kind is noted and the pass goes on, so that all mistakes are reported
//! at once; only a syntax error ends it.

mod decimal;
pub(crate) mod mlflow;
mod number;
mod row;
mod text;

use std::borrow::Cow;
use std::fmt;

use iris_core::Schema;
use iris_serving::breathe;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::{Detail, Failure, Location, lenient};
use row::{Key, KeySeed, Row};

/// The rows of a body.
#[derive(Debug)]
pub(crate) struct Decoded {
    /// Row-major, `n_features` numbers a row.
    pub(crate) values: Vec<f64>,
    pub(crate) form: Form,
}

/// How the body wrote them, and so how it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// One object.
    Single,
    /// A list.
    Array,
    /// A list under `instances`.
    Instances,
    /// One of `MLflow`'s forms, under its key.
    Frame(&'static str),
}

impl Form {
    /// Where the rows are.
    pub(crate) fn location(self) -> Vec<Location> {
        let mut location = vec![Location::Name("body".into())];
        match self {
            Self::Single | Self::Array => {}
            Self::Instances => location.push(Location::Name(INSTANCES.into())),
            Self::Frame(key) => location.push(Location::Name(key.into())),
        }
        location
    }
}

const INSTANCES: &str = "instances";

/// Mistakes listed; what comes after them is not looked at.
const MAX_DETAILS: usize = 100;

pub(crate) fn decode(schema: &Schema, max_rows: usize, body: &[u8]) -> Result<Decoded, Failure> {
    if body.trim_ascii().is_empty() {
        return Err(empty(schema));
    }
    let mut sink = Sink::new(schema, max_rows);
    match parse(&mut sink, body) {
        Ok(form) => sink.finish(form),
        Err(error) => decode_tokens(schema, max_rows, body, &error),
    }
}

#[inline]
fn parse(sink: &mut Sink<'_>, body: &[u8]) -> serde_json::Result<Form> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let form = Body(sink).deserialize(&mut json)?;
    json.end()?;
    Ok(form)
}

/// Another look at a body that is no JSON, unless that is only for its tokens.
#[cold]
fn decode_tokens(
    schema: &Schema,
    max_rows: usize,
    body: &[u8],
    error: &serde_json::Error,
) -> Result<Decoded, Failure> {
    let Some(quoted) = lenient::quoted(body, error) else { return Err(not_json(body, error)) };
    let mut sink = Sink { has_tokens: true, ..Sink::new(schema, max_rows) };
    match parse(&mut sink, &quoted) {
        Ok(form) => sink.finish(form),
        // A token where no number belongs: as the parser of JSON says it.
        Err(other) if other.is_data() => Err(not_json(body, error)),
        Err(other) => Err(not_json(&quoted, &other)),
    }
}

/// Where values and mistakes go.
struct Sink<'a> {
    schema: &'a Schema,
    max_rows: usize,
    values: Vec<f64>,
    details: Vec<Detail>,
    /// Whether the body had `NaN` and infinities in it, which are strings now.
    has_tokens: bool,
}

impl<'a> Sink<'a> {
    fn new(schema: &'a Schema, max_rows: usize) -> Self {
        let values = Vec::with_capacity(schema.n_features());
        Self { schema, max_rows, values, details: Vec::new(), has_tokens: false }
    }

    /// Whether so much is wrong that the rest is only skipped.
    fn is_full(&self) -> bool {
        self.details.len() > MAX_DETAILS
    }

    #[cold]
    fn mistake(&mut self, loc: Vec<Location>, r#type: &'static str, msg: impl Into<Cow<'static, str>>) {
        match self.details.len() {
            0..MAX_DETAILS => self.details.push(Detail { loc, msg: msg.into(), r#type }),
            MAX_DETAILS => self.details.push(Detail {
                loc: loc.into_iter().take(1).collect(),
                msg: "The rest of the body was not checked".into(),
                r#type: "too_many_errors",
            }),
            _ => {}
        }
    }

    fn finish(mut self, form: Form) -> Result<Decoded, Failure> {
        if self.values.is_empty() && self.details.is_empty() {
            self.mistake(form.location(), "too_short", "List should have at least 1 item, not 0");
        }
        if self.details.is_empty() {
            Ok(Decoded { values: self.values, form })
        } else {
            Err(Failure::invalid(self.details))
        }
    }
}

/// The whole body: an object, or a list of rows.
struct Body<'s, 'a>(&'s mut Sink<'a>);

impl<'de> DeserializeSeed<'de> for Body<'_, '_> {
    type Value = Form;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Form, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Body<'_, '_> {
    type Value = Form;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with the features, or a list of such")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Form, M::Error> {
        let Self(sink) = self;
        let mut row = Row::start(sink, Form::Single, None);
        while let Some(key) = map.next_key_seed(KeySeed::new(&row))? {
            match key {
                Key::Feature(feature) => row.value(feature, map.next_value()?),
                Key::Instances => {
                    row.discard();
                    map.next_value_seed(List(sink, Form::Instances))?;
                    while let Some((key, _)) = map.next_entry::<Cow<str>, IgnoredAny>()? {
                        if key == INSTANCES {
                            sink.mistake(Form::Instances.location(), "duplicate", "Field given twice");
                        }
                    }
                    return Ok(Form::Instances);
                }
                Key::Unknown => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        row.finish();
        Ok(Form::Single)
    }

    fn visit_seq<S: SeqAccess<'de>>(self, seq: S) -> Result<Form, S::Error> {
        List(self.0, Form::Array).visit_seq(seq)
    }
}

/// A list of rows.
struct List<'s, 'a>(&'s mut Sink<'a>, Form);

impl<'de> DeserializeSeed<'de> for List<'_, '_> {
    type Value = Form;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Form, D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for List<'_, '_> {
    type Value = Form;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of objects or of lists of numbers")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<Form, S::Error> {
        let Self(sink, form) = self;
        for index in 0..sink.max_rows {
            if sink.is_full() {
                break;
            }
            if index % 64 == 63 {
                breathe();
            }
            if seq.next_element_seed(row::RowSeed { sink, form, index })?.is_none() {
                return Ok(form);
            }
        }
        // The rest must still be JSON.
        if seq.next_element::<IgnoredAny>()?.is_some() {
            if !sink.is_full() {
                let msg = format!("List should have at most {} items", sink.max_rows);
                sink.mistake(form.location(), "too_long", msg);
            }
            while seq.next_element::<IgnoredAny>()?.is_some() {}
        }
        Ok(form)
    }
}

#[cold]
fn empty(schema: &Schema) -> Failure {
    let msg = format!("Field required: a JSON object with {}", schema.feature_list()).into();
    Failure::invalid(vec![Detail { loc: Form::Single.location(), msg, r#type: "missing" }])
}

/// A syntax error, or a body that is neither object nor list.
#[cold]
fn not_json(body: &[u8], error: &serde_json::Error) -> Failure {
    let mut loc = Form::Single.location();
    let (r#type, msg) = if error.is_data() {
        ("model_attributes_type", format!("Input should be an object or a list: {error}"))
    } else {
        loc.push(Location::Index(lenient::offset(body, error)));
        ("json_invalid", format!("JSON decode error: {error}"))
    };
    Failure::invalid(vec![Detail { loc, msg: msg.into(), r#type }])
}
