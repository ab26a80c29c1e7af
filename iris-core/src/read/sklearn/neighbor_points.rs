//! The points of what asks neighbours: as they were given, or in the tree that was made of them.

use super::estimator::Estimator;
use super::flow::{Flow, Numbers, Rows};
use super::kernel;
use crate::error::{Error, Result};
use crate::program::{Distance, Leaf, Norm, Points, Shape, Step};
use crate::read::pickle::{Array, Object, ObjectId, Objects};

/// The rows as the points are compared with them, and the points.
pub(super) struct Index {
    pub(super) rows: Numbers,
    pub(super) points: Points,
    pub(super) n_points: usize,
}

impl Index {
    pub(super) fn of(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Self> {
        let mut rows = flow.numbers(rows)?;
        let width = rows.width();
        let distance = distance(estimator, flow)?;
        let (mut points, n_points) = kernel::points(estimator, flow, "_fit_X", width)?;
        if n_points == 0 || u32::try_from(n_points).is_err() {
            return Err(Error::malformed(format!("{n_points} points to be neighbours of")));
        }
        // Points in their leaves, and which each is.
        flow.spend(points.len() + n_points)?;
        let points = match estimator.text("_fit_method") {
            Some("kd_tree" | "ball_tree") => tree(estimator, flow, width, distance)?,
            Some("brute") => {
                if distance == Distance::Cosine {
                    rows = flow.stepped(rows, Step::Normalize(Norm::L2.into()))?;
                    points.chunks_exact_mut(width).for_each(to_length_one);
                }
                Points::flat(width, distance, &points)
            }
            _ => {
                let method = estimator.required("_fit_method")?;
                return Err(estimator.unexpected("_fit_method", method));
            }
        };
        Ok(Self { rows, points, n_points })
    }
}

fn distance(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>) -> Result<Distance> {
    let id = estimator.required("effective_metric_")?;
    Ok(match estimator.objects.text(id) {
        Some("euclidean" | "l2") => Distance::Euclidean,
        Some("manhattan" | "cityblock" | "l1") => Distance::Manhattan,
        Some("chebyshev" | "infinity") => Distance::Chebyshev,
        Some("cosine") => Distance::Cosine,
        Some("minkowski" | "p") => minkowski(estimator, flow)?,
        Some("precomputed") => {
            return Err(Error::unsupported(
                "its distances are precomputed, so that its rows are no features",
            ));
        }
        _ => {
            return Err(Error::unsupported(format!(
                "its metric is {}; euclidean, manhattan, chebyshev, minkowski and cosine are read",
                match estimator.objects.text(id) {
                    Some(name) => format!("'{}'", name.chars().take(40).collect::<String>()),
                    None => estimator.objects.describe(id),
                }
            )));
        }
    })
}

fn minkowski(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>) -> Result<Distance> {
    let id = estimator.required("effective_metric_params_")?;
    let objects = estimator.objects;
    let Object::Dict(parameters) = objects.get(id) else {
        return Err(estimator.unexpected("effective_metric_params_", id));
    };
    flow.spend(parameters.len())?;
    let of = |name: &str| parameters.iter().rev().find(|(key, _)| objects.text(*key) == Some(name));
    if of("w").is_some_and(|(_, weights)| !matches!(objects.get(*weights), Object::None)) {
        return Err(Error::unsupported("its metric weighs columns, which is not read"));
    }
    match of("p").and_then(|(_, p)| objects.float(*p)) {
        Some(p) if p > 0.0 && p.is_finite() => Ok(Distance::Minkowski(p)),
        _ => Err(estimator.unexpected("effective_metric_params_", id)),
    }
}

fn to_length_one(point: &mut [f64]) {
    let length = point.iter().map(|number| number * number).sum::<f64>().sqrt();
    if length > 0.0 {
        for number in point {
            *number /= length;
        }
    }
}

/// `KDTree` and `BallTree`: the state that scikit-learn gives back to them.
fn tree(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    width: usize,
    distance: Distance,
) -> Result<Points> {
    let (objects, id) = (estimator.objects, estimator.required("_tree")?);
    let state = match objects.get(id) {
        Object::Call(call) => call.state.and_then(|state| objects.items(state)),
        _ => None,
    };
    let Some([data, order, nodes, bounds, ..]) = state else { return Err(estimator.unexpected("_tree", id)) };
    let [data, order, nodes, bounds] = [data, order, nodes, bounds].map(|id| array(objects, *id));
    let (Some(data), Some(order), Some(nodes), Some(bounds)) = (data, order, nodes, bounds) else {
        return Err(estimator.unexpected("_tree", id));
    };
    let n_nodes = nodes.len();
    flow.spend(data.len() + order.len() + bounds.len())?;
    flow.spend(n_nodes.saturating_mul(6))?;
    if !matches!(*data.shape(), [_, n_columns] if n_columns == width) {
        return Err(Error::malformed(format!(
            "a tree of points of shape {:?} for {width} columns",
            data.shape()
        )));
    }
    let points = data.floats(objects)?;
    kernel::finite("_tree", &points)?;
    let order = order.integers(objects)?.into_iter().map(|point| u32::try_from(point).unwrap_or(u32::MAX));
    let [starts, ends, leaves] = ["idx_start", "idx_end", "is_leaf"].map(|name| nodes.field_integers(name));
    let place = |place: i64| usize::try_from(place).unwrap_or(usize::MAX);
    let ranges =
        starts?.into_iter().zip(ends?).map(|(start, end)| Leaf { start: place(start), end: place(end) });
    let ranges: Vec<(Leaf, bool)> = ranges.zip(leaves?.into_iter().map(|flag| flag != 0)).collect();
    let mut of_nodes = bounds.floats(objects)?;
    let shape = match *bounds.shape() {
        [2, height, n_columns] if height == n_nodes && n_columns == width => {
            let largest = of_nodes.split_off(n_nodes * width);
            Shape::Boxes { least: of_nodes, largest }
        }
        [1, height, n_columns] if height == n_nodes && n_columns == width => {
            Shape::Balls { middles: of_nodes, radii: nodes.field_floats("radius")? }
        }
        ref shape => {
            return Err(Error::malformed(format!("bounds of shape {shape:?} of {n_nodes} nodes of a tree")));
        }
    };
    Points::tree(width, distance, &points, order.collect(), &ranges, shape)
        .map_err(|what| Error::malformed(format!("a tree of neighbours: {what}")))
}

fn array<'t, 'a>(objects: &'t Objects<'a>, id: ObjectId) -> Option<&'t Array<'a>> {
    match objects.get(id) {
        Object::Array(array) => Some(array),
        _ => None,
    }
}
