//! `MultinomialNB`, `ComplementNB` and `BernoulliNB`: logarithms of frequencies, added up.

use super::estimator::Estimator;
use super::flow::{Answer, ClassAnswer, Flow, Numbers, Output, Rows};
use super::{kernel, labels};
use crate::error::Result;
use crate::linear::Link;
use crate::program::{Binarize, Step};
use crate::schema::Labels;

pub(super) fn multinomial(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    let labels = labels::of(estimator, flow)?;
    let priors = priors(estimator, &labels)?;
    let rows = flow.numbers(rows)?;
    let logarithms = logarithms(estimator, rows.width(), &labels)?;
    added(flow, &rows, &logarithms, &priors, labels)
}

pub(super) fn complement(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    let labels = labels::of(estimator, flow)?;
    // Only where there is one class do the priors count, and one is no choice.
    let priors = vec![0.0; labels.len()];
    let rows = flow.numbers(rows)?;
    let logarithms = logarithms(estimator, rows.width(), &labels)?;
    added(flow, &rows, &logarithms, &priors, labels)
}

pub(super) fn bernoulli(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    let labels = labels::of(estimator, flow)?;
    let mut priors = priors(estimator, &labels)?;
    let mut rows = flow.numbers(rows)?;
    let width = rows.width();
    if !estimator.is_none("binarize") {
        let threshold = estimator.number("binarize")?;
        rows = flow.stepped(rows, Step::Binarize(Binarize { threshold }))?;
    }
    // Of each class what the absence of a column says, and what its presence says instead.
    let mut present = logarithms(estimator, width, &labels)?;
    for (prior, of_class) in priors.iter_mut().zip(present.chunks_exact_mut(width)) {
        let mut absences = 0.0;
        for logarithm in of_class {
            let absence = (1.0 - logarithm.exp()).ln();
            absences += absence;
            *logarithm -= absence;
        }
        *prior += absences;
    }
    kernel::finite("feature_log_prob_", &present)?;
    added(flow, &rows, &present, &priors, labels)
}

/// A row of logarithms a class.
fn logarithms(estimator: &Estimator<'_, '_>, width: usize, labels: &Labels) -> Result<Vec<f64>> {
    let logarithms = estimator.table("feature_log_prob_", width)?;
    labels.check(logarithms.len() / width)?;
    kernel::finite("feature_log_prob_", &logarithms)?;
    Ok(logarithms)
}

fn priors(estimator: &Estimator<'_, '_>, labels: &Labels) -> Result<Vec<f64>> {
    estimator.column_numbers("class_log_prior_", labels.len())
}

/// The classes by `x · logarithms + priors`; of two classes by what speaks more for the second, unless
/// the order of the sums is known.
fn added(
    flow: &mut Flow<'_, '_>,
    rows: &Numbers,
    logarithms: &[f64],
    priors: &[f64],
    labels: Labels,
) -> Result<Output> {
    let (width, n_classes) = (rows.width(), labels.len());
    labels.check(n_classes)?;
    let weights = crate::read::transposed(logarithms, width, |weight| *weight);
    let scores = flow.times(&rows.affine, weights, n_classes)?.shifted(|class| priors[class]);
    let mut scores = flow.mapped(rows.source, scores)?;
    if n_classes != 2 {
        let probabilities = Some(flow.stepped(scores.clone(), Step::Link(Link::Softmax))?);
        let answer = ClassAnswer { labels, votes: scores, scores: None, probabilities };
        return Ok(Output::Answer(Answer::Classes(answer)));
    }
    // scikit-learn adds up terms in the order of their columns for each class by itself, and
    // two classes may differ in nothing but how that is rounded. Dense rows it leaves to BLAS.
    let are_terms = flow.are_terms(rows);
    if are_terms {
        scores = flow.settled(scores)?;
    }
    let score = flow.weighted(&scores, &[-1.0, 1.0], 1)?;
    let both = Numbers { source: score.source, affine: score.affine.for_two_classes() };
    let votes = if are_terms { scores } else { both.clone() };
    let probabilities = Some(flow.stepped(both, Step::Link(Link::Logistic))?);
    Ok(Output::Answer(Answer::Classes(ClassAnswer { labels, votes, scores: None, probabilities })))
}
