//! From the values of the walked graph to a model.

use std::rc::Rc;

use super::graph::{self, Input, Walk};
use super::metadata::Metadata;
use super::proto;
use super::rows::{Activation, Rows, Value};
use crate::error::{Error, Result};
use crate::linear::{Linear, Link};
use crate::model::Model;
use crate::pipeline::Steps;
use crate::schema::{Dtype, Features, Labels, Schema};

/// Reads the graph's outputs: a label, and usually scores or probabilities.
pub(super) fn build(graph: &proto::Graph, metadata: &Metadata) -> Result<Model> {
    let inputs = graph::inputs(graph)?;
    let mut walk = Walk::new(graph, &inputs)?;
    let mut label: Option<(Rc<Rows>, Labels)> = None;
    let mut rows: Option<Rc<Rows>> = None;
    for output in &graph.output {
        match walk.value(&output.name) {
            Some(Value::Label(scores, labels)) => {
                if label.as_ref().is_some_and(|seen| seen != &(scores.clone(), labels.clone())) {
                    return Err(Error::unsupported("two outputs are class labels, and not the same"));
                }
                label = Some((scores.clone(), labels.clone()));
            }
            // Raw scores may stand beside the probabilities; they say less.
            Some(Value::Rows(value)) => {
                if rows.as_ref().is_none_or(|seen| seen.activation == Activation::None) {
                    rows = Some(value.clone());
                }
            }
            Some(_) => {}
            None => return Err(Error::malformed(format!("output '{}' is made by no node", output.name))),
        }
    }
    let (scores, labels) = label
        .ok_or_else(|| Error::unsupported("no output is a class label; this is not a classifier's graph"))?;
    let link = link(&scores, rows.as_deref())?;
    check_labels(&labels, scores.width())?;
    if scores.stage != walk.plan.steps.len() {
        return Err(Error::unsupported("preprocessing that the class label does not pass through"));
    }
    let (n_inputs, n_classes) = (scores.affine.n_inputs(), scores.width());
    walk.plan.spend(n_inputs.saturating_mul(n_classes))?;
    if !scores.affine.is_finite() {
        return Err(Error::malformed("a weight overflows once the preprocessing is folded into it"));
    }

    let n_features = inputs.iter().map(|input| input.width).sum();
    let steps = Steps::new(walk.plan.steps, n_features);
    let schema = Schema {
        name: metadata.name.clone(),
        version: metadata.version.clone(),
        description: metadata.description.clone(),
        features: Features::new(metadata.features(&default_names(&inputs))?),
        labels,
        dtype: if inputs.iter().all(|input| input.dtype == Dtype::F32) { Dtype::F32 } else { Dtype::F64 },
        has_probabilities: link.has_probabilities(),
        accepts_missing: steps.accept_missing(),
    };
    Ok(Model { schema, steps, linear: Linear::new(&scores.affine, link) })
}

/// The link that leads from the scores behind the label to the other output.
///
/// The class is taken from the scores. A graph may take it from probabilities
/// instead; the links are monotone, so that is the same class, and where two
/// probabilities both round to 1 the scores still tell which is larger, as
/// scikit-learn does.
fn link(label: &Rows, rows: Option<&Rows>) -> Result<Link> {
    let Some(rows) = rows else {
        return Ok(Link::Identity);
    };
    let same_scores = rows.stage == label.stage
        && (rows.affine == label.affine
            || (rows.width() == 1 && label.width() == 2 && rows.affine == label.affine.columns(&[1])));
    if !same_scores {
        return Err(Error::unsupported("the label and the probabilities come from different scores"));
    }
    match rows.activation {
        Activation::None => Ok(Link::Identity),
        Activation::Softmax => Ok(Link::Softmax),
        Activation::Logistic => Ok(Link::Logistic),
        Activation::NormalizedLogistic => Ok(Link::NormalizedLogistic),
        Activation::NormalizedClip => Ok(Link::ModifiedHuber),
        // A mirrored pair of these adds up to one as it is.
        Activation::Clip { low: -1.0, high: 1.0, scale: 0.5, offset: 0.5 } if rows.is_mirrored_pair() => {
            Ok(Link::ModifiedHuber)
        }
        _ => Err(Error::unsupported("an output that is neither scores nor probabilities")),
    }
}

fn check_labels(labels: &Labels, n_classes: usize) -> Result<()> {
    if n_classes < 2 {
        return Err(Error::malformed(format!("a classifier needs two classes, the graph has {n_classes}")));
    }
    if labels.len() != n_classes {
        return Err(Error::malformed(format!("{} class labels for {n_classes} scores", labels.len())));
    }
    let mut seen = std::collections::HashSet::new();
    match labels.iter().find(|label| !seen.insert(*label)) {
        None => Ok(()),
        Some(label) => Err(Error::malformed(format!("class label '{label}' appears twice"))),
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
