//! `KNeighborsClassifier`, `RadiusNeighborsClassifier` and their regressors: what the nearest points say.

use super::estimator::Estimator;
use super::flow::{Answer, ClassAnswer, Flow, Numbers, Output, Rows};
use super::neighbor_points::Index;
use super::{kernel, label_position, labels, several_outputs};
use crate::error::{Error, Result};
use crate::program::{Asked, Counts, Learned, Neighbors, Says, Step};
use crate::read::pickle::Object;
use crate::schema::Labels;

pub(super) fn classifier(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    if estimator.flag("outputs_2d_", false)? {
        return several(estimator, flow, rows);
    }
    vote(estimator, flow, rows, nearest, |_| Ok(Vec::new()))
}

/// A label each of several questions, about which the same neighbours vote.
fn several(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let labels = labels_of_each(estimator, flow)?;
    let votes = votes(estimator, flow, rows, nearest, &labels, Vec::new())?;
    several_outputs::voted_for_each(flow, &votes, &labels)
}

fn labels_of_each(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>) -> Result<Vec<Labels>> {
    labels::several(estimator, flow)?
        .ok_or_else(|| Error::malformed("'classes_' is no list, though it answers several labels a row"))
}

pub(super) fn radius_classifier(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    if estimator.flag("outputs_2d_", false)? {
        let mut labels = labels_of_each(estimator, flow)?;
        let alone = alone(estimator, &mut labels, true)?;
        let votes = votes(estimator, flow, rows, |estimator, _| within(estimator), &labels, alone)?;
        return several_outputs::voted_for_each(flow, &votes, &labels);
    }
    let alone = |labels: &mut Labels| alone(estimator, std::slice::from_mut(labels), false);
    vote(estimator, flow, rows, |estimator, _| within(estimator), alone)
}

pub(super) fn regressor(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    mean(estimator, flow, rows, nearest)
}

pub(super) fn radius_regressor(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    mean(estimator, flow, rows, |estimator, _| within(estimator))
}

/// What is asked of so many nearest points, each counting alike: the mean of its numbers.
pub(super) fn means_of_nearest(
    flow: &mut Flow<'_, '_>,
    index: Index,
    n_asked: usize,
    of_points: Vec<f64>,
) -> Result<Numbers> {
    let n_targets = of_points.len() / index.n_points;
    if n_targets == 0 || n_targets * index.n_points != of_points.len() {
        return Err(Error::malformed(format!("{} numbers of {} points", of_points.len(), index.n_points)));
    }
    let asked = asked(n_asked, index.n_points)?;
    let says = Says::Values { n_targets, of_points };
    planted(flow, index, asked, Counts::Same, says)
}

pub(super) fn planted(
    flow: &mut Flow<'_, '_>,
    index: Index,
    asked: Asked,
    counts: Counts,
    says: Says,
) -> Result<Numbers> {
    let neighbors = Neighbors { points: index.points, asked, counts, says };
    flow.stepped(index.rows, Step::Learned(Box::new(Learned::Neighbors(neighbors))))
}

fn vote(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
    asked: impl Fn(&Estimator<'_, '_>, usize) -> Result<Asked>,
    alone: impl FnOnce(&mut Labels) -> Result<Vec<usize>>,
) -> Result<Output> {
    let mut labels = labels::of(estimator, flow)?;
    labels.check(labels.len())?;
    let alone = alone(&mut labels)?;
    let votes = votes(estimator, flow, rows, asked, std::slice::from_ref(&labels), alone)?;
    let probabilities = Some(flow.stepped(votes.clone(), Step::Shares)?);
    Ok(Output::Answer(Answer::Classes(ClassAnswer { labels, votes, scores: None, probabilities })))
}

/// How many neighbours are of each class, of every output.
fn votes(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
    asked: impl Fn(&Estimator<'_, '_>, usize) -> Result<Asked>,
    labels: &[Labels],
    alone: Vec<usize>,
) -> Result<Numbers> {
    let index = Index::of(estimator, flow, rows)?;
    let asked = asked(estimator, index.n_points)?;
    let of_points = classes(estimator, index.n_points, labels)?;
    flow.spend(of_points.len())?;
    let n_classes = labels.iter().map(Labels::len).sum();
    let says = Says::Classes { n_votes: labels.len(), n_classes, of_points, alone };
    planted(flow, index, asked, counts(estimator)?, says)
}

