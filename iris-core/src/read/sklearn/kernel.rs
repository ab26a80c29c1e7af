//! Kernels by the names and parameters that estimators keep, and the points that they compare with.

use super::estimator::Estimator;
use super::flow::{Flow, Numbers};
use super::sparse_matrix;
use crate::error::{Error, Result};
use crate::program::{Floor, Kernel, KernelSums, Learned, Step};
use crate::read::transposed;

/// The kernel of a support vector machine.
pub(super) fn of_machine(estimator: &Estimator<'_, '_>) -> Result<Kernel> {
    let gamma = || checked("_gamma", estimator.number("_gamma")?);
    let coef0 = || checked("coef0", estimator.number("coef0")?);
    Ok(match name(estimator)? {
        "linear" => Kernel::Linear,
        "poly" => {
            Kernel::Polynomial { gamma: gamma()?, coef0: coef0()?, degree: estimator.number("degree")? }
        }
        "rbf" => Kernel::Rbf { gamma: positive(gamma()?)? },
        "sigmoid" => Kernel::Sigmoid { gamma: gamma()?, coef0: coef0()? },
        other => return Err(no_such(other, "linear, poly, rbf and sigmoid")),
    })
}

/// The kernel of what calls `pairwise_kernels`, with its parameters as attributes; `gamma` says
/// which attribute is that.
pub(super) fn of_pairs(estimator: &Estimator<'_, '_>, gamma: &str, width: usize) -> Result<Kernel> {
    #[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^53 columns")]
    let by_width = 1.0 / width as f64;
    let or = |name: &str, default: f64| {
        if estimator.is_none(name) { Ok(default) } else { checked(name, estimator.number(name)?) }
    };
    // Whoever hands it no gamma gets its own default.
    let chi2_gamma = || or(gamma, 1.0);
    let gamma = || or(gamma, by_width);
    Ok(match name(estimator)? {
        "linear" => Kernel::Linear,
        "poly" | "polynomial" => {
            Kernel::Polynomial { gamma: gamma()?, coef0: or("coef0", 1.0)?, degree: or("degree", 3.0)? }
        }
        "rbf" => Kernel::Rbf { gamma: positive(gamma()?)? },
        "sigmoid" => Kernel::Sigmoid { gamma: gamma()?, coef0: or("coef0", 1.0)? },
        "laplacian" => Kernel::Laplacian { gamma: positive(gamma()?)? },
        "cosine" => Kernel::Cosine,
        "additive_chi2" => Kernel::AdditiveChi2,
        "chi2" => Kernel::Chi2 { gamma: positive(chi2_gamma()?)? },
        other => return Err(no_such(other, "scikit-learn's own")),
    })
}

/// Points of an attribute, as wide as the rows, dense or sparse, and how many they are; there may be none.
pub(super) fn points(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    name: &str,
    width: usize,
) -> Result<(Vec<f64>, usize)> {
    let sparse = sparse_matrix::table(flow, estimator.required(name)?, width)?;
    let points = if let Some(points) = sparse {
        points
    } else {
        let points = estimator.numbers(name)?;
        if !matches!(*points.shape.as_slice(), [_, n_columns] if n_columns == width) {
            let message = format!("'{name}' is of shape {:?} where {width} columns come in", points.shape);
            return Err(Error::malformed(message));
        }
        points.values
    };
    if points.iter().all(|number| number.is_finite()) {
        let n_points = points.len() / width.max(1);
        return Ok((points, n_points));
    }
    Err(Error::malformed(format!("'{name}' holds numbers that are not finite")))
}

/// Weights of points that are kept as a row an output, dense or sparse: so many of each point, and
/// for each point in turn.
pub(super) fn turned_weights(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    name: &str,
    n_points: usize,
) -> Result<Vec<f64>> {
    let weights = match sparse_matrix::table(flow, estimator.required(name)?, n_points)? {
        Some(table) => transposed(&table, n_points, |weight| *weight),
        None => estimator.turned_table(name, n_points)?,
    };
    finite(name, &weights)?;
    Ok(weights)
}

