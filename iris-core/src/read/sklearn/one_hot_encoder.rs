//! `OneHotEncoder`: a column for each category of a feature.

use super::categories;
use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use super::infrequent::Grouping;
use crate::error::{Error, Result};
use crate::program::{LookUp, OneHot, Otherwise, Step};
use crate::read::pickle::Object;

/// No column is 1.
const NONE: f64 = -1.0;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    if estimator.flag("_legacy_mode", false)? {
        return Err(Error::unsupported("'n_values', as releases before 0.22 had it, is not read"));
    }
    let categories = categories::of(estimator, flow, rows.width())?;
    let n_categories: Vec<usize> = categories.iter().map(Vec::len).collect();
    let groupings = Grouping::of(estimator, &n_categories)?;
    let dropped = dropped(estimator, rows.width())?;
    let unknown = Unknown::of(estimator)?;
    let mut outputs = Vec::with_capacity(categories.len());
    let mut width = 0;
    for (column, ((categories, grouping), dropped)) in
        categories.into_iter().zip(&groupings).zip(dropped).enumerate()
    {
        if dropped.is_some_and(|dropped| dropped >= grouping.len()) {
            return Err(Error::malformed("it drops a category that there is not"));
        }
        let start = width;
        #[expect(clippy::cast_precision_loss, reason = "a program has fewer than 2^53 columns")]
        let output = |place: usize| match dropped {
            Some(dropped) if place == dropped => NONE,
            Some(dropped) if place > dropped => (start + place - 1) as f64,
            _ => (start + place) as f64,
        };
        let unknown = match unknown {
            Unknown::Refused => Otherwise::Refuse,
            Unknown::Ignored => Otherwise::Value(NONE),
            Unknown::Infrequent => Otherwise::Value(grouping.infrequent().map_or(NONE, output)),
        };
        width += grouping.len() - usize::from(dropped.is_some());
        let places: Vec<_> = categories
            .into_iter()
            .enumerate()
            .map(|(index, category)| (category, output(grouping.place(index))))
            .collect();
        outputs.push((column, categories::table(flow, &rows, column, &places, unknown)?));
    }
    if width == 0 {
        return Err(Error::unsupported("it leaves no column"));
    }
    flow.looked_up(rows, Step::OneHot(OneHot { places: LookUp { outputs }, width })).map(Output::from)
}

/// What becomes of a category that was not met while fitting.
#[derive(Clone, Copy)]
enum Unknown {
    Refused,
    Ignored,
    /// It counts as one of the infrequent ones, if the column has such.
    Infrequent,
}

impl Unknown {
    fn of(estimator: &Estimator<'_, '_>) -> Result<Self> {
        match estimator.text("handle_unknown") {
            Some("error") => Ok(Self::Refused),
            Some("infrequent_if_exist") => Ok(Self::Infrequent),
            // Until 1.8 it warned that they count as infrequent, and ignored them.
            Some("warn") if estimator.is_since(1, 8) => Ok(Self::Infrequent),
            Some("ignore" | "warn") => Ok(Self::Ignored),
            _ => Err(estimator.unexpected("handle_unknown", estimator.required("handle_unknown")?)),
        }
    }
}

/// The place that each column drops, once infrequent categories are grouped.
fn dropped(estimator: &Estimator<'_, '_>, width: usize) -> Result<Vec<Option<usize>>> {
    // Before 1.1 there was no grouping.
    let name =
        ["_drop_idx_after_grouping", "drop_idx_"].into_iter().find(|name| estimator.get(name).is_some());
    let Some(name) = name.filter(|name| !estimator.is_none(name)) else { return Ok(vec![None; width]) };
    let id = estimator.required(name)?;
    let Object::Array(array) = estimator.objects.get(id) else { return Err(estimator.unexpected(name, id)) };
    let indices: Option<Vec<Option<usize>>> = match array.objects() {
        Some(ids) => ids
            .iter()
            .map(|id| match estimator.objects.get(*id) {
                Object::None => Some(None),
                _ => estimator.objects.size(*id).map(Some),
            })
            .collect(),
        None => array
            .integers(estimator.objects)?
            .into_iter()
            .map(|index| usize::try_from(index).ok().map(Some))
            .collect(),
    };
    indices.filter(|indices| indices.len() == width).ok_or_else(|| estimator.unexpected(name, id))
}
