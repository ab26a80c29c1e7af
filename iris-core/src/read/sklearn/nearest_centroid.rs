//! `NearestCentroid`: the class whose middle is nearest.
//!
//! | since | what changed |
//! |---|---|
//! | 1.5 | other metrics than these two are refused when fitting |
//! | 1.6 | classes have priors; where they differ, the discriminant decides; it and probabilities are answered for the euclidean metric |

use super::estimator::Estimator;
use super::flow::{Answer, ClassAnswer, Flow, Numbers, Output, Rows};
use super::labels;
use crate::error::{Error, Result};
use crate::linear::Link;
use crate::program::{Distances, Metric, Step};

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let labels = labels::of(estimator, flow)?;
    let is_euclidean = match estimator.text("metric") {
        Some("euclidean" | "l2") => true,
        Some("manhattan" | "l1" | "cityblock") => false,
        _ => {
            let metric = estimator.required("metric")?;
            return Err(estimator.unexpected("metric", metric));
        }
    };
    let rows = flow.numbers(rows)?;
    let centroids = estimator.table("centroids_", rows.width())?;
    labels.check(centroids.len() / rows.width())?;
    let n_classes = labels.len();
    let priors = match estimator.get("class_prior_") {
        Some(_) => Some(estimator.column_numbers("class_prior_", n_classes)?),
        None => None,
    };
    let discriminant = match &priors {
        Some(priors) => Some(discriminant(estimator, flow, &rows, &centroids, priors, is_euclidean)?),
        None => None,
    };
    let votes = match (&priors, &discriminant) {
        (Some(priors), Some(discriminant)) if !are_equal(priors) => discriminant.clone(),
        _ => {
            let metric = if is_euclidean { Metric::SquaredEuclidean } else { Metric::Manhattan };
            let distances = distances(flow, rows, centroids, n_classes, metric)?;
            flow.nearest(distances)?
        }
    };
    let (scores, probabilities) = match discriminant {
        Some(discriminant) if is_euclidean => {
            let scores = match n_classes {
                2 => flow.weighted(&discriminant, &[-1.0, 1.0], 1)?,
                _ => discriminant.clone(),
            };
            (Some(scores), Some(flow.stepped(discriminant, Step::Link(Link::Softmax))?))
        }
        _ => (None, None),
    };
    Ok(Output::Answer(Answer::Classes(ClassAnswer { labels, votes, scores, probabilities })))
}

/// The distance from each centroid.
fn distances(
    flow: &mut Flow<'_, '_>,
    rows: Numbers,
    centroids: Vec<f64>,
    n_classes: usize,
    metric: Metric,
) -> Result<Numbers> {
    flow.spend(centroids.len())?;
    if !centroids.iter().all(|value| value.is_finite()) {
        return Err(Error::malformed("'centroids_' are not finite"));
    }
    let step = Distances { points: centroids, n_points: n_classes, metric };
    flow.stepped(rows, Step::Distances(step))
}

/// `2 ln(prior) - distance²` of columns that are scaled by their deviation
/// within classes (Hastie, Tibshirani & Friedman 2009, formula 18.2).
fn discriminant(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: &Numbers,
    centroids: &[f64],
    priors: &[f64],
    is_euclidean: bool,
) -> Result<Numbers> {
    let width = rows.width();
    let deviations = estimator.column_numbers("within_class_std_dev_", width)?;
    let divisor = |column: usize| match deviations[column] {
        0.0 => 1.0,
        deviation => deviation,
    };
    let scaled = flow.mapped(rows.source, rows.affine.clone().divided(divisor))?;
    let centroids = centroids.iter().enumerate().map(|(at, value)| value / divisor(at % width)).collect();
    let metric = if is_euclidean { Metric::SquaredEuclidean } else { Metric::SquaredManhattan };
    let distances = distances(flow, scaled, centroids, priors.len(), metric)?;
    let negative = distances.affine.scaled(|_| -1.0);
    flow.mapped(distances.source, negative.shifted(|class| 2.0 * priors[class].ln()))
}

/// Whether they are equal as closely as numpy's `isclose` tells.
fn are_equal(priors: &[f64]) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "a model has far fewer than 2^53 classes")]
    let expected = 1.0 / priors.len() as f64;
    priors.iter().all(|prior| (prior - expected).abs() <= 1e-8 + 1e-5 * expected)
}
