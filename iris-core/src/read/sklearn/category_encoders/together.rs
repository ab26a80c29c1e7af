//! The columns that are encoded, and those that are handed on, in the order in which the library has them.

use super::super::categories;
use super::super::estimator::Estimator;
use super::super::flow::{Flow, Output, Rows};
use super::super::value::Value;
use super::column::Column;
use super::keys::Keys;
use super::names;
use crate::error::{Error, Result};
use crate::program::{LookUp, OneHot, Otherwise, Step, Table};
use crate::read::pickle::Object;

/// No column is 1.
const NONE: f64 = -1.0;

/// What becomes of rows: columns that were encoded by `column` in the place of what they were.
pub(super) fn encode(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
    mut column: impl FnMut(&mut Flow<'_, '_>, &Value) -> Result<Column>,
) -> Result<Output> {
    let fitted = Fitted::of(estimator, flow, &rows)?;
    let dropped = Keys::of(&fitted.dropped, flow)?;
    let mut parts = Parts::default();
    for (index, name) in fitted.names.iter().enumerate() {
        if !fitted.is_encoded[index] {
            parts.order.push((Part::Kept, parts.kept.len()));
            parts.kept.push(index);
            continue;
        }
        let encoded = column(flow, name).map_err(|error| error.within(name.shown()))?;
        let used = (0..encoded.labels.len()).filter(|at| dropped.place(&encoded.labels[*at]).is_none());
        let used: Vec<usize> = used.collect();
        parts.add(index, &encoded, &used, flow, &rows)?;
    }
    parts.finish(flow, &rows).map(Output::Rows)
}

/// What an encoder was fitted on.
pub(super) struct Fitted {
    /// The columns that come in.
    pub(super) names: Vec<Value>,
    /// Whether each of them is encoded.
    pub(super) is_encoded: Vec<bool>,
    /// What columns are called that were the same in every row, and do not come out.
    pub(super) dropped: Vec<Value>,
}

impl Fitted {
    pub(super) fn of(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: &Rows) -> Result<Self> {
        let objects = estimator.objects;
        if estimator
            .get("composite_members_")
            .is_some_and(|id| !matches!(objects.get(id), Object::Dict(entries) if entries.is_empty()))
        {
            return Err(Error::unsupported("'composite_cols' is not read"));
        }
        let names = names::of(estimator, flow.budget())?;
        let names =
            names.ok_or_else(|| Error::unsupported("it has no '_dim', as one that was fitted would"))?;
        if names.len() != rows.width() {
            let message = format!("it was fitted on {} columns where {} come in", names.len(), rows.width());
            return Err(Error::malformed(message));
        }
        let cols = names::values(estimator, "cols", flow.budget())?;
        let cols = Keys::of(&cols, flow)?;
        let is_encoded = names.iter().map(|name| cols.place(name).is_some()).collect();
        let mut dropped = Vec::new();
        if estimator.flag("drop_invariant", false)? {
            let name = if estimator.get("invariant_cols").is_some() { "invariant_cols" } else { "drop_cols" };
            dropped = names::values(estimator, name, flow.budget())?;
        }
        Ok(Self { names, is_encoded, dropped })
    }
}

/// Which columns of which part follow each other.
#[derive(Default)]
struct Parts {
    kept: Vec<usize>,
    looked_up: Vec<(usize, Table)>,
    hot: Vec<(usize, Table)>,
    hot_width: usize,
    order: Vec<(Part, usize)>,
}

#[derive(Clone, Copy, PartialEq)]
enum Part {
    Kept,
    LookedUp,
    Hot,
}

impl Parts {
    fn add(
        &mut self,
        index: usize,
        column: &Column,
        used: &[usize],
        flow: &mut Flow<'_, '_>,
        rows: &Rows,
    ) -> Result<()> {
        flow.spend(3 * used.len())?;
        if let Some(hot) = hot(column, used) {
            let places =
                hot.iter().map(|at| at.map_or(NONE, |at| exact(self.hot_width + at))).collect::<Vec<f64>>();
            self.hot.push((index, table(column, &places, index, flow, rows)?));
            self.order.extend((0..used.len()).map(|at| (Part::Hot, self.hot_width + at)));
            self.hot_width += used.len();
            return Ok(());
        }
        for at in used {
            self.order.push((Part::LookedUp, self.looked_up.len()));
            self.looked_up.push((index, table(column, &column.table[*at], index, flow, rows)?));
        }
        Ok(())
    }

    fn finish(self, flow: &mut Flow<'_, '_>, rows: &Rows) -> Result<Rows> {
        if self.order.is_empty() {
            return Err(Error::unsupported("it leaves no column"));
        }
        let widths = [self.kept.len(), self.looked_up.len(), self.hot_width];
        let starts = [0, widths[0], widths[0] + widths[1]];
        let mut parts = Vec::new();
        if !self.kept.is_empty() {
            parts.push(flow.select(rows, &self.kept)?);
        }
        if !self.looked_up.is_empty() {
            let step = Step::LookUp(LookUp { outputs: self.looked_up });
            parts.push(flow.looked_up(rows.clone(), step)?.into());
        }
        if self.hot_width > 0 {
            let step = Step::OneHot(OneHot { places: LookUp { outputs: self.hot }, width: self.hot_width });
            parts.push(flow.looked_up(rows.clone(), step)?.into());
        }
        let together = flow.concat(parts)?;
        let order: Vec<usize> = self.order.iter().map(|(part, at)| starts[*part as usize] + at).collect();
        if order.iter().copied().eq(0..order.len()) {
            return Ok(together);
        }
        flow.select(&together, &order)
    }
}

/// A table of what stands for the values of a column, by their places.
fn table(
    column: &Column,
    at_place: &[f64],
    index: usize,
    flow: &mut Flow<'_, '_>,
    rows: &Rows,
) -> Result<Table> {
    let otherwise =
        |place: Option<usize>| place.map_or(Otherwise::Refuse, |place| Otherwise::Value(at_place[place]));
    let texts = column.keys.iter().map(|(key, _)| match key {
        Value::Text(text) => text.len() / 8,
        _ => 0,
    });
    flow.spend(texts.sum::<usize>() + 6 * column.keys.len())?;
    // What is known and refused after all is as good as unknown where that is refused.
    let known = column.keys.iter().filter_map(|(key, place)| Some((key.clone(), at_place[(*place)?])));
    let known: Vec<(Value, f64)> = known.collect();
    let mut table = categories::table(flow, rows, index, &known, otherwise(column.unknown))?;
    table.missing = otherwise(column.missing);
    Ok(table)
}

/// Which of the used columns is 1 at each place, if all others are 0 at all of them.
fn hot(column: &Column, used: &[usize]) -> Option<Vec<Option<usize>>> {
    if used.len() < 2 {
        return None;
    }
    let n_places = column.table.first().map_or(0, Vec::len);
    let mut is_asked = vec![false; n_places];
    let places = column.keys.iter().map(|(_, place)| *place).chain([column.missing, column.unknown]);
    places.flatten().for_each(|place| is_asked[place] = true);
    let mut hot = vec![None; n_places];
    for (at, column) in used.iter().map(|at| &column.table[*at]).enumerate() {
        for (place, value) in column.iter().enumerate().filter(|(place, _)| is_asked[*place]) {
            if *value == 1.0 && hot[place].is_none() {
                hot[place] = Some(at);
            } else if *value != 0.0 {
                return None;
            }
        }
    }
    Some(hot)
}

#[expect(clippy::cast_precision_loss, reason = "a program has fewer than 2^53 columns")]
fn exact(place: usize) -> f64 {
    place as f64
}
