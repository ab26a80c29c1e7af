//! `SVC`, `NuSVC`, `SVR`, `NuSVR` and `OneClassSVM`: libsvm's machines.
//!
//! Classes are told apart in pairs. A support vector of a class has a coefficient against each other
//! class; what is added up for both sides of a pair is its decision value.

use super::estimator::Estimator;
use super::flow::{Answer, ClassAnswer, Flow, Numbers, Output, Rows};
use super::{kernel, labels, outliers};
use crate::error::{Error, Result};
use crate::program::{Above, Binarize, Kernel, Learned, OneVsOne, PairCoupling, PairSums, Step};
use crate::read::pickle::Object;

pub(super) fn classifier(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    let labels = labels::of(estimator, flow)?;
    let n_classes = labels.len();
    labels.check(n_classes)?;
    let rows = flow.numbers(rows)?;
    let machine = Machine::of(estimator, flow, rows.width(), n_classes - 1)?;
    let n_support = n_support(estimator)?;
    if n_support.len() != n_classes
        || n_support.iter().try_fold(0usize, |sum, n| sum.checked_add(*n)) != Some(machine.n_points)
    {
        let message = format!(
            "{n_support:?} support vectors of {n_classes} classes, of which there are {}",
            machine.n_points
        );
        return Err(Error::malformed(message));
    }
    let intercepts = intercepts(estimator)?;
    let n_intercepts = intercepts.len();
    let pairs = PairSums::new(n_classes, intercepts).ok_or_else(|| {
        Error::malformed(format!("'_intercept_' has {n_intercepts} numbers for {n_classes} classes"))
    })?;
    let sums = kernel::sums(flow, rows, machine.kernel, &machine.points, &machine.coefficients, &n_support)?;
    let decisions = flow.stepped(sums, Step::Learned(Box::new(Learned::PairSums(pairs))))?;
    let probabilities = coupled(estimator, flow, &decisions, n_classes)?;
    let (votes, scores) = match n_classes {
        2 => binary(flow, &decisions)?,
        _ => several(estimator, flow, &decisions, n_classes)?,
    };
    Ok(Output::Answer(Answer::Classes(ClassAnswer { labels, votes, scores: Some(scores), probabilities })))
}

pub(super) fn regressor(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    flow.answer_column(false);
    decision(estimator, flow, rows).map(|values| Output::Answer(Answer::Values(values)))
}

pub(super) fn one_class(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    let scores = decision(estimator, flow, rows)?;
    outliers::by_scores(flow, scores, false)
}

/// The support vectors, and so many coefficients of each.
struct Machine {
    kernel: Kernel,
    n_points: usize,
    points: Vec<f64>,
    coefficients: Vec<f64>,
}

impl Machine {
    fn of(
        estimator: &Estimator<'_, '_>,
        flow: &mut Flow<'_, '_>,
        width: usize,
        n_coefficients: usize,
    ) -> Result<Self> {
        let kernel = kernel::of_machine(estimator)?;
        let (points, n_points) = kernel::points(estimator, flow, "support_vectors_", width)?;
        if n_points == 0 {
            return Ok(Self { kernel, n_points, points, coefficients: Vec::new() });
        }
        let coefficients = kernel::turned_weights(estimator, flow, "_dual_coef_", n_points)?;
        if n_points.checked_mul(n_coefficients) != Some(coefficients.len()) {
            let message =
                format!("'_dual_coef_' has {} numbers for {n_points} support vectors", coefficients.len());
            return Err(Error::malformed(message));
        }
        Ok(Self { kernel, n_points, points, coefficients })
    }
}