fn mean(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
    asked: impl Fn(&Estimator<'_, '_>, usize) -> Result<Asked>,
) -> Result<Output> {
    let targets = estimator.numbers("_y")?;
    kernel::finite("_y", &targets.values)?;
    let index = Index::of(estimator, flow, rows)?;
    let n_targets = match *targets.shape.as_slice() {
        [height] if height == index.n_points => 1,
        [height, n_targets] if height == index.n_points && n_targets > 0 => n_targets,
        ref shape => {
            let message = format!("'_y' is of shape {shape:?} for {} points", index.n_points);
            return Err(Error::malformed(message));
        }
    };
    let asked = asked(estimator, index.n_points)?;
    let says = Says::Values { n_targets, of_points: targets.values };
    let values = planted(flow, index, asked, counts(estimator)?, says)?;
    flow.answer_column(n_targets == 1 && targets.shape.len() == 2);
    Ok(Output::Answer(Answer::Values(values)))
}

fn nearest(estimator: &Estimator<'_, '_>, n_points: usize) -> Result<Asked> {
    asked(estimator.size("n_neighbors")?, n_points)
}

pub(super) fn asked(n_asked: usize, n_points: usize) -> Result<Asked> {
    if n_asked == 0 || n_asked > n_points {
        return Err(Error::malformed(format!("{n_asked} neighbours are asked, and there are {n_points}")));
    }
    Ok(Asked::Nearest(n_asked))
}

pub(super) fn within(estimator: &Estimator<'_, '_>) -> Result<Asked> {
    match estimator.number("radius")? {
        radius if radius >= 0.0 && radius.is_finite() => Ok(Asked::Within(radius)),
        radius => Err(Error::malformed(format!("a radius of {radius}"))),
    }
}

fn counts(estimator: &Estimator<'_, '_>) -> Result<Counts> {
    match estimator.text("weights") {
        Some("uniform") => Ok(Counts::Same),
        Some("distance") => Ok(Counts::ByDistance),
        _ if estimator.is_none("weights") => Ok(Counts::Same),
        _ => {
            let weights = estimator.required("weights")?;
            let what = estimator.objects.describe(weights);
            Err(Error::unsupported(format!("its weights are {what}; 'uniform' and 'distance' are read")))
        }
    }
}

/// The class of each point for every output, counted on behind those of the outputs before.
fn classes(estimator: &Estimator<'_, '_>, n_points: usize, labels: &[Labels]) -> Result<Vec<u32>> {
    let id = estimator.required("_y")?;
    let Object::Array(array) = estimator.objects.get(id) else { return Err(estimator.unexpected("_y", id)) };
    let after = |n_before: &mut usize, labels: &Labels| {
        let range = (*n_before, labels.len());
        *n_before += labels.len();
        Some(range)
    };
    let ranges: Vec<(usize, usize)> = labels.iter().scan(0, after).collect();
    let class = |(class, (n_before, n_classes)): (i64, &(usize, usize))| {
        let class = usize::try_from(class).ok().filter(|class| class < n_classes)?;
        u32::try_from(n_before + class).ok()
    };
    let all = array.integers(estimator.objects)?;
    let is_whole = all.len() == n_points.saturating_mul(labels.len());
    let classes: Option<Vec<u32>> = all.into_iter().zip(ranges.iter().cycle()).map(class).collect();
    classes
        .filter(|_| is_whole)
        .ok_or_else(|| Error::malformed(format!("'_y' are no classes of {n_points} points")))
}

/// The classes of rows without neighbours, one of each output, counted on behind those of the outputs before; none where
/// there is no such label. One that no class has is another class where that `may_be_new`, without a vote.
fn alone(estimator: &Estimator<'_, '_>, labels: &mut [Labels], may_be_new: bool) -> Result<Vec<usize>> {
    if estimator.is_none("outlier_label_") {
        return Ok(Vec::new());
    }
    let (objects, id) = (estimator.objects, estimator.required("outlier_label_")?);
    let of_each = match objects.items(id) {
        Some(each) if each.len() == labels.len() => each,
        None if labels.len() == 1 => &[id],
        _ => return Err(estimator.unexpected("outlier_label_", id)),
    };
    let (mut n_before, mut classes) = (0, Vec::with_capacity(labels.len()));
    for (labels, label) in labels.iter_mut().zip(of_each) {
        let place = label_position::of(objects, *label, labels);
        let place =
            place.or_else(|| if may_be_new { new_class(labels, objects.float(*label)?) } else { None });
        let place = place.ok_or_else(|| Error::unsupported("its outliers have a label that no class has"))?;
        classes.push(n_before + place);
        n_before += labels.len();
    }
    Ok(classes)
}

/// Another class of this number, if it is such as the others are.
fn new_class(labels: &mut Labels, number: f64) -> Option<usize> {
    let place = labels.len();
    match labels {
        // Integers of 32 bits are what of several labels a row is read.
        Labels::Integers(labels) if number.fract() == 0.0 && number.abs() < f64::from(i32::MAX) => {
            #[expect(clippy::cast_possible_truncation, reason = "it is whole and no larger than that")]
            labels.push(number as i64);
        }
        Labels::Floats(labels) if number.is_finite() => labels.push(number),
        _ => return None,
    }
    Some(place)
}
