//! The transformers of `category_encoders`: what stands for each category of a column, in pandas' objects.
//!
//! All of them give a category a code first, or look it up directly, in a `Series`
//! or a `DataFrame` that fitting made. What stands for a value depends on it alone,
//! so that all of it becomes a table when a file is read.

mod codes;
mod column;
mod hashing;
mod keys;
mod names;
mod together;

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use super::frame::{Frame, attribute};
use super::value::Value;
use crate::error::{Error, Result};
use crate::read::pickle::{Object, ObjectId};
use codes::{Codes, Fill};
use column::{AllLumped, Asked, Column, Lumped};
pub(super) use hashing::build as hashing;
use keys::{Keys, NOT_THERE};
pub(super) use names::of as names;
use together::encode;

/// `OrdinalEncoder`: the code itself.
pub(super) fn ordinal(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let codes = Codes::of(estimator, flow)?;
    let lumped = AllLumped::of(estimator, "min_group_lumping_");
    encode(estimator, flow, rows, |flow, name| {
        let codes = codes.column(name, flow)?;
        let lumped = lumped.column(name, flow)?;
        flow.spend(codes.len() + 2)?;
        // A place for each key, then one for what is unknown and one for what is missing.
        let n = codes.len();
        let asked = codes.keys().iter().map(Asked::of).chain([Asked::Unknown, Asked::Missing]);
        let table: Vec<f64> = asked.map(|asked| codes.code_of(asked).unwrap_or(f64::NAN)).collect();
        let place = |asked: Asked<'_>| {
            codes.code_of(asked)?;
            Some(if asked.is_missing() { n + 1 } else { codes.place(asked).unwrap_or(n) })
        };
        Column::of(vec![name.clone()], vec![table], codes.keys(), &lumped, flow, place)
    })
}

/// `TargetEncoder` and all that look up a code in a `Series`.
pub(super) fn by_code(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let encoder = flow.part_of(estimator, estimator.required("ordinal_encoder")?)?;
    let (codes, fills) = (Codes::of(&encoder, flow)?, Fills::of(estimator));
    let lumped = AllLumped::of(estimator, "min_group_lumping_");
    encode(estimator, flow, rows, |flow, name| {
        let series = mapped(estimator, flow, name)?;
        let (codes, lumped) = (codes.column(name, flow)?, lumped.column(name, flow)?);
        of_codes(vec![name.clone()], series, &codes, fills, &lumped, flow, NOT_THERE)
    })
}

/// `OneHotEncoder` and all that look up a code in a `DataFrame`, for several columns.
pub(super) fn several(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let encoder = flow.part_of(estimator, estimator.required("ordinal_encoder")?)?;
    let (codes, fills) = (Codes::of(&encoder, flow)?, Fills::of(estimator));
    let lumped = AllLumped::of(estimator, "min_group_lumping_");
    // It fills in what has no code.
    let without_code = if estimator.class() == "OneHotEncoder" { codes::MISSING } else { NOT_THERE };
    encode(estimator, flow, rows, |flow, name| {
        let mut frame = mapped(estimator, flow, name)?;
        let labels = std::mem::take(&mut frame.labels);
        let (codes, lumped) = (codes.column(name, flow)?, lumped.column(name, flow)?);
        of_codes(labels, frame, &codes, fills, &lumped, flow, without_code)
    })
}

/// `RankHotEncoder`: 1 in the column of a category and of all below it.
pub(super) fn rank_hot(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let encoder = flow.part_of(estimator, estimator.required("ordinal_encoder")?)?;
    let (codes, fills) = (Codes::of(&encoder, flow)?, Fills::of(estimator));
    let lumped = AllLumped::of(estimator, "min_group_lumping_");
    encode(estimator, flow, rows, |flow, name| {
        let Frame { index, mut columns, labels } = mapped(estimator, flow, name)?;
        let (codes, lumped) = (codes.column(name, flow)?, lumped.column(name, flow)?);
        let places = Keys::of(&index, flow)?;
        flow.spend(2 * columns.len())?;
        let (of_zero, of_nan) = (index.len(), index.len() + 1);
        for column in &mut columns {
            column.extend([0.0, f64::NAN]);
        }
        let place = |asked: Asked<'_>| {
            let code = codes.code_of(asked)?;
            if code == codes::UNKNOWN && fills.unknown == Fill::Refused {
                return None;
            }
            if !code.is_nan()
                && let Some(place) = places.place(&Value::Number(code))
            {
                return Some(place);
            }
            match if code.is_nan() { fills.missing } else { fills.unknown } {
                // Where only what is unknown would be refused, nothing else is.
                Fill::Value | Fill::Refused => Some(of_zero),
                Fill::Nan => Some(of_nan),
                Fill::Number(_) => None,
            }
        };
        Column::of(labels, columns, codes.keys(), &lumped, flow, place)
    })
}

