//! `GaussianNB`: a normal distribution of each column in each class.

use super::estimator::Estimator;
use super::flow::{Answer, ClassAnswer, Flow, Numbers, Output, Rows};
use super::{kernel, labels};
use crate::error::{Error, Result};
use crate::linear::Link;
use crate::program::{GroupSums, Learned, Step, Term};
use crate::schema::Labels;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let labels = labels::of(estimator, flow)?;
    let n_classes = labels.len();
    labels.check(n_classes)?;
    let rows = flow.numbers(rows)?;
    let width = rows.width();
    // It was called otherwise before 1.0.
    let name = if estimator.get("var_").is_some() { "var_" } else { "sigma_" };
    let means = estimator.table("theta_", width)?;
    let variances = estimator.table(name, width)?;
    labels.check(means.len() / width)?;
    labels.check(variances.len() / width)?;
    kernel::finite("theta_", &means)?;
    if !variances.iter().all(|variance| *variance > 0.0 && variance.is_finite()) {
        return Err(Error::malformed(format!("'{name}' holds what is no variance")));
    }
    let priors = estimator.column_numbers("class_prior_", n_classes)?;
    let offset = |class: usize| {
        let logarithms = variances[class * width..][..width].iter();
        let logarithms = logarithms.map(|variance| (2.0 * std::f64::consts::PI * variance).ln());
        priors[class].ln() - 0.5 * logarithms.sum::<f64>()
    };
    flow.spend(n_classes.saturating_mul(width).saturating_mul(4))?;
    let columns: Vec<usize> = (0..n_classes).flat_map(|_| 0..width).collect();
    let each = flow.columns(&rows, &columns)?;
    let each = each.affine.shifted(|at| -means[at]).divided(|at| variances[at].sqrt());
    let each = flow.mapped(rows.source, each)?;
    let squares = of_groups(flow, each, vec![width; n_classes], Term::Square)?;
    let scores = squares.affine.scaled(|_| -0.5).shifted(offset);
    let scores = flow.mapped(squares.source, scores)?;
    by_logarithms(flow, scores, labels, None)
}

/// Sums of squares or of products by groups of columns.
pub(super) fn of_groups(
    flow: &mut Flow<'_, '_>,
    numbers: Numbers,
    widths: Vec<usize>,
    term: Term,
) -> Result<Numbers> {
    flow.stepped(numbers, Step::Learned(Box::new(Learned::GroupSums(GroupSums { widths, term }))))
}

/// A classifier's answer by logarithms of what is proportional to probabilities.
pub(super) fn by_logarithms(
    flow: &mut Flow<'_, '_>,
    logarithms: Numbers,
    labels: Labels,
    scores: Option<Numbers>,
) -> Result<Output> {
    let votes = flow.alone(logarithms)?;
    let probabilities = Some(flow.stepped(votes.clone(), Step::Link(Link::Softmax))?);
    Ok(Output::Answer(Answer::Classes(ClassAnswer { labels, votes, scores, probabilities })))
}
