//! The forms of `MLflow`'s scoring server: frames split into columns and data,
//! frames as records, and tensors, as rows or as columns by name.
//!
//! Each cell goes the way that a cell of a row does, whoever wrote it.

use std::borrow::Cow;
use std::fmt;

use iris_core::Schema;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::row::Row;
use super::{Decoded, Form, List, Sink};
use crate::{Detail, Failure, Location, lenient};

const SPLIT: &str = "dataframe_split";
const RECORDS: &str = "dataframe_records";
const INPUTS: &str = "inputs";

/// The rows of a body in one of these forms; `None` if it is in none of them.
pub(crate) fn decode(schema: &Schema, max_rows: usize, body: &[u8]) -> Option<Result<Decoded, Failure>> {
    // A struct would be read from a list as well.
    if !body.trim_ascii_start().starts_with(b"{") {
        return None;
    }
    let (quoted, has_tokens) = match serde_json::from_slice::<Body<'_>>(body) {
        Ok(_) => (Cow::Borrowed(body), false),
        Err(error) => (Cow::Owned(lenient::quoted(body, &error)?), true),
    };
    let Body { dataframe_split, dataframe_records, inputs } = serde_json::from_slice(&quoted).ok()?;
    let given = [(SPLIT, dataframe_split), (RECORDS, dataframe_records), (INPUTS, inputs)];
    let mut given = given.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let (name, value) = given.next()?;
    if schema.feature_index(name).is_some() {
        return None;
    }
    let form = Form::Frame(name);
    if let Some((other, _)) = given.next() {
        return Some(Err(wrong(form, format!("Both {name} and {other} are given; expected one of them"))));
    }
    let mut sink = Sink { has_tokens, ..Sink::new(schema, max_rows) };
    let read = match (name, value.get().as_bytes().first()) {
        (SPLIT, _) => split(&mut sink, form, value),
        (INPUTS, Some(b'{')) => columns(&mut sink, form, value),
        _ => {
            List(&mut sink, form).deserialize(&mut serde_json::Deserializer::from_str(value.get())).map(drop)
        }
    };
    Some(match read {
        Ok(()) => sink.finish(form),
        Err(error) => Err(wrong(form, format!("Input should be {}: {error}", expected(name)))),
    })
}

/// The parts of a body that are looked at; others, such as `params`, are skipped.
#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    dataframe_split: Option<&'a RawValue>,
    #[serde(borrow)]
    dataframe_records: Option<&'a RawValue>,
    #[serde(borrow)]
    inputs: Option<&'a RawValue>,
}

/// A frame as pandas splits it; its index is skipped.
#[derive(Deserialize)]
struct Split<'a> {
    #[serde(borrow)]
    columns: Option<Vec<Cow<'a, str>>>,
    #[serde(borrow)]
    data: Vec<Vec<&'a RawValue>>,
}

fn split(sink: &mut Sink<'_>, form: Form, value: &RawValue) -> serde_json::Result<()> {
    let Split { columns, data } = serde_json::from_str(value.get())?;
    let schema = sink.schema;
    let places: Vec<Option<usize>> = match &columns {
        Some(names) => names.iter().map(|name| schema.feature_index(name)).collect(),
        None => (0..schema.n_features()).map(Some).collect(),
    };
    rows(sink, form, data.len(), |sink, index| {
        let cells = &data[index];
        if cells.len() != places.len() {
            let msg = format!("List should have {} items, one a column, not {}", places.len(), cells.len());
            let mut loc = form.location();
            loc.push(Location::Index(index));
            sink.mistake(loc, "wrong_length", msg);
            return;
        }
        let mut row = Row::start(sink, form, Some(index));
        for (cell, place) in cells.iter().zip(&places) {
            if let Some(feature) = place {
                row.value(*feature, cell);
            }
        }
        row.finish();
    });
    Ok(())
}

/// Columns by their names, each a list with a cell a row, or a single cell.
fn columns(sink: &mut Sink<'_>, form: Form, value: &RawValue) -> serde_json::Result<()> {
    let schema = sink.schema;
    let named = Columns.deserialize(&mut serde_json::Deserializer::from_str(value.get()))?;
    let mut known = Vec::new();
    for (name, cells) in named {
        let Some(feature) = schema.feature_index(&name) else { continue };
        let is_list = cells.get().starts_with('[');
        let cells: Vec<&RawValue> = if is_list { serde_json::from_str(cells.get())? } else { vec![cells] };
        known.push((feature, cells));
    }
    let n_rows = known.first().map_or(1, |(_, cells)| cells.len());
    if let Some((feature, cells)) = known.iter().find(|(_, cells)| cells.len() != n_rows) {
        let (name, n_cells) = (schema.features()[*feature].name(), cells.len());
        let msg = format!("Column {name} has {n_cells} values where others have {n_rows}");
        sink.mistake(form.location(), "wrong_length", msg);
        return Ok(());
    }
    rows(sink, form, n_rows, |sink, index| {
        let mut row = Row::start(sink, form, Some(index));
        for (feature, cells) in &known {
            row.value(*feature, inner(cells[index]));
        }
        row.finish();
    });
    Ok(())
}

/// Does `work` for each row, as many as are answered.
fn rows<'a>(sink: &mut Sink<'a>, form: Form, n_rows: usize, work: impl Fn(&mut Sink<'a>, usize)) {
    if n_rows > sink.max_rows {
        let msg = format!("List should have at most {} items", sink.max_rows);
        sink.mistake(form.location(), "too_long", msg);
        return;
    }
    for index in 0..n_rows {
        if sink.is_full() {
            break;
        }
        work(sink, index);
    }
}

/// The value in a list of one, as tensors of one column have it.
fn inner(cell: &RawValue) -> &RawValue {
    match serde_json::from_str::<[&RawValue; 1]>(cell.get()) {
        Ok([inner]) => inner,
        Err(_) => cell,
    }
}

/// The columns in the order of the body, a name that comes again included.
struct Columns;

impl<'de> DeserializeSeed<'de> for Columns {
    type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Columns {
    type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of columns")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut columns = Vec::new();
        while let Some(column) = map.next_entry()? {
            columns.push(column);
        }
        Ok(columns)
    }
}

fn expected(form: &str) -> &'static str {
    match form {
        SPLIT => "an object with columns and data",
        RECORDS => "a list of objects",
        _ => "a list of rows, or an object of columns",
    }
}

#[cold]
fn wrong(form: Form, msg: String) -> Failure {
    Failure::invalid(vec![Detail { loc: form.location(), msg: msg.into(), r#type: "model_attributes_type" }])
}
