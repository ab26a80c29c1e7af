//! `FeatureAgglomeration`: the mean of columns that are alike.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use super::library_function;
use crate::error::{Error, Result};
use crate::read::pickle::Object;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let pooling = estimator.required("pooling_func")?;
    if !matches!(library_function::of(estimator, pooling), Some((module, "mean")) if module.starts_with("numpy"))
    {
        let what = estimator.objects.describe(pooling);
        return Err(Error::unsupported(format!("it pools columns by {what}; numpy's mean is read")));
    }
    let rows = flow.numbers(rows)?;
    let width = rows.width();
    let labels = groups(estimator, width)?;
    let n_groups = labels.iter().max().map_or(0, |last| last + 1);
    flow.spend(width.saturating_mul(n_groups))?;
    let mut sizes = vec![0.0; n_groups];
    let mut weights = vec![0.0; width * n_groups];
    for (column, group) in labels.iter().enumerate() {
        sizes[*group] += 1.0;
        weights[column * n_groups + group] = 1.0;
    }
    if sizes.contains(&0.0) {
        return Err(Error::malformed("'labels_' leaves a group without a column"));
    }
    let affine = flow.times(&rows.affine, weights, n_groups)?.divided(|group| sizes[group]);
    flow.mapped(rows.source, affine).map(Output::from)
}

/// The group of each column.
fn groups(estimator: &Estimator<'_, '_>, width: usize) -> Result<Vec<usize>> {
    let id = estimator.required("labels_")?;
    let Object::Array(array) = estimator.objects.get(id) else {
        return Err(estimator.unexpected("labels_", id));
    };
    let labels = array.integers(estimator.objects)?;
    let labels: Vec<usize> =
        labels.into_iter().filter_map(|label| usize::try_from(label).ok().filter(|it| *it < width)).collect();
    if labels.len() == width {
        return Ok(labels);
    }
    Err(Error::malformed(format!("'labels_' are no groups of {width} columns")))
}
