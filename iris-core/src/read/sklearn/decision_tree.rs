//! `DecisionTreeClassifier`, `DecisionTreeRegressor` and their extremely random kin: one tree.

use super::estimator::Estimator;
use super::flow::{Answer, ClassAnswer, Flow, Numbers, Output, Rows};
use super::labels;
use super::pairwise_sum::pairwise_sum;
use super::tree::{self, FittedTree};
use crate::error::{Error, Result};
use crate::program::Step;
use crate::trees::{Forest, Planting, Precision, Sum};

pub(super) fn classifier(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    let labels = labels::of(estimator, flow)?;
    labels.check(labels.len())?;
    let (width, n_classes) = (rows.width(), labels.len());
    let takes_missing = tree::takes_missing(estimator) && !rows.are_sparse();
    let mut planting = Planting::new(width, n_classes, Precision::Single).taking_missing(takes_missing);
    plant_shares(estimator, flow, &mut planting, &Place::all(width, n_classes, takes_missing))?;
    let probabilities = grown(flow, rows, planting.finish(Sum::plain(n_classes))?)?;
    Ok(shares_answer(labels, probabilities))
}

pub(super) fn regressor(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    let width = rows.width();
    let takes_missing = tree::takes_missing(estimator) && !rows.are_sparse();
    let fitted = FittedTree::of(estimator, flow)?;
    let n_outputs = fitted.n_outputs();
    let mut planting = Planting::new(width, n_outputs, Precision::Single).taking_missing(takes_missing);
    plant_values(&fitted, &mut planting, &Place::all(width, n_outputs, takes_missing))?;
    let values = grown(flow, rows, planting.finish(Sum::plain(n_outputs))?)?;
    flow.answer_column(false);
    Ok(Output::Answer(Answer::Values(values)))
}

/// Where a tree stands in a forest.
pub(super) struct Place<'p> {
    /// Columns of the forest.
    pub(super) width: usize,
    /// The columns that the tree's features are, unless it has all of them.
    pub(super) columns: Option<&'p [usize]>,
    /// Numbers that a leaf has in the forest.
    pub(super) n_outputs: usize,
    /// The outputs that the tree's classes are, unless it has all of them.
    pub(super) classes: Option<&'p [usize]>,
    pub(super) takes_missing: bool,
}

impl Place<'_> {
    /// Over every column, to every output.
    pub(super) fn all(width: usize, n_outputs: usize, takes_missing: bool) -> Self {
        Self { width, columns: None, n_outputs, classes: None, takes_missing }
    }

    /// That a regressor's tree of one number a leaf stands here.
    pub(super) fn check(&self, fitted: &FittedTree<'_>) -> Result<()> {
        self.check_features(fitted.n_features())?;
        if fitted.n_outputs() == self.n_outputs && fitted.n_classes() == 1 {
            return Ok(());
        }
        Err(Error::malformed(format!(
            "a tree of {} outputs with {} numbers where {} are asked for",
            fitted.n_outputs(),
            fitted.n_classes(),
            self.n_outputs
        )))
    }

    fn check_features(&self, n_features: usize) -> Result<()> {
        let width = self.columns.map_or(self.width, <[usize]>::len);
        if n_features == width {
            return Ok(());
        }
        Err(Error::malformed(format!("a tree of {n_features} features where {width} columns come in")))
    }
}

/// Adds a classifier's tree, each leaf with what `predict_proba` answers there.
pub(super) fn plant_shares(
    tree: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    planting: &mut Planting,
    place: &Place<'_>,
) -> Result<()> {
    plant_classes(tree, flow, planting, place, |shares, _| shares)
}

/// Adds a classifier's tree, each leaf with what `made` makes of what
/// `predict_proba` answers there, and of the class that `predict` does.
pub(super) fn plant_classes(
    tree: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    planting: &mut Planting,
    place: &Place<'_>,
    made: impl Fn(Vec<f64>, usize) -> Vec<f64>,
) -> Result<()> {
    let fitted = FittedTree::of(tree, flow)?;
    place.check_features(fitted.n_features())?;
    let n_classes = place.classes.map_or(place.n_outputs, <[usize]>::len);
    if fitted.n_outputs() != 1 || fitted.n_classes() != n_classes {
        let message = format!(
            "a tree of {} outputs with {} classes where one has {n_classes}",
            fitted.n_outputs(),
            fitted.n_classes()
        );
        return Err(Error::malformed(message));
    }
    let leaf = |node: usize, to: &mut Vec<f64>| {
        let numbers = made(shares(tree, fitted.values(node)), crate::math::argmax(fitted.values(node)));
        match place.classes {
            None => to.extend(numbers),
            Some(classes) => {
                let start = to.len();
                to.resize(start + place.n_outputs, 0.0);
                classes.iter().zip(numbers).for_each(|(class, number)| to[start + class] = number);
            }
        }
    };
    planting.plant(&fitted.over(place.columns, place.takes_missing, leaf)?)
}

/// Adds a regressor's tree, each leaf with a number an output.
pub(super) fn plant_values(
    fitted: &FittedTree<'_>,
    planting: &mut Planting,
    place: &Place<'_>,
) -> Result<()> {
    place.check(fitted)?;
    let leaf = |node: usize, to: &mut Vec<f64>| to.extend_from_slice(fitted.values(node));
    planting.plant(&fitted.over(place.columns, place.takes_missing, leaf)?)
}

/// What a forest makes of the rows.
pub(super) fn grown(flow: &mut Flow<'_, '_>, rows: Rows, forest: Forest) -> Result<Numbers> {
    let numbers = flow.numbers(rows)?;
    flow.stepped(numbers, Step::Trees(Box::new(forest)))
}

/// The answer of a classifier that takes the first of the most probable classes.
pub(super) fn shares_answer(labels: crate::schema::Labels, probabilities: Numbers) -> Output {
    let votes = probabilities.clone();
    Output::Answer(Answer::Classes(ClassAnswer {
        labels,
        votes,
        scores: None,
        probabilities: Some(probabilities),
    }))
}

/// What `predict_proba` of a classifier's tree makes of a node's values: until 1.4 counts
/// are kept, which are divided by their sum unless that is zero.
pub(super) fn shares(tree: &Estimator<'_, '_>, values: &[f64]) -> Vec<f64> {
    if tree.is_since(1, 4) {
        return values.to_vec();
    }
    let sum = pairwise_sum(values);
    let sum = if sum == 0.0 { 1.0 } else { sum };
    values.iter().map(|count| count / sum).collect()
}
