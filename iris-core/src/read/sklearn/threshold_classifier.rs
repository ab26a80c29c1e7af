//! `FixedThresholdClassifier` and `TunedThresholdClassifierCV`: a binary classifier that decides elsewhere.

use super::estimator::Estimator;
use super::flow::{Answer, ClassAnswer, Flow, Output, Rows};
use super::label_position;
use crate::error::{Error, Result};
use crate::program::{Above, Step};
use crate::read::pickle::{Object, ObjectId};
use crate::schema::Labels;

/// Metrics of scikit-learn's that take 1 for the positive class unless told otherwise.
const OF_LABEL_ONE: [&str; 7] = [
    "average_precision_score",
    "f1_score",
    "fbeta_score",
    "jaccard_score",
    "precision_recall_fscore_support",
    "precision_score",
    "recall_score",
];

pub(super) fn fixed(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let answer = member(estimator, flow, rows)?;
    let positive = match estimator.get("pos_label") {
        Some(id) if !estimator.is_none("pos_label") => Some(labelled(estimator, id, &answer.labels)?),
        _ => None,
    };
    let threshold = match estimator.text("threshold") {
        Some("auto") => None,
        _ => Some(number(estimator, "threshold")?),
    };
    decided(estimator, flow, answer, positive, threshold)
}

pub(super) fn tuned(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let answer = member(estimator, flow, rows)?;
    let scorer = flow.open(estimator.required("_curve_scorer")?)?;
    let positive = positive_of_scorer(&scorer, &answer.labels)?;
    let threshold = number(estimator, "best_threshold_")?;
    decided(estimator, flow, answer, positive, Some(threshold))
}

fn member(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<ClassAnswer> {
    // One that was fitted before stands where it was given.
    let id = match estimator.get("estimator_") {
        Some(id) => id,
        None => estimator.required("estimator")?,
    };
    let answer = flow.answer(id, rows)?;
    let answer = flow.classes(answer)?;
    answer.labels.check(2)?;
    Ok(answer)
}

/// The classes by a threshold of the scores or of the probability; `None` is
/// the usual one, and the positive class the second unless one is named.
fn decided(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    answer: ClassAnswer,
    positive: Option<usize>,
    threshold: Option<f64>,
) -> Result<Output> {
    let (by_probability, by_score) = match estimator.text("response_method") {
        Some("auto") => (true, true),
        Some("predict_proba") => (true, false),
        Some("decision_function") => (false, true),
        _ => {
            let method = estimator.required("response_method")?;
            return Err(estimator.unexpected("response_method", method));
        }
    };
    let class = positive.unwrap_or(1);
    let (response, usual) = match (&answer.probabilities, &answer.scores) {
        (Some(probabilities), _) if by_probability => (flow.columns(probabilities, &[class])?, 0.5),
        (_, Some(scores)) if by_score && scores.width() == 1 => {
            (flow.weighted(scores, &[if class == 1 { 1.0 } else { -1.0 }], 1)?, 0.0)
        }
        _ => return Err(Error::unsupported("its member does not answer what the threshold is for")),
    };
    let above = Above { threshold: threshold.unwrap_or(usual), or_equal: true };
    let votes = flow.stepped(response, Step::Above(above))?;
    let votes = flow.columns(&votes, if class == 1 { &[0, 1] } else { &[1, 0] })?;
    Ok(Output::Answer(Answer::Classes(ClassAnswer { votes, ..answer })))
}

/// The positive class by which a threshold was found.
fn positive_of_scorer(scorer: &Estimator<'_, '_>, labels: &Labels) -> Result<Option<usize>> {
    let objects = scorer.objects;
    let id = scorer.required("_kwargs")?;
    let Object::Dict(arguments) = objects.get(id) else { return Err(scorer.unexpected("_kwargs", id)) };
    let named = arguments.iter().rev().find(|(key, _)| objects.text(*key) == Some("pos_label"));
    if let Some((_, label)) = named {
        return match objects.get(*label) {
            Object::None => Ok(None),
            _ => labelled(scorer, *label, labels).map(Some),
        };
    }
    let id = scorer.required("_score_func")?;
    match objects.global(id) {
        Some((module, name)) if module.starts_with("sklearn.metrics") => {
            if !OF_LABEL_ONE.contains(&name) {
                return Ok(None);
            }
            let one = label_position::of_number(1.0, labels);
            one.map(Some)
                .ok_or_else(|| Error::malformed("the scorer's positive class, 1, is none of the labels"))
        }
        // What a function of one's own takes for positive only it knows.
        _ => Err(Error::unsupported(format!(
            "its threshold was found by {}, which does not say by 'pos_label' which class is positive",
            objects.describe(id)
        ))),
    }
}

fn labelled(estimator: &Estimator<'_, '_>, id: ObjectId, labels: &Labels) -> Result<usize> {
    label_position::of(estimator.objects, id, labels).ok_or_else(|| estimator.unexpected("pos_label", id))
}

fn number(estimator: &Estimator<'_, '_>, name: &str) -> Result<f64> {
    match estimator.numbers(name)?.values.as_slice() {
        [number] if number.is_finite() => Ok(*number),
        _ => Err(Error::malformed(format!("'{name}' is not one finite number"))),
    }
}
