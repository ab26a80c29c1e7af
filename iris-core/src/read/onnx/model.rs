//! From the values of the walked graph to a model.

use std::rc::Rc;

use super::evaluator::{Evaluator, Input};
use super::proto;
use super::steps::StepBuilder;
use super::symbol::{Activation, Symbol, Value, ZeroSum};
use crate::affine::Affine;
use crate::error::{Error, Result};
use crate::golden::check_len;
use crate::linear::{Linear, Link};
use crate::model::Model;
use crate::program::{Ending, Program};
use crate::read::metadata::Metadata;
use crate::read::names::Names;
use crate::schema::{Dtype, Feature, Features, Labels, Schema, Task, check_names};

/// What the graph answers.
struct Outputs {
    /// The scores behind a class label, and the labels.
    label: Option<(Rc<Symbol>, Labels)>,
    /// Scores, probabilities, or a regressor's values.
    rows: Option<Rc<Symbol>>,
}

/// Reads the graph's outputs: a label and usually scores or probabilities, or
/// numbers alone.
pub(super) fn build(
    graph: &proto::Graph,
    inputs: &[Input<'_>],
    metadata: &Metadata,
    names: &Names,
    max_numbers: usize,
) -> Result<Model> {
    let evaluator = Evaluator::new(graph, inputs, max_numbers)?;
    let (task, program, notes) = match outputs(graph, &evaluator)? {
        Outputs { label: Some((votes, labels)), rows } if votes.activation == Activation::Votes => {
            labels.check(votes.width())?;
            given(evaluator.steps, &votes, rows.as_deref(), labels)?
        }
        Outputs { label: Some((scores, labels)), rows } => {
            let link = link(&scores, rows.as_deref())?;
            labels.check(scores.width())?;
            let task = Task::Classify { labels, has_probabilities: link.has_probabilities() };
            let linear = |affine: Affine| Linear::classifier(affine, link);
            (task, finished(evaluator.steps, &scores, linear)?, notes(link))
        }
        Outputs { label: None, rows: Some(values) } => {
            check_regressor(&values, &evaluator.steps)?;
            let task = Task::Regress { n_targets: values.width() };
            let program = if evaluator.steps.is_answer(values.source) && values.affine.is_identity() {
                evaluator.steps.end(&Ending::Values(values.source))
            } else {
                finished(evaluator.steps, &values, Linear::regressor)?
            };
            (task, program, Vec::new())
        }
        Outputs { label: None, rows: None } => {
            return Err(Error::unsupported("no output is a class label or a number for each row"));
        }
    };
    let is_float = inputs.iter().all(|input| input.dtype == Dtype::F32);
    let answer_distribution = metadata.answers(&task)?;
    let schema = Schema {
        name: names.name.clone(),
        version: names.version.clone(),
        description: metadata.description.clone(),
        features: Features::new(features(metadata, names, inputs)?),
        task,
        answers_column: false,
        answer_distribution,
        is_of_trees: false,
        contributions: Ok(0),
        dtype: if is_float { Dtype::F32 } else { Dtype::F64 },
        notes,
    };
    Ok(Model::new(schema, program))
}

/// The program that ends in a linear estimator.
fn finished(mut steps: StepBuilder, rows: &Symbol, linear: impl Fn(Affine) -> Linear) -> Result<Program> {
    steps.spend(rows.affine.n_inputs().saturating_mul(rows.width()))?;
    if !rows.affine.is_finite() {
        return Err(Error::malformed("a weight overflows once the preprocessing is folded into it"));
    }
    Ok(steps.finish(rows.source, linear(rows.affine.clone())))
}

/// The program whose steps have computed the answers of a classifier.
fn given(
    mut steps: StepBuilder,
    votes: &Symbol,
    rows: Option<&Symbol>,
    labels: Labels,
) -> Result<(Task, Program, Vec<String>)> {
    let mut parts = (None, None);
    if let Some(rows) = rows {
        match rows.activation {
            Activation::Probabilities if rows.width() == votes.width() => parts.1 = Some(rows.source),
            Activation::None if rows.width() == 2 && votes.width() == 2 => {
                // Of two classes the second has the score.
                let second = Symbol { affine: rows.affine.columns(&[1]), ..rows.clone() };
                parts.0 = Some(steps.in_full(&second)?);
            }
            Activation::None => parts.0 = Some(steps.in_full(rows)?),
            _ => {
                return Err(Error::unsupported("the label and the probabilities come from different scores"));
            }
        }
    }
    let (scores, probabilities) = parts;
    let task = Task::Classify { labels, has_probabilities: probabilities.is_some() };
    let ending = Ending::Classes { votes: votes.source, scores, probabilities };
    Ok((task, steps.end(&ending), Vec::new()))
}

fn outputs(graph: &proto::Graph, evaluator: &Evaluator<'_>) -> Result<Outputs> {
    let mut outputs = Outputs { label: None, rows: None };
    for output in &graph.output {
        match evaluator.value(&output.name) {
            Some(Value::Label(scores, labels)) => {
                let label = (scores.clone(), labels.clone());
                if outputs.label.as_ref().is_some_and(|seen| *seen != label) {
                    return Err(Error::unsupported("two outputs are class labels, and not the same"));
                }
                outputs.label = Some(label);
            }
            // Raw scores may stand beside the probabilities; they say less.
            Some(Value::Rows(value)) => {
                if outputs.rows.as_ref().is_none_or(|seen| seen.activation == Activation::None) {
                    outputs.rows = Some(value.clone());
                }
            }
            Some(_) => {}
            None => return Err(Error::malformed(format!("output '{}' is made by no node", output.name))),
        }
    }
    Ok(outputs)
}

const TRANSFORMER: &str =
    "the outputs are columns made of one column each: this is a transformer without an estimator";

/// Whether a graph was refused since it has no estimator, which no other way of reading it would find.
pub(super) fn is_transformer(error: &Error) -> bool {
    error.to_string() == TRANSFORMER
}

/// A regressor's values are sums over columns. Columns that are each made of
/// one other are what a scaler or a selector leaves, and no model's answer.
fn check_regressor(values: &Symbol, steps: &StepBuilder) -> Result<()> {
    if values.activation != Activation::None {
        return Err(Error::unsupported("an output of numbers that no linear regressor gives"));
    }
    if values.affine.picked().is_some() && !steps.is_answer(values.source) {
        return Err(Error::unsupported(TRANSFORMER));
    }
    Ok(())
}

/// The link that leads from the scores behind the label to the other output.
///
/// The class is taken from the scores. A graph may take it from probabilities
/// instead; the links are monotone, so that is the same class, and where two
/// probabilities both round to 1 the scores still tell which is larger, as
/// scikit-learn does.
fn link(label: &Symbol, rows: Option<&Symbol>) -> Result<Link> {
    let Some(rows) = rows else {
        return Ok(Link::Identity);
    };
    let same_scores = rows.source == label.source
        && (rows.affine == label.affine
            || (rows.width() == 1 && label.width() == 2 && rows.affine == label.affine.columns(&[1])));
    if !same_scores {
        return Err(Error::unsupported("the label and the probabilities come from different scores"));
    }
    match rows.activation {
        Activation::None => Ok(Link::Identity),
        Activation::Softmax => Ok(Link::Softmax),
        Activation::Logistic => Ok(Link::Logistic),
        Activation::NormalizedLogistic(ZeroSum::Uniform) => Ok(Link::OneVsRest),
        Activation::NormalizedLogistic(ZeroSum::Zero) => Ok(Link::OneVsRestOrZero),
        Activation::NormalizedClip(ZeroSum::Uniform) => Ok(Link::ModifiedHuber),
        Activation::NormalizedClip(ZeroSum::Zero) => Ok(Link::ModifiedHuberOrZero),
        // A mirrored pair of these adds up to one as it is.
        Activation::Clip { low: -1.0, high: 1.0, scale: 0.5, offset: 0.5 } if rows.is_mirrored_pair() => {
            Ok(Link::ModifiedHuber)
        }
        _ => Err(Error::unsupported("an output that is neither scores nor probabilities")),
    }
}

/// The features under the names given, the file's own, or those of its inputs.
fn features(metadata: &Metadata, names: &Names, inputs: &[Input<'_>]) -> Result<Vec<Feature>> {
    let default = default_names(inputs);
    let names = names.features.as_ref().unwrap_or(&default);
    check_len("feature_names", names.len(), default.len())?;
    check_names(names)?;
    let mut features: Vec<Feature> = names.iter().cloned().map(Feature::number).collect();
    metadata.describe(&mut features)?;
    Ok(features)
}

/// What the file does not tell, and was decided here.
fn notes(link: Link) -> Vec<String> {
    match link {
        Link::OneVsRestOrZero | Link::ModifiedHuberOrZero => vec![
            "where no class is probable every probability is 0, as of OneVsRestClassifier since \
             scikit-learn 1.7; the file does not tell which release it comes from, and those before gave NaN"
                .to_owned(),
        ],
        _ => Vec::new(),
    }
}

/// Names for features that no metadata names: the inputs' own where each is a
/// column, else scikit-learn's `x0`, `x1`, ….
fn default_names(inputs: &[Input<'_>]) -> Vec<String> {
    if inputs.len() > 1 && inputs.iter().all(|input| input.width == 1) {
        inputs.iter().map(|input| input.name.to_owned()).collect()
    } else {
        let n_features: usize = inputs.iter().map(|input| input.width).sum();
        (0..n_features).map(|index| format!("x{index}")).collect()
    }
}
