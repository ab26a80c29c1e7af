//! The codes that an encoder gives categories first, or last.

use super::super::estimator::Estimator;
use super::super::flow::Flow;
use super::super::frame::{Frame, attribute};
use super::super::value::Value;
use super::column::Asked;
use super::keys::Keys;
use crate::error::{Error, Result};
use crate::read::pickle::{Object, ObjectId};

/// The code of what is unknown.
pub(super) const UNKNOWN: f64 = -1.0;

/// The code of what is missing, where nothing was missing while fitting.
pub(super) const MISSING: f64 = -2.0;

/// What stands for a value that has no code of its own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Fill {
    /// 'value'
    Value,
    /// 'return_nan'
    Nan,
    /// 'error'
    Refused,
    Number(f64),
}

/// The codes of all columns.
pub(super) struct Codes {
    unknown: Fill,
    missing: Fill,
    columns: Vec<Known>,
}

struct Known {
    name: Value,
    keys: Vec<Value>,
    codes: Vec<f64>,
}

/// The codes of one column.
pub(super) struct OfColumn<'c> {
    all: &'c Codes,
    known: &'c Known,
    places: Keys<'c>,
}

impl Codes {
    /// What an `OrdinalEncoder` of category_encoders' has in its 'mapping'.
    pub(super) fn of(encoder: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>) -> Result<Self> {
        if !encoder.is_of("category_encoders") || encoder.class() != "OrdinalEncoder" {
            return Err(Error::unsupported("'ordinal_encoder' is another class than it would be"));
        }
        let objects = encoder.objects;
        let id = encoder.required("mapping")?;
        let items = objects.items(id).ok_or_else(|| encoder.unexpected("mapping", id))?;
        let mut columns = Vec::new();
        for item in items {
            let name = attribute(objects, *item, "col").and_then(|name| Value::of(objects, name));
            let mapping = attribute(objects, *item, "mapping");
            let (Some(name), Some(mapping)) = (name, mapping) else {
                return Err(encoder.unexpected("mapping", *item));
            };
            let (keys, codes) = series(encoder, mapping, flow)?;
            columns.push(Known { name, keys, codes });
        }
        Ok(Self {
            unknown: fill(encoder, "handle_unknown")?,
            missing: fill(encoder, "handle_missing")?,
            columns,
        })
    }

    pub(super) fn column(&self, name: &Value, flow: &mut Flow<'_, '_>) -> Result<OfColumn<'_>> {
        flow.spend(self.columns.len())?;
        let known = self.columns.iter().find(|known| known.name == *name);
        let known = known.ok_or_else(|| Error::malformed(format!("it has no codes for {}", name.shown())))?;
        Ok(OfColumn { all: self, known, places: Keys::of(&known.keys, flow)? })
    }
}

impl<'c> OfColumn<'c> {
    pub(super) fn keys(&self) -> &'c [Value] {
        &self.known.keys
    }

    pub(super) fn len(&self) -> usize {
        self.known.keys.len()
    }

    /// Where a value stands among the keys.
    pub(super) fn place(&self, asked: Asked<'_>) -> Option<usize> {
        asked.value().and_then(|value| self.places.place(value))
    }

    /// The code of a value; `None` if it is refused.
    pub(super) fn code_of(&self, asked: Asked<'_>) -> Option<f64> {
        if asked.is_missing() && self.all.missing == Fill::Refused {
            return None;
        }
        let found = self.place(asked).map(|place| self.known.codes[place]).filter(|code| !code.is_nan());
        let code = match (found, self.all.unknown) {
            (Some(code), _) => code,
            (None, Fill::Value) => UNKNOWN,
            (None, Fill::Nan) => f64::NAN,
            (None, Fill::Number(number)) => number,
            (None, Fill::Refused) => return None,
        };
        Some(match self.all.missing {
            Fill::Nan if code == MISSING => f64::NAN,
            Fill::Number(number) if code == MISSING => number,
            _ => code,
        })
    }
}

/// Keys with their codes: a `Series`, or a dict as somebody gave it.
fn series(
    encoder: &Estimator<'_, '_>,
    id: ObjectId,
    flow: &mut Flow<'_, '_>,
) -> Result<(Vec<Value>, Vec<f64>)> {
    let objects = encoder.objects;
    if let Object::Dict(entries) = objects.get(id) {
        let texts: usize = entries.iter().filter_map(|(key, _)| objects.text(*key)).map(str::len).sum();
        flow.spend(texts / 8 + 5 * entries.len())?;
        let pairs =
            entries.iter().map(|(key, code)| Some((Value::of(objects, *key)?, objects.float(*code)?)));
        let pairs: Option<Vec<(Value, f64)>> = pairs.collect();
        return Ok(pairs.ok_or_else(|| encoder.unexpected("mapping", id))?.into_iter().unzip());
    }
    let Frame { index, mut columns, .. } = Frame::of(objects, id, flow.budget())?;
    match columns.pop() {
        Some(codes) if columns.is_empty() => Ok((index, codes)),
        _ => Err(encoder.unexpected("mapping", id)),
    }
}

fn fill(encoder: &Estimator<'_, '_>, name: &str) -> Result<Fill> {
    let id = encoder.required(name)?;
    match encoder.objects.text(id) {
        Some("value") => Ok(Fill::Value),
        Some("return_nan") => Ok(Fill::Nan),
        Some("error") => Ok(Fill::Refused),
        _ => encoder.objects.float(id).map(Fill::Number).ok_or_else(|| encoder.unexpected(name, id)),
    }
}
