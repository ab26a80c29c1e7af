//! `PolynomialFeatures`: the columns, and their products up to a degree.

use super::estimator::Estimator;
use super::flow::{Flow, Numbers, Output, Rows};
use crate::error::{Error, Result};
use crate::program::{Polynomial, Step};

/// Numbers that a product costs: what it is of, and its place in a row.
const PRODUCT: usize = 3;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let rows = flow.numbers(rows)?;
    let (least, most) = degrees(estimator)?;
    let has_bias = estimator.flag("include_bias", true)?;
    let only_interactions = estimator.flag("interaction_only", false)?;
    let plan = plan(flow, rows.width(), has_bias, most, only_interactions)?;
    let n_outputs = plan.polynomial.n_outputs();
    // Lower degrees are computed also where they are only on the way.
    let first = match least.max(1) {
        _ if most == 0 => n_outputs,
        least => plan.degrees.get(least - 1).copied().unwrap_or(n_outputs),
    };
    let kept: Vec<usize> = (0..usize::from(has_bias)).chain(first..n_outputs).collect();
    if kept.is_empty() {
        return Err(Error::unsupported("it leaves no column"));
    }
    let Numbers { source, affine } = flow.stepped(rows, Step::Polynomial(plan.polynomial))?;
    flow.mapped(source, affine.columns(&kept)).map(Output::from)
}

/// The least and the largest degree, as fitting took them.
fn degrees(estimator: &Estimator<'_, '_>) -> Result<(usize, usize)> {
    // Before 1.0 there was no least one, nor did fitting keep them.
    if estimator.get("_max_degree").is_some() {
        return Ok((estimator.size("_min_degree")?, estimator.size("_max_degree")?));
    }
    let id = estimator.required("degree")?;
    let bounds = match estimator.objects.items(id) {
        Some([least, most]) => estimator.objects.size(*least).zip(estimator.objects.size(*most)),
        _ => estimator.objects.size(id).map(|most| (0, most)),
    };
    bounds.ok_or_else(|| estimator.unexpected("degree", id))
}

/// The products, and where the outputs of each degree start, from the first on.
struct Plan {
    polynomial: Polynomial,
    degrees: Vec<usize>,
}

/// Products in scikit-learn's order: for each column in turn, it times what of
/// the degree below has no column in front of it.
fn plan(
    flow: &mut Flow<'_, '_>,
    width: usize,
    has_bias: bool,
    most: usize,
    only_interactions: bool,
) -> Result<Plan> {
    let start = usize::from(has_bias);
    let mut products = Vec::new();
    let mut degrees = vec![start];
    // Where in the degree below the products that start with each column are.
    let mut starts: Vec<usize> = (start..=start + width).collect();
    let mut end = start + width;
    for _ in 2..=most {
        degrees.push(end);
        let end_below = end;
        let mut starts_here = Vec::with_capacity(starts.len());
        for column in 0..width {
            starts_here.push(end);
            let first = if only_interactions { starts[column + 1] } else { starts[column] };
            if first >= end_below {
                break;
            }
            flow.spend(PRODUCT * (end_below - first))?;
            products.extend((first..end_below).map(|below| (below, column)));
            end += end_below - first;
        }
        starts_here.push(end);
        starts = starts_here;
        // Of more columns than there are no product is without one twice.
        if end == end_below {
            break;
        }
    }
    Ok(Plan { polynomial: Polynomial { has_bias, n_inputs: width, products }, degrees })
}
