//! `LabelPropagation` and `LabelSpreading`: the labels of rows that are alike.

use super::estimator::Estimator;
use super::flow::{Answer, ClassAnswer, Flow, Output, Rows};
use super::neighbor_points::Index;
use super::neighbors::means_of_nearest;
use super::{kernel, labels};
use crate::error::{Error, Result};
use crate::program::{Kernel, Step};

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let labels = labels::of(estimator, flow)?;
    let n_classes = labels.len();
    labels.check(n_classes)?;
    let shares = estimator.table("label_distributions_", n_classes)?;
    kernel::finite("label_distributions_", &shares)?;
    let sums = match estimator.text("kernel") {
        Some("rbf") => {
            let rows = flow.numbers(rows)?;
            let (points, _) = kernel::points(estimator, flow, "X_", rows.width())?;
            let gamma = estimator.number("gamma")?;
            if !(gamma >= 0.0 && gamma.is_finite()) {
                return Err(Error::malformed(format!("gamma is {gamma}")));
            }
            let n_points = shares.len() / n_classes;
            kernel::sums(flow, rows, Kernel::Rbf { gamma }, &points, &shares, &[n_points])?
        }
        Some("knn") => {
            let search = flow.part_of(estimator, estimator.required("nn_fit")?)?;
            let index = Index::of(&search, flow, rows)?;
            means_of_nearest(flow, index, estimator.size("n_neighbors")?, shares)?
        }
        _ => {
            let kernel = estimator.required("kernel")?;
            return Err(Error::unsupported(format!(
                "its kernel is {}; 'rbf' and 'knn' are read",
                estimator.objects.describe(kernel)
            )));
        }
    };
    let votes = flow.stepped(sums, Step::Shares)?;
    let probabilities = Some(votes.clone());
    Ok(Output::Answer(Answer::Classes(ClassAnswer { labels, votes, scores: None, probabilities })))
}
