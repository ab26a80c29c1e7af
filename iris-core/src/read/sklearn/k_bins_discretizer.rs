//! `KBinsDiscretizer`: the bin that a value falls in, by number or as a column of its own.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use crate::error::{Error, Result};
use crate::program::{Bins, Keys, LookUp, OneHot, Otherwise, Step, Table};
use crate::read::pickle::{Object, ObjectId};

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let rows = flow.numbers(rows)?;
    let (edges, n_bins) = edges(estimator, flow, rows.width())?;
    // Before 1.1 a value a little below an edge was taken to be on it.
    let is_tolerant = !estimator.is_since(1, 1);
    let step = Bins { edges, is_tolerant, is_single: is_single(estimator) };
    let rows = flow.stepped(rows, Step::Bins(step))?;
    match estimator.text("encode") {
        // Where there is no bin, the last one was then -1.
        Some("ordinal") if is_tolerant && n_bins.contains(&0) => {
            let affine = rows.affine.shifted(|column| if n_bins[column] == 0 { -1.0 } else { 0.0 });
            flow.mapped(rows.source, affine).map(Output::from)
        }
        Some("ordinal") => Ok(rows.into()),
        Some("onehot" | "onehot-dense") => {
            let one_hot = one_hot(flow, &n_bins)?;
            flow.stepped(rows, Step::OneHot(one_hot)).map(Output::from)
        }
        _ => Err(estimator.unexpected("encode", estimator.required("encode")?)),
    }
}

/// Whether it was told to round values to single precision.
fn is_single(estimator: &Estimator<'_, '_>) -> bool {
    let name = estimator.get("dtype").and_then(|id| estimator.objects.global(id));
    estimator.is_single("dtype") || name.is_some_and(|(module, name)| module == "numpy" && name == "float32")
}

/// The inner edges of each column's bins, and how many bins there are.
fn edges(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    width: usize,
) -> Result<(Vec<Vec<f64>>, Vec<usize>)> {
    let id = estimator.required("bin_edges_")?;
    let columns: Option<Vec<ObjectId>> = match estimator.objects.get(id) {
        Object::Array(array) => array.objects().map(<[ObjectId]>::to_vec),
        _ => estimator.objects.items(id).map(<[ObjectId]>::to_vec),
    };
    let columns = columns.ok_or_else(|| estimator.unexpected("bin_edges_", id))?;
    if columns.len() != width {
        let message = format!("'bin_edges_' are of {} columns where {width} come in", columns.len());
        return Err(Error::malformed(message));
    }
    let (mut all, mut n_bins) = (Vec::with_capacity(width), Vec::with_capacity(width));
    for column in columns {
        let Object::Array(array) = estimator.objects.get(column) else {
            return Err(estimator.unexpected("bin_edges_", column));
        };
        flow.spend(4 * array.len())?;
        let edges = array.floats(estimator.objects)?;
        match edges.as_slice() {
            [_, inner @ .., _] if edges.is_sorted() => {
                all.push(inner.to_vec());
                n_bins.push(edges.len() - 1);
            }
            // Of bins that were all too narrow only an edge is left.
            [_] => {
                all.push(Vec::new());
                n_bins.push(0);
            }
            _ => return Err(Error::malformed("'bin_edges_' has edges that are not in order")),
        }
    }
    Ok((all, n_bins))
}

/// A column for each bin.
fn one_hot(flow: &mut Flow<'_, '_>, n_bins: &[usize]) -> Result<OneHot> {
    let mut width = 0;
    let mut outputs = Vec::with_capacity(n_bins.len());
    for (column, n_bins) in n_bins.iter().enumerate() {
        flow.spend(4 * n_bins)?;
        #[expect(clippy::cast_precision_loss, reason = "a program has fewer than 2^53 columns")]
        let values = (width..width + n_bins).map(|place| Some(place as f64)).collect();
        let table =
            Table { keys: Keys::Codes, values, missing: Otherwise::Refuse, unknown: Otherwise::Refuse };
        outputs.push((column, table));
        width += n_bins;
    }
    Ok(OneHot { places: LookUp { outputs }, width })
}
