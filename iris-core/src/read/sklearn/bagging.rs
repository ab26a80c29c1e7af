//! `BaggingClassifier` and `BaggingRegressor`: the mean of members, each of which may see some columns only.

use super::decision_tree::{Place, grown, plant_shares, plant_values, shares_answer};
use super::estimator::Estimator;
use super::flow::{Answer, ClassAnswer, Flow, Numbers, Output, Rows};
use super::random_forest::mean;
use super::tree::{self, FittedTree};
use super::{imbalanced, labels, members};
use crate::error::{Error, Result};
use crate::program::Step;
use crate::read::pickle::{Object, ObjectId};
use crate::schema::Labels;
use crate::trees::{Planting, Precision};

pub(super) fn classifier(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    let labels = labels::of(estimator, flow)?;
    labels.check(labels.len())?;
    let (members, rows) = Members::of(estimator, flow, rows)?;
    if members.are_trees(flow) {
        let n_classes = labels.len();
        let mut planting = members.planting(flow, rows.width(), n_classes)?;
        for (id, columns) in members.iter() {
            let tree = flow.open(id)?;
            let classes = known(&tree, n_classes)?;
            let place = Place { columns: Some(columns), classes: Some(&classes), ..members.place(n_classes) };
            plant_shares(&tree, flow, &mut planting, &place)?;
        }
        let forest = planting.finish(mean(n_classes, members.n))?;
        return Ok(shares_answer(labels, grown(flow, rows, forest)?));
    }
    composed(&members, flow, &rows, labels).map(|answer| Output::Answer(Answer::Classes(answer)))
}

pub(super) fn regressor(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    let (members, rows) = Members::of(estimator, flow, rows)?;
    let values = if members.are_trees(flow) {
        let mut planting = members.planting(flow, rows.width(), 1)?;
        for (id, columns) in members.iter() {
            let tree = FittedTree::of(&flow.open(id)?, flow)?;
            plant_values(&tree, &mut planting, &Place { columns: Some(columns), ..members.place(1) })?;
        }
        grown(flow, rows, planting.finish(mean(1, members.n))?)?
    } else {
        let mut values = Vec::new();
        for (id, columns) in members.iter() {
            let selected = seen(flow, &rows, columns)?;
            values.push(flow.answer(id, selected)?.into_values()?);
        }
        members.mean(flow, values)?
    };
    flow.answer_column(false);
    Ok(Output::Answer(Answer::Values(values)))
}

/// The members, with the columns that each sees.
struct Members {
    ids: Vec<ObjectId>,
    columns: Vec<Vec<usize>>,
    width: usize,
    /// What sums are divided by.
    n: usize,
    takes_missing: bool,
}

impl Members {
    /// The members, and the rows without columns that none of them sees.
    fn of(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<(Self, Rows)> {
        let ids = members::of(estimator)?.iter().map(|id| imbalanced::fitted(estimator, flow, *id));
        let ids: Vec<ObjectId> = ids.collect::<Result<_>>()?;
        let mut columns = columns(estimator, rows.width())?;
        if columns.len() != ids.len() {
            let message = format!("columns of {} members, of which there are {}", columns.len(), ids.len());
            return Err(Error::malformed(message));
        }
        flow.spend(columns.iter().map(Vec::len).sum())?;
        let n = estimator.size("n_estimators")?;
        if n == 0 {
            return Err(Error::malformed("'n_estimators' is 0"));
        }
        let mut takes_missing = true;
        for id in ids.iter().filter(|id| tree::is_tree(estimator.objects, **id)) {
            takes_missing &= tree::takes_missing(&flow.part_of(estimator, *id)?);
        }
        let mut places = vec![None; rows.width()];
        columns.iter().flatten().for_each(|column| places[*column] = Some(0));
        let used: Vec<usize> = (0..rows.width()).filter(|column| places[*column].is_some()).collect();
        let rows = if used.len() == rows.width() { rows } else { seen(flow, &rows, &used)? };
        used.iter().enumerate().for_each(|(place, column)| places[*column] = Some(place));
        columns.iter_mut().flatten().for_each(|column| *column = places[*column].unwrap_or(*column));
        Ok((Self { ids, columns, width: rows.width(), n, takes_missing }, rows))
    }

    fn iter(&self) -> impl Iterator<Item = (ObjectId, &[usize])> {
        self.ids.iter().zip(&self.columns).map(|(id, columns)| (*id, columns.as_slice()))
    }

    /// Whether all are single trees, which together are a forest.
    fn are_trees(&self, flow: &Flow<'_, '_>) -> bool {
        self.ids.iter().all(|id| tree::is_tree(flow.objects(), *id))
    }

    fn place(&self, n_outputs: usize) -> Place<'static> {
        Place::all(self.width, n_outputs, self.takes_missing)
    }

    fn planting(&self, flow: &mut Flow<'_, '_>, width: usize, n_outputs: usize) -> Result<Planting> {
        flow.spend(n_outputs)?;
        Ok(Planting::new(width, n_outputs, Precision::Single).taking_missing(self.takes_missing))
    }

