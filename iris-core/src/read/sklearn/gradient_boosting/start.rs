//! `init_`: what the sums of a booster begin with.
//!
//! | since | what changed |
//! |---|---|
//! | 1.4 | of more than two classes the logarithms are less their mean |
//! | 1.8 | probabilities are kept from 0 and 1 by less |

use super::super::decision_tree::shares;
use super::super::estimator::Estimator;
use super::super::flow::{Flow, Numbers, Rows};
use super::super::tree::{self, FittedTree};
use crate::error::{Error, Result};
use crate::program::{Clip, Function, Inverse, Step};
use crate::read::pickle::{Object, ObjectId};
use crate::trees::Planting;

/// What is made of what the estimator says.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wanted {
    /// A regressor's value.
    Value,
    /// Of the second of two classes, times a factor.
    LogOdds { factor: f64 },
    /// Of each class.
    Logarithms { n_classes: usize },
}

/// What the sums begin with.
pub(super) enum Start {
    /// The same for every row.
    Constant(Vec<f64>),
    Computed(Numbers),
}

/// Classes that round rows to single precision themselves, or do not look at them.
const ROUNDING: [&str; 8] = [
    "DummyClassifier",
    "DummyRegressor",
    "RandomForestClassifier",
    "RandomForestRegressor",
    "ExtraTreesClassifier",
    "ExtraTreesRegressor",
    "GradientBoostingClassifier",
    "GradientBoostingRegressor",
];

/// Classes that compute in double precision with rows of single precision, if what they learnt is double.
const DOUBLE: [&str; 6] = [
    "LinearRegression",
    "Ridge",
    "LogisticRegression",
    "LinearDiscriminantAnalysis",
    "HistGradientBoostingClassifier",
    "HistGradientBoostingRegressor",
];

impl Wanted {
    pub(super) fn n_outputs(self) -> usize {
        match self {
            Self::Value | Self::LogOdds { .. } => 1,
            Self::Logarithms { n_classes } => n_classes,
        }
    }
}

/// What the initial estimator of a booster says. A tree becomes the first of the booster's own.
pub(super) fn of(
    booster: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
    wanted: Wanted,
    planting: &mut Planting,
) -> Result<Start> {
    let id = booster.required("init_")?;
    if booster.objects.text(id) == Some("zero") {
        return Ok(Start::Constant(vec![0.0; wanted.n_outputs()]));
    }
    // Before 1.8 that of single precision.
    let epsilon = if booster.is_since(1, 8) { f64::EPSILON } else { f64::from(f32::EPSILON) };
    let clip = Clip { low: epsilon, high: 1.0 - epsilon };
    let is_centred = booster.is_since(1, 4);
    let log_odds = if booster.is_since(1, 6) { log_odds_near_half } else { log_odds };
    let constant = |said: &[f64]| constant(said, wanted, clip, is_centred, log_odds);
    if tree::is_tree(booster.objects, id) {
        let tree = flow.open(id)?;
        let fitted = FittedTree::of(&tree, flow)?;
        check_width(fitted.n_classes() * fitted.n_outputs(), wanted)?;
        let leaf =
            |node: usize, to: &mut Vec<f64>| to.extend(constant(&shares_or_value(&tree, &fitted, node)));
        planting.plant(&fitted.over(None, false, leaf)?)?;
        return Ok(Start::Constant(vec![0.0; wanted.n_outputs()]));
    }
    let rows = in_single(booster, flow, id, rows)?;
    let answer = flow.answer(id, rows)?;
    let said = match wanted {
        Wanted::Value => answer.into_values()?,
        Wanted::LogOdds { .. } | Wanted::Logarithms { .. } => {
            let probabilities = flow.classes(answer)?.probabilities;
            probabilities.ok_or_else(|| Error::unsupported("its 'init_' has no probabilities"))?
        }
    };
    check_width(said.width(), wanted)?;
    if said.affine.n_inputs() == 0 {
        return Ok(Start::Constant(constant(said.affine.offset())));
    }
    computed(flow, said, wanted, clip, is_centred).map(Start::Computed)
}

fn check_width(width: usize, wanted: Wanted) -> Result<()> {
    let expected = if let Wanted::LogOdds { .. } = wanted { 2 } else { wanted.n_outputs() };
    if width == expected {
        return Ok(());
    }
    let message = format!("its 'init_' answers {width} numbers where {expected} are asked for");
    Err(Error::malformed(message))
}

