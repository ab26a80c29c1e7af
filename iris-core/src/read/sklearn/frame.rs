//! pandas' `Series` and `DataFrame`: numbers by the labels of their rows and columns.
//!
//! What they hold lies in blocks of columns of one type. Releases before 1.3 say
//! where in a manager's state, later ones for frames in what it is made of.

use super::value::Value;
use crate::error::{Error, Result};
use crate::read::pickle::{Budget, Call, Object, ObjectId, Objects};

/// A table of numbers, each column by itself; a `Series` is a single one without a label.
#[derive(Debug)]
pub(super) struct Frame {
    /// The labels of the rows.
    pub(super) index: Vec<Value>,
    /// The labels of the columns; none of a `Series`.
    pub(super) labels: Vec<Value>,
    /// As many numbers as rows for each column, NaN where one is missing.
    pub(super) columns: Vec<Vec<f64>>,
}

/// Where columns and rows lie in a manager.
struct Manager<'t> {
    axes: &'t [ObjectId],
    blocks: Vec<Block>,
}

struct Block {
    values: ObjectId,
    /// Which columns it holds.
    places: ObjectId,
}

impl Frame {
    /// The frame or the series that an object is.
    pub(super) fn of(objects: &Objects<'_>, id: ObjectId, budget: &mut Budget) -> Result<Self> {
        let not_read = || {
            Error::unsupported(format!(
                "{} stands where a Series or a DataFrame of numbers would",
                objects.describe(id)
            ))
        };
        let class = match objects.get(id) {
            Object::Call(call) => objects.global(call.callable).map(|(module, name)| (call, module, name)),
            _ => None,
        };
        let (call, is_series) = match class {
            Some((call, module, "Series")) if module.starts_with("pandas") => (call, true),
            Some((call, module, "DataFrame")) if module.starts_with("pandas") => (call, false),
            _ => return Err(not_read()),
        };
        let state = call.state.ok_or_else(not_read)?;
        let manager = ["_mgr", "_data"].into_iter().find_map(|name| attribute(objects, state, name));
        let manager = manager.and_then(|manager| Manager::of(objects, manager)).ok_or_else(not_read)?;
        match *manager.axes {
            [index] if is_series => Self::series(objects, index, &manager.blocks, budget),
            [labels, index] if !is_series => Self::table(objects, labels, index, &manager.blocks, budget),
            _ => Err(not_read()),
        }
    }

    fn series(objects: &Objects<'_>, index: ObjectId, blocks: &[Block], budget: &mut Budget) -> Result<Self> {
        let index = labels(objects, index, budget)?;
        let [block] = blocks else { return Err(wrong("a Series of several blocks")) };
        let values = numbers(objects, block.values, budget)?;
        if values.len() != index.len() {
            return Err(wrong("a Series of another length than its index"));
        }
        Ok(Self { index, labels: Vec::new(), columns: vec![values] })
    }

    fn table(
        objects: &Objects<'_>,
        columns: ObjectId,
        index: ObjectId,
        blocks: &[Block],
        budget: &mut Budget,
    ) -> Result<Self> {
        let (labels, index) = (labels(objects, columns, budget)?, labels(objects, index, budget)?);
        budget.spend(labels.len() * 3)?;
        let mut columns = vec![None; labels.len()];
        for block in blocks {
            let values = numbers(objects, block.values, budget)?;
            let places = places(objects, block.places, budget)?;
            if places.len().checked_mul(index.len()) != Some(values.len()) {
                return Err(wrong("a block of another length than its columns"));
            }
            for (at, place) in places.into_iter().enumerate() {
                let column =
                    columns.get_mut(place).ok_or_else(|| wrong("a block of columns beyond the last"))?;
                *column = Some(values[at * index.len()..][..index.len()].to_vec());
            }
        }
        let columns: Option<Vec<Vec<f64>>> = columns.into_iter().collect();
        let columns = columns.ok_or_else(|| wrong("a column that no block holds"))?;
        Ok(Self { index, labels, columns })
    }
}

impl<'t> Manager<'t> {
    fn of(objects: &'t Objects<'_>, id: ObjectId) -> Option<Self> {
        let Object::Call(call) = objects.get(id) else { return None };
        let (module, class) = objects.global(call.callable)?;
        if !module.starts_with("pandas") || !class.ends_with("BlockManager") {
            return None;
        }
        if let Some(state) = call.state {
            // The number is that of the release since which it is written.
            let known = attribute(objects, *objects.items(state)?.last()?, "0.14.1")?;
            let axes = objects.items(attribute(objects, known, "axes")?)?;
            let blocks = objects.items(attribute(objects, known, "blocks")?)?.iter().map(|block| {
                let values = attribute(objects, *block, "values")?;
                Some(Block { values, places: attribute(objects, *block, "mgr_locs")? })
            });
            return Some(Self { axes, blocks: blocks.collect::<Option<_>>()? });
        }
        let [blocks, axes, ..] = objects.items(call.args)? else { return None };
        let blocks = objects.items(*blocks)?.iter().map(|block| {
            let [values, places, ..] = objects.items(called(objects, *block, "_unpickle_block")?.args)?
            else {
                return None;
            };
            Some(Block { values: *values, places: *places })
        });
        Some(Self { axes: objects.items(*axes)?, blocks: blocks.collect::<Option<_>>()? })
    }
}