/// `CountEncoder`: how often a category was met.
pub(super) fn count(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let refuses_missing = Fills::of_text(estimator.text("handle_missing")) == Fills::REFUSED;
    let lumped = AllLumped::of(estimator, "_min_group_categories");
    encode(estimator, flow, rows, |flow, name| {
        let Frame { index, mut columns, .. } = mapped(estimator, flow, name)?;
        let keys = Keys::of(&index, flow)?;
        let of_column = |attribute| entry(estimator, attribute, name);
        let objects = estimator.objects;
        let unknown = of_column("_handle_unknown")?;
        let keeps_missing = objects.text(of_column("_handle_missing")?) == Some("return_nan");
        // For what has no count, also for what is missing.
        let without = match (objects.get(unknown), objects.text(unknown)) {
            (Object::Int(_), _) => objects.float(unknown),
            (_, Some("error")) => None,
            (_, Some("value")) if !keeps_missing => Some(0.0),
            (_, Some("value" | "return_nan")) => Some(f64::NAN),
            _ => return Err(estimator.unexpected("_handle_unknown", unknown)),
        };
        let at_end = index.len();
        for column in &mut columns {
            column.push(without.unwrap_or(f64::NAN));
        }
        let counts = columns[0].clone();
        let place = |asked: Asked<'_>| {
            if asked.is_missing() && refuses_missing {
                return None;
            }
            match asked.value().and_then(|value| keys.place(value)) {
                Some(place) if !counts[place].is_nan() => Some(place),
                _ => without.map(|_| at_end),
            }
        };
        let lumped = lumped.column(name, flow)?;
        Column::of(vec![name.clone()], columns, &index, &lumped, flow, place)
    })
}

/// `LeaveOneOutEncoder`: the target's mean, of rows that it was not fitted on.
pub(super) fn leave_one_out(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    by_statistics(estimator, flow, rows, |sum, count| sum / count)
}

/// `CatBoostEncoder`: the same, with the mean of all counting as some rows of each category.
pub(super) fn cat_boost(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    let (mean, a) = (estimator.number("_mean")?, estimator.number("a")?);
    // 2.2 counted the mean once, whatever 'a' said; 2.3 and 2.4 leave no other trace in a file.
    if a != 1.0
        && ["feature_names_in_", "feature_names_out_"].iter().all(|name| estimator.get(name).is_none())
    {
        return Err(Error::unsupported("'a' is read of releases since 2.5 only, unless it is 1"));
    }
    by_statistics(estimator, flow, rows, |sum, count| (sum + mean * a) / (count + a))
}

fn by_statistics(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
    level: impl Fn(f64, f64) -> f64,
) -> Result<Output> {
    let (mean, fills) = (estimator.number("_mean")?, Fills::of(estimator));
    let lumped = AllLumped::of(estimator, "min_group_lumping_");
    encode(estimator, flow, rows, |flow, name| {
        let Frame { index, labels, columns } = mapped(estimator, flow, name)?;
        let column = |wanted: &str| {
            let at = labels.iter().position(|label| *label == Value::Text(wanted.to_owned()));
            at.map(|at| &columns[at])
                .ok_or_else(|| Error::malformed(format!("it has no '{wanted}' for a column")))
        };
        let levels = column("sum")?.iter().zip(column("count")?);
        // What was met once says more of its row than of the category.
        let levels = levels.map(|(sum, count)| if *count > 1.0 { level(*sum, *count) } else { mean });
        let mut table: Vec<f64> = levels.collect();
        let (of_mean, of_nan) = (table.len(), table.len() + 1);
        table.extend([mean, f64::NAN]);
        let keys = Keys::of(&index, flow)?;
        let place = |asked: Asked<'_>| {
            let found = asked.value().and_then(|value| keys.place(value));
            let fill = if asked.is_missing() { fills.missing } else { fills.unknown };
            match (fill, found) {
                (Fill::Refused, _) if asked.is_missing() => None,
                (Fill::Refused, None) => None,
                (Fill::Nan, _) if asked.is_missing() => Some(of_nan),
                (_, Some(place)) => Some(place),
                (Fill::Value, None) => Some(of_mean),
                (_, None) => Some(of_nan),
            }
        };
        let lumped = lumped.column(name, flow)?;
        Column::of(vec![name.clone()], vec![table], &index, &lumped, flow, place)
    })
}

