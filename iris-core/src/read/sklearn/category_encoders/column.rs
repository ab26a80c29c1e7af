//! What stands for the values of one column, as a table and the places in it.

use super::super::estimator::Estimator;
use super::super::flow::Flow;
use super::super::frame::attribute;
use super::super::value::Value;
use super::keys::Keys;
use crate::error::Result;
use crate::read::pickle::{Object, ObjectId, Objects};

/// The value that something stands for.
#[derive(Clone, Copy)]
pub(super) enum Asked<'v> {
    Value(&'v Value),
    Missing,
    /// One that nobody has met.
    Unknown,
}

/// What stands for a column's values: places in a table.
pub(super) struct Column {
    /// The names of the columns that become of it.
    pub(super) labels: Vec<Value>,
    /// A number for each place, for each of these.
    pub(super) table: Vec<Vec<f64>>,
    /// The place for each value that is known; `None` where it is refused.
    pub(super) keys: Vec<(Value, Option<usize>)>,
    pub(super) missing: Option<usize>,
    pub(super) unknown: Option<usize>,
}

/// Categories that were taken together, by columns.
pub(super) struct AllLumped<'t, 'a> {
    objects: &'t Objects<'a>,
    columns: Option<ObjectId>,
}

/// Those of a column: each with the name of its group.
pub(super) struct Lumped(Vec<(Value, Value)>);

impl<'v> Asked<'v> {
    pub(super) fn is_missing(self) -> bool {
        matches!(self, Self::Missing)
    }

    pub(super) fn value(self) -> Option<&'v Value> {
        match self {
            Self::Value(value) => Some(value),
            Self::Missing => Some(&Value::Missing),
            Self::Unknown => None,
        }
    }

    pub(super) fn of(value: &'v Value) -> Self {
        if value.is_missing() { Self::Missing } else { Self::Value(value) }
    }
}

impl Column {
    /// A column of these keys and of those that were taken together, each at its place.
    pub(super) fn of(
        labels: Vec<Value>,
        table: Vec<Vec<f64>>,
        keys: &[Value],
        lumped: &Lumped,
        flow: &mut Flow<'_, '_>,
        place: impl Fn(Asked<'_>) -> Option<usize>,
    ) -> Result<Self> {
        let texts = keys.iter().chain(lumped.0.iter().map(|(key, _)| key)).map(|key| match key {
            Value::Text(text) => text.len() / 8,
            _ => 0,
        });
        flow.spend(texts.sum::<usize>() + 6 * (keys.len() + lumped.0.len()))?;
        let groups: Vec<Value> = lumped.0.iter().map(|(key, _)| key.clone()).collect();
        let in_groups = Keys::of(&groups, flow)?;
        let group = |value: &Value| in_groups.place(value).map(|at| &lumped.0[at].1);
        let placed = |value: &Value| place(Asked::of(group(value).unwrap_or(value)));
        let all = groups.iter().chain(keys.iter().filter(|key| in_groups.place(key).is_none()));
        let all: Vec<(Value, Option<usize>)> =
            all.filter(|key| !key.is_missing()).map(|key| (key.clone(), placed(key))).collect();
        let (missing, unknown) = (placed(&Value::Missing), place(Asked::Unknown));
        Ok(Self { labels, table, keys: all, missing, unknown })
    }
}

impl<'t, 'a> AllLumped<'t, 'a> {
    /// An attribute that has a dict of such for each column, where there are any.
    pub(super) fn of(estimator: &Estimator<'t, 'a>, name: &str) -> Self {
        Self { objects: estimator.objects, columns: estimator.get(name) }
    }

    /// Those of a column.
    pub(super) fn column(&self, name: &Value, flow: &mut Flow<'_, '_>) -> Result<Lumped> {
        let objects = self.objects;
        let of_column = self.columns.and_then(|columns| match (name, objects.get(columns)) {
            (Value::Text(name), _) => attribute(objects, columns, name),
            (_, Object::Dict(entries)) => {
                let found = entries.iter().find(|(key, _)| Value::of(objects, *key).as_ref() == Some(name));
                found.map(|(_, groups)| *groups)
            }
            _ => None,
        });
        let Some(Object::Dict(entries)) = of_column.map(|groups| objects.get(groups)) else {
            return Ok(Lumped(Vec::new()));
        };
        let texts = entries.iter().flat_map(|(key, group)| [*key, *group]).filter_map(|id| objects.text(id));
        flow.spend(texts.map(str::len).sum::<usize>() / 8 + 8 * entries.len())?;
        let pairs = entries
            .iter()
            .filter_map(|(key, group)| Some((Value::of(objects, *key)?, Value::of(objects, *group)?)));
        Ok(Lumped(pairs.collect()))
    }
}
