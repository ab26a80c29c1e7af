//! Values by which something is looked up, as pandas looks them up in an index.

use std::collections::HashMap;

use super::super::flow::Flow;
use super::super::value::Value;
use crate::error::Result;

/// A code that no index has.
pub(super) const NOT_THERE: f64 = f64::INFINITY;

/// The place of each value; the first where one stands twice.
pub(super) struct Keys<'v>(HashMap<Key<'v>, usize>);

#[derive(PartialEq, Eq, Hash)]
enum Key<'v> {
    Text(&'v str),
    /// In its bits, with one zero.
    Number(u64),
    Missing,
}

/// Numbers that a key takes.
const KEY: usize = 6;

impl<'v> Keys<'v> {
    pub(super) fn of(values: &'v [Value], flow: &mut Flow<'_, '_>) -> Result<Self> {
        flow.spend(values.len().saturating_mul(KEY))?;
        let mut places = HashMap::with_capacity(values.len());
        for (place, value) in values.iter().enumerate() {
            places.entry(Key::of(value)).or_insert(place);
        }
        Ok(Self(places))
    }

    pub(super) fn place(&self, value: &Value) -> Option<usize> {
        self.0.get(&Key::of(value)).copied()
    }
}

impl<'v> Key<'v> {
    fn of(value: &'v Value) -> Self {
        match value {
            Value::Text(text) => Self::Text(text),
            Value::Number(number) => Self::Number((number + 0.0).to_bits()),
            Value::Missing | Value::None => Self::Missing,
        }
    }
}