/// What the outer encoder does about what its encoder of codes has let pass.
#[derive(Clone, Copy)]
struct Fills {
    unknown: Fill,
    missing: Fill,
}

impl Fills {
    const REFUSED: Fill = Fill::Refused;

    fn of(estimator: &Estimator<'_, '_>) -> Self {
        // Numbers and the answers of functions were written down while fitting.
        let fill = |name: &str| Self::of_text(estimator.text(name));
        Self { unknown: fill("handle_unknown"), missing: fill("handle_missing") }
    }

    fn of_text(text: Option<&str>) -> Fill {
        match text {
            Some("error") => Fill::Refused,
            Some("value") => Fill::Value,
            Some("return_nan") => Fill::Nan,
            _ => Fill::Number(f64::NAN),
        }
    }
}

/// A column whose codes are looked up in a frame's index.
fn of_codes(
    labels: Vec<Value>,
    frame: Frame,
    codes: &codes::OfColumn<'_>,
    fills: Fills,
    lumped: &Lumped,
    flow: &mut Flow<'_, '_>,
    without_code: f64,
) -> Result<Column> {
    let Frame { index, mut columns, .. } = frame;
    let places = Keys::of(&index, flow)?;
    flow.spend(columns.len())?;
    let nowhere = index.len();
    for column in &mut columns {
        column.push(f64::NAN);
    }
    let place = |asked: Asked<'_>| {
        let code = codes.code_of(asked)?;
        if asked.is_missing() && fills.missing == Fill::Refused
            || code == codes::UNKNOWN && fills.unknown == Fill::Refused
        {
            return None;
        }
        let code = if code.is_nan() { without_code } else { code };
        Some(places.place(&Value::Number(code)).unwrap_or(nowhere))
    };
    Column::of(labels, columns, codes.keys(), lumped, flow, place)
}

/// What 'mapping' holds for a column: of a dict by its name, or of a list of dicts that say theirs.
fn mapped(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, name: &Value) -> Result<Frame> {
    let objects = estimator.objects;
    let id = estimator.required("mapping")?;
    let found = if let Object::Dict(entries) = objects.get(id) {
        flow.spend(entries.len())?;
        entries
            .iter()
            .find(|(key, _)| Value::of(objects, *key).as_ref() == Some(name))
            .map(|(_, frame)| *frame)
    } else {
        let items = objects.items(id).unwrap_or_default();
        flow.spend(items.len())?;
        let is_of_name = |item: &&ObjectId| {
            attribute(objects, **item, "col").and_then(|col| Value::of(objects, col)).as_ref() == Some(name)
        };
        items.iter().find(is_of_name).and_then(|item| attribute(objects, *item, "mapping"))
    };
    let found =
        found.ok_or_else(|| Error::unsupported(format!("'mapping' has nothing for {}", name.shown())))?;
    Frame::of(objects, found, flow.budget())
}

/// What a dict by the names of columns, which is an attribute, has for one of them.
fn entry(estimator: &Estimator<'_, '_>, attribute: &str, name: &Value) -> Result<ObjectId> {
    let objects = estimator.objects;
    let id = estimator.required(attribute)?;
    let Object::Dict(entries) = objects.get(id) else { return Err(estimator.unexpected(attribute, id)) };
    let found = entries.iter().find(|(key, _)| Value::of(objects, *key).as_ref() == Some(name));
    found
        .map(|(_, value)| *value)
        .ok_or_else(|| Error::malformed(format!("'{attribute}' has nothing for {}", name.shown())))
}
