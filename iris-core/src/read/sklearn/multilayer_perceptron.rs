//! `MLPClassifier` and `MLPRegressor`: layers of products, each bent by a function.

use super::estimator::Estimator;
use super::flow::{Answer, ClassAnswer, Flow, Numbers, Output, Rows};
use super::{labels, several_outputs};
use crate::error::{Error, Result};
use crate::linear::Link;
use crate::program::{Above, Clip, Function, Step};
use crate::read::pickle::{Object, ObjectId};

pub(super) fn classifier(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    let binarizer = flow.open(estimator.required("_label_binarizer")?)?;
    let outputs = outputs(estimator, flow, rows)?;
    if several_outputs::are_told_by(&binarizer) {
        let probabilities = bent(flow, outputs, "logistic")?;
        return several_outputs::above(flow, probabilities, 0.5);
    }
    let labels = labels::of(&binarizer, flow)?;
    let (votes, probabilities) = match (estimator.text("out_activation_"), outputs.width()) {
        (Some("logistic"), 1) => {
            let probability = bent(flow, outputs, "logistic")?;
            let votes =
                flow.stepped(probability.clone(), Step::Above(Above { threshold: 0.5, or_equal: false }))?;
            let both = flow.weighted(&probability, &[-1.0, 1.0], 2)?;
            (votes, flow.mapped(both.source, both.affine.shifted(|class| [1.0, 0.0][class]))?)
        }
        (Some("softmax"), _) => {
            let shares = flow.stepped(outputs, Step::Link(Link::Softmax))?;
            (shares.clone(), shares)
        }
        _ => {
            let activation = estimator.required("out_activation_")?;
            return Err(estimator.unexpected("out_activation_", activation));
        }
    };
    labels.check(votes.width())?;
    let probabilities = Some(probabilities);
    Ok(Output::Answer(Answer::Classes(ClassAnswer { labels, votes, scores: None, probabilities })))
}

pub(super) fn regressor(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    let outputs = outputs(estimator, flow, rows)?;
    let Some(name) = estimator.text("out_activation_") else {
        let activation = estimator.required("out_activation_")?;
        return Err(estimator.unexpected("out_activation_", activation));
    };
    let values = bent(flow, outputs, name)?;
    flow.answer_column(false);
    Ok(Output::Answer(Answer::Values(values)))
}

/// What the last layer adds up, before it is bent.
fn outputs(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Numbers> {
    let activation =
        estimator.text("activation").ok_or_else(|| Error::malformed("'activation' is no text"))?;
    let (weights, intercepts) = (items(estimator, "coefs_")?, items(estimator, "intercepts_")?);
    if weights.is_empty() || weights.len() != intercepts.len() {
        let message = format!("{} layers of weights and {} of intercepts", weights.len(), intercepts.len());
        return Err(Error::malformed(message));
    }
    let mut numbers = flow.numbers(rows)?;
    for (layer, (weights, intercepts)) in weights.iter().zip(intercepts).enumerate() {
        if layer > 0 {
            numbers = bent(flow, numbers, activation)?;
        }
        let (shape, weights) = array(estimator, flow, *weights)?;
        let (_, intercepts) = array(estimator, flow, *intercepts)?;
        let n_outputs = intercepts.len();
        if shape != [numbers.width(), n_outputs] || n_outputs == 0 {
            let message = format!("layer {layer} is of shape {shape:?} for {} columns", numbers.width());
            return Err(Error::malformed(message));
        }
        let affine = flow.times(&numbers.affine, weights, n_outputs)?.shifted(|output| intercepts[output]);
        numbers = flow.mapped(numbers.source, affine)?;
    }
    Ok(numbers)
}

fn bent(flow: &mut Flow<'_, '_>, numbers: Numbers, name: &str) -> Result<Numbers> {
    let function = match name {
        "identity" => return Ok(numbers),
        "relu" => return flow.stepped(numbers, Step::Clip(Clip { low: 0.0, high: f64::INFINITY })),
        "tanh" => Function::TANH,
        "logistic" => Function::EXPIT,
        "exp" => Function::EXP,
        other => {
            let other: String = other.chars().take(40).collect();
            return Err(Error::unsupported(format!("an activation '{other}'")));
        }
    };
    flow.stepped(numbers, Step::Function(function))
}

fn items<'t>(estimator: &Estimator<'t, '_>, name: &str) -> Result<&'t [ObjectId]> {
    let id = estimator.required(name)?;
    estimator.objects.items(id).ok_or_else(|| estimator.unexpected(name, id))
}

fn array(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    id: ObjectId,
) -> Result<(Vec<usize>, Vec<f64>)> {
    let Object::Array(array) = estimator.objects.get(id) else {
        return Err(estimator.unexpected("coefs_", id));
    };
    flow.spend(array.len())?;
    Ok((array.shape().to_vec(), array.floats(estimator.objects)?))
}