/// The labels that an index holds.
fn labels(objects: &Objects<'_>, id: ObjectId, budget: &mut Budget) -> Result<Vec<Value>> {
    if let Object::Array(array) = objects.get(id) {
        return Value::of_array(array, objects, budget).map_err(|error| error.within("an index of pandas'"));
    }
    let range = called(objects, id, "_new_Index").and_then(|call| match objects.items(call.args)? {
        [_, attributes] => {
            let number = |name: &str| match objects.get(attribute(objects, *attributes, name)?) {
                Object::Int(number) => Some(*number),
                _ => None,
            };
            Some((number("start")?, number("stop")?, number("step")?))
        }
        _ => None,
    });
    let Some((start, stop, step)) = range.filter(|(.., step)| *step > 0) else {
        return Err(Error::unsupported(format!(
            "an index that is {} is not read; such of texts and numbers are",
            objects.describe(id)
        )));
    };
    let length = stop.saturating_sub(start).max(0).unsigned_abs().div_ceil(step.unsigned_abs());
    budget.spend(usize::try_from(length).unwrap_or(usize::MAX).saturating_mul(4))?;
    #[expect(clippy::cast_precision_loss, reason = "a budget has fewer than 2^53 numbers")]
    let value = |at: u64| Value::Number(start as f64 + at as f64 * step as f64);
    Ok((0..length).map(value).collect())
}

/// The columns that a block holds.
fn places(objects: &Objects<'_>, id: ObjectId, budget: &mut Budget) -> Result<Vec<usize>> {
    if let Object::Array(array) = objects.get(id) {
        budget.spend(array.len())?;
        let places: Option<Vec<usize>> =
            array.integers(objects)?.into_iter().map(|place| usize::try_from(place).ok()).collect();
        return places.ok_or_else(|| wrong("a block of columns before the first"));
    }
    let slice = called(objects, id, "slice").and_then(|call| match objects.items(call.args)? {
        [start, stop, step] => {
            // Where all columns are meant, Python leaves out what it would start with.
            let or = |id: ObjectId, default: usize| match objects.get(id) {
                Object::None => Some(default),
                _ => objects.size(id),
            };
            Some((or(*start, 0)?, objects.size(*stop)?, or(*step, 1)?))
        }
        _ => None,
    });
    match slice {
        Some((start, stop, step)) if step > 0 => {
            budget.spend(stop.saturating_sub(start) / step)?;
            Ok((start..stop).step_by(step).collect())
        }
        _ => Err(wrong("a block that does not say which columns it holds")),
    }
}

/// The numbers of a block, row by row of it.
fn numbers(objects: &Objects<'_>, id: ObjectId, budget: &mut Budget) -> Result<Vec<f64>> {
    let Object::Array(array) = objects.get(id) else {
        return Err(Error::unsupported(format!("a block that is {} is not read", objects.describe(id))));
    };
    if array.objects().is_none() {
        budget.spend(array.len())?;
        return array.floats(objects).map_err(|error| error.within("a block of pandas'"));
    }
    let number = |value| match value {
        Value::Number(number) => Ok(number),
        Value::Missing | Value::None => Ok(f64::NAN),
        Value::Text(_) => {
            Err(Error::unsupported("a block of pandas' holds texts where numbers are asked for"))
        }
    };
    Value::of_array(array, objects, budget)?.into_iter().map(number).collect()
}

/// The call that an object is, if what is called has this name.
fn called<'t>(objects: &'t Objects<'_>, id: ObjectId, name: &str) -> Option<&'t Call> {
    match objects.get(id) {
        Object::Call(call) if objects.global(call.callable)?.1 == name => Some(call),
        _ => None,
    }
}

/// An entry of a dict.
pub(super) fn attribute(objects: &Objects<'_>, dict: ObjectId, name: &str) -> Option<ObjectId> {
    let Object::Dict(entries) = objects.get(dict) else { return None };
    let found = entries.iter().rev().find(|(key, _)| objects.text(*key) == Some(name));
    found.map(|(_, value)| *value)
}

#[cold]
fn wrong(what: &str) -> Error {
    Error::malformed(format!("{what}, which pandas does not write"))
}