    /// The sum of what the members say, in their order, by their number.
    fn mean(&self, flow: &mut Flow<'_, '_>, said: Vec<Numbers>) -> Result<Numbers> {
        let sum = summed(flow, said)?;
        #[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^53 members")]
        let n = self.n as f64;
        flow.mapped(sum.source, sum.affine.divided(|_| n))
    }
}

/// The columns that a member sees: what is missing in others does not matter to it.
fn seen(flow: &mut Flow<'_, '_>, rows: &Rows, columns: &[usize]) -> Result<Rows> {
    let selected = flow.select(rows, columns)?;
    flow.apart(selected)
}

/// The sum of numbers of the same width, in their order, as a value of its own.
pub(super) fn summed(flow: &mut Flow<'_, '_>, said: Vec<Numbers>) -> Result<Numbers> {
    let width = said.first().map_or(0, Numbers::width);
    if said.iter().any(|numbers| numbers.width() != width) {
        return Err(Error::malformed("its members answer different numbers"));
    }
    let n = said.len();
    let mut parts = Vec::with_capacity(n);
    for numbers in said {
        // Folded into the sum, a member's own arithmetic would be another.
        parts.push(flow.alone(numbers)?);
    }
    let all = flow.beside(parts)?;
    let mut weights = vec![0.0; n * width * width];
    (0..n * width).for_each(|from| weights[from * width + from % width] = 1.0);
    let sum = flow.weighted(&all, &weights, width)?;
    flow.alone(sum)
}

fn composed(members: &Members, flow: &mut Flow<'_, '_>, rows: &Rows, labels: Labels) -> Result<ClassAnswer> {
    let n_classes = labels.len();
    let (mut all_shares, mut all_scores) = (Vec::new(), Vec::new());
    for (id, columns) in members.iter() {
        let selected = seen(flow, rows, columns)?;
        let answer = flow.answer(id, selected)?;
        let answer = flow.classes(answer)?;
        let classes = places(&answer.labels, n_classes)?;
        let shares = match answer.probabilities {
            Some(probabilities) => probabilities,
            None => flow.stepped(answer.votes, Step::FirstOfLargest)?,
        };
        all_shares.push(if classes.len() == n_classes {
            shares
        } else {
            let mut weights = vec![0.0; classes.len() * n_classes];
            classes.iter().enumerate().for_each(|(from, class)| weights[from * n_classes + class] = 1.0);
            flow.weighted(&shares, &weights, n_classes)?
        });
        all_scores.extend(answer.scores);
    }
    let scores =
        if all_scores.len() == members.ids.len() { Some(members.mean(flow, all_scores)?) } else { None };
    let probabilities = members.mean(flow, all_shares)?;
    let votes = probabilities.clone();
    Ok(ClassAnswer { labels, votes, scores, probabilities: Some(probabilities) })
}

/// The classes that a member knows, by their places among all.
fn known(member: &Estimator<'_, '_>, n_classes: usize) -> Result<Vec<usize>> {
    let classes = member.numbers("classes_")?.values;
    let place = |class: f64| {
        (0..n_classes).find(|place| f64::from(u32::try_from(*place).unwrap_or(u32::MAX)) == class)
    };
    ascending(classes.into_iter().map(place).collect(), n_classes)
}

fn places(labels: &Labels, n_classes: usize) -> Result<Vec<usize>> {
    let places = match labels {
        Labels::Integers(places) => places.iter().map(|place| usize::try_from(*place).ok()).collect(),
        _ => None,
    };
    ascending(places, n_classes)
}

fn ascending(places: Option<Vec<usize>>, n_classes: usize) -> Result<Vec<usize>> {
    let is_right = |places: &Vec<usize>| {
        places.is_sorted_by(|a, b| a < b) && places.last().is_some_and(|last| *last < n_classes)
    };
    places.filter(is_right).ok_or_else(|| {
        Error::malformed(format!("a member knows other classes than the {n_classes} of its ensemble"))
    })
}

/// `estimators_features_`: the columns of each member.
pub(super) fn columns(estimator: &Estimator<'_, '_>, width: usize) -> Result<Vec<Vec<usize>>> {
    let id = estimator.required("estimators_features_")?;
    let objects = estimator.objects;
    let items = objects.items(id).ok_or_else(|| estimator.unexpected("estimators_features_", id))?;
    let of_member = |item: &ObjectId| {
        let Object::Array(array) = objects.get(*item) else { return None };
        let columns = array.integers(objects).ok()?;
        let column = |column: i64| usize::try_from(column).ok().filter(|column| *column < width);
        columns.into_iter().map(column).collect::<Option<Vec<usize>>>().filter(|columns| !columns.is_empty())
    };
    let columns: Option<Vec<Vec<usize>>> = items.iter().map(of_member).collect();
    columns.ok_or_else(|| {
        Error::malformed(format!("'estimators_features_' are no choices among {width} columns"))
    })
}
