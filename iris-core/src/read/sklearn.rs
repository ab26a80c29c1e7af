//! From scikit-learn's fitted estimators, as inert objects, to a model.
//!
//! Each class has a builder that takes what fitting left in the estimator's
//! attributes. What no builder knows is refused by its full name and by where it
//! stands, since an answer that is nearly right would be worse than none.

mod columns;
mod estimator;
mod flow;
mod labels;
mod linear;
mod linear_discriminant_analysis;
mod linear_regressor;
mod logistic_regression;
mod max_abs_scaler;
mod min_max_scaler;
mod normalizer;
mod pca;
mod pipeline;
mod ridge_classifier;
mod robust_scaler;
mod score_classifier;
mod search;
mod sgd_classifier;
mod simple_imputer;
mod standard_scaler;
mod table;

#[cfg(feature = "inspect")]
pub(super) use table::is_read;

use crate::error::{Error, Result};
use crate::linear::{Linear, Link};
use crate::model::Model;
use crate::read::Reader;
use crate::read::pickle::{Budget, ObjectId, Objects, Pickle};
use crate::schema::{Dtype, Features, Labels, Schema, Task};
use estimator::Estimator;
use flow::{Answer, Flow, Output};

/// The model that a pickle's estimator is. What it expands to is held against `budget`.
pub(super) fn build(pickle: &Pickle<'_>, mut budget: Budget, reader: &Reader) -> Result<Model> {
    let (objects, root) = (&pickle.objects, pickle.root);
    let Some(columns) = columns::of(objects, root, &mut budget)? else {
        return Err(without_columns(objects, root, budget));
    };
    let features = columns.features(reader.feature_names.as_deref())?;
    let (mut flow, rows) = Flow::new(objects, table::builder, features.len(), budget)?;
    let answer = match flow.visit(root, rows)? {
        Output::Answer(answer) => answer,
        Output::Rows(_) => {
            let class = objects.describe(root);
            return Err(Error::unsupported(format!("{class}: this is a transformer without an estimator"))
                .at_operator(class));
        }
    };
    let Answer { source, scores, labels, link } = answer;
    flow.spend(scores.n_inputs().saturating_mul(scores.n_outputs()))?;
    let (task, linear) = match labels {
        Some(labels) => {
            let has_probabilities = link.has_probabilities();
            (Task::Classify { labels, has_probabilities }, Linear::classifier(&scores, link))
        }
        None => (Task::Regress { n_targets: scores.n_outputs() }, Linear::regressor(&scores)),
    };
    debug_assert!(link == Link::Identity || matches!(task, Task::Classify { .. }));
    let schema = Schema {
        name: reader.name.clone(),
        version: reader.version.clone(),
        description: None,
        features: Features::new(features),
        task,
        dtype: Dtype::F64,
    };
    Ok(Model::new(schema, flow.finish(source, linear)))
}

/// The labels of a `LabelEncoder`; `None` if the object is none.
pub(super) fn encoded_labels(
    objects: &Objects<'_>,
    id: ObjectId,
    budget: &mut Budget,
) -> Option<Result<Labels>> {
    let estimator = Estimator::new(objects, id, budget).ok()?;
    if !estimator.is("preprocessing", "LabelEncoder") {
        return None;
    }
    let flow = Flow::new(objects, table::builder, 0, Budget::new(Reader::MAX_NUMBERS));
    Some(flow.and_then(|(mut flow, _)| labels::of(&estimator, &mut flow)))
}

/// An estimator that does not say how many columns it was fitted on is not
/// fitted, or not read: a row on its way meets the reason.
#[cold]
fn without_columns(objects: &Objects<'_>, root: ObjectId, budget: Budget) -> Error {
    let answer =
        Flow::new(objects, table::builder, 0, budget).and_then(|(mut flow, rows)| flow.visit(root, rows));
    let class = objects.describe(root);
    answer.err().unwrap_or_else(|| {
        let message = format!("{class}: no estimator in it says how many columns it was fitted on");
        Error::unsupported(message).at_operator(class)
    })
}