/// What a tree answers at a node: as a classifier shares, as a regressor a value.
fn shares_or_value(tree: &Estimator<'_, '_>, fitted: &FittedTree<'_>, node: usize) -> Vec<f64> {
    if fitted.n_classes() == 1 { fitted.values(node).to_vec() } else { shares(tree, fitted.values(node)) }
}

/// Rows as the initial estimator is given them.
fn in_single(booster: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, id: ObjectId, rows: Rows) -> Result<Rows> {
    let class = Estimator::class_of(booster.objects, id);
    let (module, class) = class.ok_or_else(|| booster.unexpected("init_", id))?;
    if module.starts_with("sklearn.") && ROUNDING.contains(&class) {
        return Ok(rows);
    }
    let is_double = |name: &str| match flow_attribute(booster, id, name) {
        Some(Object::Array(array)) => !array.dtype().is_single(),
        _ => true,
    };
    if !(module.starts_with("sklearn.")
        && DOUBLE.contains(&class)
        && is_double("coef_")
        && is_double("intercept_"))
    {
        return Err(Error::unsupported(format!(
            "its 'init_', a {class}, computes in single precision, which is not read"
        )));
    }
    let numbers = flow.numbers(rows)?;
    flow.stepped(numbers, Step::Single).map(Rows::from)
}

fn flow_attribute<'t, 'a>(booster: &Estimator<'t, 'a>, id: ObjectId, name: &str) -> Option<&'t Object<'a>> {
    let objects = booster.objects;
    let Object::Call(call) = objects.get(id) else { return None };
    let Object::Dict(entries) = objects.get(call.state?) else { return None };
    let found = entries.iter().rev().find(|(key, _)| objects.text(*key) == Some(name));
    found.map(|(_, value)| objects.get(*value))
}

fn log_odds(probability: f64) -> f64 {
    (probability / (1.0 - probability)).ln()
}

/// scipy's `logit` since 1.15, about as old as scikit-learn 1.6.
fn log_odds_near_half(probability: f64) -> f64 {
    if !(0.3..=0.65).contains(&probability) {
        return log_odds(probability);
    }
    let twice = 2.0 * (probability - 0.5);
    twice.ln_1p() - (-twice).ln_1p()
}

fn constant(
    said: &[f64],
    wanted: Wanted,
    clip: Clip,
    is_centred: bool,
    log_odds: fn(f64) -> f64,
) -> Vec<f64> {
    let clipped = said.iter().map(|probability| probability.clamp(clip.low, clip.high));
    match wanted {
        Wanted::Value => said.to_vec(),
        Wanted::LogOdds { factor } => {
            clipped.skip(1).map(|probability| factor * log_odds(probability)).collect()
        }
        Wanted::Logarithms { .. } if is_centred => {
            let probabilities: Vec<f64> = clipped.collect();
            #[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^53 classes")]
            let n = probabilities.len() as f64;
            let mean = (probabilities.iter().map(|probability| probability.ln()).sum::<f64>() / n).exp();
            probabilities.iter().map(|probability| (probability / mean).ln()).collect()
        }
        Wanted::Logarithms { .. } => clipped.map(f64::ln).collect(),
    }
}

fn computed(
    flow: &mut Flow<'_, '_>,
    said: Numbers,
    wanted: Wanted,
    clip: Clip,
    is_centred: bool,
) -> Result<Numbers> {
    match wanted {
        Wanted::Value => Ok(said),
        Wanted::LogOdds { factor } => {
            let second = flow.columns(&said, &[1])?;
            let clipped = flow.stepped(second, Step::Clip(clip))?;
            let odds = flow.stepped(clipped, Step::Inverse(Inverse::Logit))?;
            flow.mapped(odds.source, odds.affine.scaled(|_| factor))
        }
        Wanted::Logarithms { n_classes } => {
            let clipped = flow.stepped(said, Step::Clip(clip))?;
            let logarithms = flow.stepped(clipped, Step::Function(Function::LOG))?;
            if !is_centred {
                return Ok(logarithms);
            }
            #[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^53 classes")]
            let share = 1.0 / n_classes as f64;
            let weight =
                |place: usize| if place.is_multiple_of(n_classes + 1) { 1.0 - share } else { -share };
            let weights: Vec<f64> = (0..n_classes * n_classes).map(weight).collect();
            flow.weighted(&logarithms, &weights, n_classes)
        }
    }
}
