//! `IterativeImputer`: missing values filled in from the other columns, by the regressors that fitting left.

use super::estimator::Estimator;
use super::flow::{Answer, Flow, Output, Rows};
use super::missing_indicator;
use super::value::Value;
use crate::affine::Affine;
use crate::error::{Error, Result};
use crate::program::{ChainedImpute, Learned, Step, Turn};
use crate::read::pickle::{Object, ObjectId};

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    if estimator.flag("sample_posterior", false)? {
        return Err(Error::unsupported("it fills in what it draws at random"));
    }
    let missing = Value::attribute(estimator, "missing_values")?;
    let sentinel = match missing {
        Value::Missing | Value::None => f64::NAN,
        Value::Number(number) => number,
        Value::Text(_) => {
            return Err(estimator.unexpected("missing_values", estimator.required("missing_values")?));
        }
    };
    let first = flow.part_of(estimator, estimator.required("initial_imputer_")?)?;
    let statistics = first.column_numbers("statistics_", rows.width())?;
    let flags = if estimator.flag("add_indicator", false)? {
        let indicator = flow.open(estimator.required("indicator_")?)?;
        let features = missing_indicator::features(&indicator, rows.width())?;
        let has_any = !features.is_empty();
        if has_any { Some(missing_indicator::flags(flow, &rows, &missing, &features)?) } else { None }
    } else {
        None
    };
    // A column that had no value while fitting has no statistic, and is dropped.
    let kept: Vec<usize> = (0..statistics.len()).filter(|column| !statistics[*column].is_nan()).collect();
    if kept.is_empty() || (sentinel.is_finite() && kept.len() < rows.width()) {
        return Err(Error::unsupported("'initial_imputer_' has no value for a column"));
    }
    let rows = if kept.len() == rows.width() { rows } else { flow.select(&rows, &kept)? };
    let initial: Vec<f64> = kept.iter().map(|column| statistics[*column]).collect();
    // Where such a column is kept, it stays as the first imputer has filled it in.
    let is_empty = match estimator.get("_is_empty_feature") {
        Some(_) if kept.len() == statistics.len() => {
            estimator.column_numbers("_is_empty_feature", kept.len())?
        }
        _ => vec![0.0; kept.len()],
    };
    let numbers = flow.numbers(rows.clone())?;
    let numbers = flow.alone(numbers)?;
    let turns = turns(estimator, flow, &rows.clone().filled(numbers.clone()), &is_empty)?;
    let step = ChainedImpute { initial, missing: sentinel, turns };
    let filled = flow.stepped(numbers, Step::Learned(Box::new(Learned::ChainedImpute(step))))?;
    let filled = rows.filled(filled);
    match flags {
        Some(flags) => flow.concat(vec![filled, flags.into()]).map(Output::Rows),
        None => Ok(Output::Rows(filled)),
    }
}

/// What is filled in after each other, of rows that stand as a value of their own.
fn turns(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: &Rows,
    is_empty: &[f64],
) -> Result<Vec<Turn>> {
    let width = rows.width();
    let (least, most) = (bounds(estimator, "_min_value", width)?, bounds(estimator, "_max_value", width)?);
    let id = estimator.required("imputation_sequence_")?;
    let sequence =
        estimator.objects.items(id).ok_or_else(|| estimator.unexpected("imputation_sequence_", id))?;
    let mut turns = Vec::with_capacity(sequence.len());
    for triplet in sequence {
        let (column, others, regressor) = parts(estimator, *triplet, width)
            .ok_or_else(|| estimator.unexpected("imputation_sequence_", *triplet))?;
        if is_empty[column] != 0.0 {
            continue;
        }
        flow.spend(2 * width)?;
        let from = flow.select(rows, &others)?;
        let line = line(flow, regressor, from, rows)?;
        let mut turn = Turn {
            column,
            weights: line.dense(),
            intercept: line.offset()[0],
            least: least[column],
            most: most[column],
        };
        let is_finite = turn.intercept.is_finite() && turn.weights.iter().all(|weight| weight.is_finite());
        if turn.weights.len() != width || !is_finite {
            return Err(Error::malformed("a regressor whose numbers are not finite"));
        }
        turn.weights[column] = 0.0;
        turns.push(turn);
    }
    Ok(turns)
}

/// What a regressor makes of other columns, as a weighted sum.
fn line(flow: &mut Flow<'_, '_>, regressor: ObjectId, from: Rows, rows: &Rows) -> Result<Affine> {
    let class = flow.objects().describe(regressor);
    let Answer::Values(values) = flow.answer(regressor, from)? else {
        return Err(Error::unsupported(format!("{class} fills in, which is no regressor")));
    };
    if values.width() == 1 && values.is_of(rows) {
        return Ok(values.affine);
    }
    Err(Error::unsupported(format!("{class} fills in; of regressors linear ones are read here")))
}

/// The column that is filled in, those that it is filled in from, and by what.
fn parts(
    estimator: &Estimator<'_, '_>,
    triplet: ObjectId,
    width: usize,
) -> Option<(usize, Vec<usize>, ObjectId)> {
    let objects = estimator.objects;
    let mut items = match objects.get(triplet) {
        Object::Call(call) => {
            let items = objects.items(call.args)?;
            // Old protocols have the class before what it is made of.
            items.strip_prefix(&[call.callable]).unwrap_or(items)
        }
        _ => objects.items(triplet)?,
    };
    if let [_, inside] = items {
        items = objects.items(*inside)?;
    }
    let [column, others, regressor] = *items else { return None };
    let column = objects.size(column).filter(|column| *column < width)?;
    let Object::Array(others) = objects.get(others) else { return None };
    let others = others.integers(objects).ok()?;
    let others: Option<Vec<usize>> =
        others.into_iter().map(|other| usize::try_from(other).ok().filter(|other| *other < width)).collect();
    others.map(|others| (column, others, regressor))
}

/// What is filled in at the least or at the most, a number a column.
fn bounds(estimator: &Estimator<'_, '_>, name: &str, width: usize) -> Result<Vec<f64>> {
    let bounds = estimator.numbers(name)?.values;
    match bounds.len() {
        1 => Ok(vec![bounds[0]; width]),
        n if n == width => Ok(bounds),
        n => Err(Error::malformed(format!("'{name}' has {n} numbers for {width} columns"))),
    }
}