/// The products of directions with each other, a row each; of directions so many of each column come one behind the
/// other.
pub(super) fn products(flow: &mut Flow<'_, '_>, turned: &[f64], n_directions: usize) -> Result<Vec<f64>> {
    let n_products = n_directions.saturating_mul(n_directions);
    flow.spend(n_products.saturating_add(turned.len().saturating_mul(n_directions) / 1024))?;
    let mut products = vec![0.0; n_products];
    for column in turned.chunks_exact(n_directions) {
        for (row, one) in products.chunks_exact_mut(n_directions).zip(column) {
            row.iter_mut().zip(column).for_each(|(sum, other)| *sum += one * other);
        }
    }
    Ok(products)
}

/// Sums of kernels of points with their weights, by groups of so many points.
pub(super) fn sums(
    flow: &mut Flow<'_, '_>,
    rows: Numbers,
    kernel: Kernel,
    points: &[f64],
    weights: &[f64],
    groups: &[usize],
) -> Result<Numbers> {
    let width = rows.width();
    let n_points = groups.iter().sum::<usize>();
    if width == 0 || n_points.checked_mul(width) != Some(points.len()) || n_points == 0 {
        return Err(Error::malformed(format!(
            "{} numbers of {n_points} points of {width} columns",
            points.len()
        )));
    }
    let n_weights = weights.len() / n_points;
    if n_weights * n_points != weights.len() || n_weights == 0 {
        return Err(Error::malformed(format!("{} weights of {n_points} points", weights.len())));
    }
    if kernel == Kernel::Linear {
        let weights = folded(points, weights, width, n_weights, groups);
        let affine = flow.times(&rows.affine, weights, groups.len() * n_weights)?;
        let sums = flow.mapped(rows.source, affine)?;
        return flow.alone(sums);
    }
    let rows = match kernel {
        Kernel::AdditiveChi2 | Kernel::Chi2 { .. } => {
            if points.iter().any(|number| *number < 0.0) {
                return Err(Error::malformed("points with negative numbers of a kernel of histograms"));
            }
            let floor = Floor { least: 0.0, or_equal: true };
            flow.stepped(rows, Step::Learned(Box::new(Learned::Floor(floor))))?
        }
        _ => rows,
    };
    flow.spend(KernelSums::size(width, n_weights, n_points, groups.len()))?;
    let sums = KernelSums::new(kernel, width, points, weights, n_weights, groups);
    flow.stepped(rows, Step::Learned(Box::new(Learned::KernelSums(sums))))
}

/// Of products with points, each with its weights, one product: so many weights a column, for each group.
fn folded(points: &[f64], weights: &[f64], width: usize, n_weights: usize, groups: &[usize]) -> Vec<f64> {
    let n_outputs = groups.len() * n_weights;
    let mut folded = vec![0.0; width * n_outputs];
    let group_of = groups.iter().enumerate().flat_map(|(group, n)| std::iter::repeat_n(group, *n));
    let each = points.chunks_exact(width).zip(weights.chunks_exact(n_weights));
    for (group, (point, weights)) in group_of.zip(each) {
        for (x, sums) in point.iter().zip(folded.chunks_exact_mut(n_outputs)) {
            let sums = &mut sums[group * n_weights..][..n_weights];
            sums.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += weight * x);
        }
    }
    folded
}

/// That numbers of an attribute are finite.
pub(super) fn finite(name: &str, numbers: &[f64]) -> Result<()> {
    if numbers.iter().all(|number| number.is_finite()) {
        return Ok(());
    }
    Err(Error::malformed(format!("'{name}' holds numbers that are not finite")))
}

fn name<'t>(estimator: &Estimator<'t, '_>) -> Result<&'t str> {
    if let Some(name) = estimator.text("kernel") {
        return Ok(name);
    }
    let kernel = estimator.required("kernel")?;
    Err(Error::unsupported(format!(
        "its kernel is {}, of which nothing is known here; kernels are read by scikit-learn's names for them",
        estimator.objects.describe(kernel)
    )))
}

fn no_such(name: &str, known: &str) -> Error {
    let name: String = name.chars().take(40).collect();
    match name.as_str() {
        "precomputed" => Error::unsupported("its kernel is precomputed, so that its rows are no features"),
        _ => Error::unsupported(format!("its kernel '{name}' is not read; {known} are")),
    }
}

fn checked(name: &str, number: f64) -> Result<f64> {
    if number.is_finite() { Ok(number) } else { Err(Error::malformed(format!("'{name}' is {number}"))) }
}

fn positive(gamma: f64) -> Result<f64> {
    if gamma >= 0.0 {
        Ok(gamma)
    } else {
        Err(Error::malformed(format!("gamma is {gamma}, which is negative")))
    }
}
