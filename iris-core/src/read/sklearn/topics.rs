//! `LatentDirichletAllocation`: shares of topics in counts of words.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use super::kernel;
use crate::error::{Error, Result};
use crate::program::{Learned, Step, Topics};

/// Rounds after which a row has taken more than it is worth; scikit-learn looks 100 times unless told otherwise.
const MOST_ROUNDS: usize = 10_000;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let rows = flow.numbers(rows)?;
    let width = rows.width();
    let weights = kernel::turned_weights(estimator, flow, "exp_dirichlet_component_", width)?;
    let n_outputs = weights.len() / width;
    if let Some(weight) = weights.iter().find(|weight| **weight < 0.0) {
        return Err(Error::malformed(format!("'exp_dirichlet_component_' has {weight}")));
    }
    let (prior, tolerance) = (estimator.number("doc_topic_prior_")?, estimator.number("mean_change_tol")?);
    if !(prior >= 0.0 && prior.is_finite()) || tolerance.is_nan() {
        return Err(Error::malformed(format!(
            "'doc_topic_prior_' is {prior}, 'mean_change_tol' {tolerance}"
        )));
    }
    let n_rounds = estimator.size("max_doc_update_iter")?;
    if n_rounds > MOST_ROUNDS {
        return Err(Error::unsupported(format!(
            "'max_doc_update_iter' is {n_rounds}; up to {MOST_ROUNDS} are read"
        )));
    }
    let topics = Topics { n_outputs, weights, prior, n_rounds, tolerance };
    flow.stepped(rows, Step::Learned(Box::new(Learned::Topics(topics)))).map(Output::from)
}