/// The one decision value of a machine that knows no classes.
fn decision(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Numbers> {
    let intercept = match intercepts(estimator)?.as_slice() {
        [one] => *one,
        several => {
            return Err(Error::malformed(format!("'_intercept_' has {} numbers for one", several.len())));
        }
    };
    let numbers = flow.numbers(rows.clone())?;
    let machine = Machine::of(estimator, flow, numbers.width(), 1)?;
    if machine.n_points == 0 {
        let rows = flow.present(rows)?;
        return flow.constant(&rows, &[intercept]);
    }
    let groups = [machine.n_points];
    let sums = kernel::sums(flow, numbers, machine.kernel, &machine.points, &machine.coefficients, &groups)?;
    flow.mapped(sums.source, sums.affine.shifted(|_| intercept))
}

/// The first of two classes has a decision value above 0, and the second a score above 0.
fn binary(flow: &mut Flow<'_, '_>, decisions: &Numbers) -> Result<(Numbers, Numbers)> {
    let above = Above { threshold: 0.0, or_equal: false };
    let votes = flow.stepped(decisions.clone(), Step::Above(above))?;
    let votes = flow.columns(&votes, &[1, 0])?;
    let score = flow.mapped(decisions.source, decisions.affine.clone().scaled(|_| -1.0))?;
    Ok((votes, score))
}

fn several(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    decisions: &Numbers,
    n_classes: usize,
) -> Result<(Numbers, Numbers)> {
    let n_pairs = decisions.width();
    let by_class = match estimator.text("decision_function_shape") {
        Some("ovr") => true,
        Some("ovo") => false,
        _ => {
            let shape = estimator.required("decision_function_shape")?;
            return Err(estimator.unexpected("decision_function_shape", shape));
        }
    };
    let scores = if by_class {
        let negative = flow.mapped(decisions.source, decisions.affine.clone().scaled(|_| -1.0))?;
        let predictions = flow.stepped(negative.clone(), Step::Binarize(Binarize { threshold: 0.0 }))?;
        let said = flow.beside(vec![predictions, negative])?;
        flow.stepped(said, Step::OneVsOne(OneVsOne { n_classes }))?
    } else {
        decisions.clone()
    };
    if by_class && estimator.flag("break_ties", false)? {
        return Ok((scores.clone(), scores));
    }
    let first_wins = flow.stepped(decisions.clone(), Step::Binarize(Binarize { threshold: 0.0 }))?;
    flow.spend(n_pairs.saturating_mul(n_classes))?;
    let mut weights = vec![0.0; n_pairs * n_classes];
    let pairs = (0..n_classes).flat_map(|i| (i + 1..n_classes).map(move |j| (i, j)));
    for ((i, j), weights) in pairs.zip(weights.chunks_exact_mut(n_classes)) {
        weights[i] = 1.0;
        weights[j] = -1.0;
    }
    let votes = flow.weighted(&first_wins, &weights, n_classes)?;
    // Class j is the second of j pairs, each of which votes for it or for the other.
    #[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^53 classes")]
    let votes = flow.mapped(votes.source, votes.affine.shifted(|class| class as f64))?;
    Ok((votes, scores))
}

/// The probabilities, where the machine was fitted for them.
fn coupled(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    decisions: &Numbers,
    n_classes: usize,
) -> Result<Option<Numbers>> {
    let [slopes, offsets] = [["_probA", "probA_"], ["_probB", "probB_"]].map(|names| {
        let name = names.into_iter().find(|name| estimator.get(name).is_some());
        name.map_or_else(|| Ok(Vec::new()), |name| Ok(estimator.numbers(name)?.values))
    });
    let (slopes, offsets): (Vec<f64>, Vec<f64>) = (slopes?, offsets?);
    if slopes.is_empty() {
        return Ok(None);
    }
    kernel::finite("_probA", &slopes)?;
    kernel::finite("_probB", &offsets)?;
    flow.spend(n_classes.saturating_mul(n_classes).saturating_mul(3))?;
    let (n_slopes, n_offsets) = (slopes.len(), offsets.len());
    let coupling = PairCoupling::new(n_classes, slopes, offsets).ok_or_else(|| {
        Error::malformed(format!("{n_slopes} and {n_offsets} numbers of Platt's for {n_classes} classes"))
    })?;
    flow.stepped(decisions.clone(), Step::Learned(Box::new(Learned::PairCoupling(coupling)))).map(Some)
}

fn intercepts(estimator: &Estimator<'_, '_>) -> Result<Vec<f64>> {
    let intercepts = estimator.numbers("_intercept_")?.values;
    kernel::finite("_intercept_", &intercepts)?;
    Ok(intercepts)
}

/// How many support vectors each class has.
fn n_support(estimator: &Estimator<'_, '_>) -> Result<Vec<usize>> {
    let name = if estimator.get("_n_support").is_some() { "_n_support" } else { "n_support_" };
    let id = estimator.required(name)?;
    let Object::Array(array) = estimator.objects.get(id) else { return Err(estimator.unexpected(name, id)) };
    let counts = array.integers(estimator.objects)?.into_iter().map(|count| usize::try_from(count).ok());
    counts.collect::<Option<Vec<usize>>>().ok_or_else(|| estimator.unexpected(name, id))
}
