//! A model as JSON and UBJSON have it, of all releases since 1.0.

mod categories;
mod tree;

use super::learner::{BaseScore, Boosting, Ensemble, Learner};
use super::value::{Value, whole};
use crate::error::{Error, Result};
use crate::read::budget::Budget;

/// The learner of a document: a model, or what a pickle holds of one with its parameters.
pub(super) fn learner(mut document: Value, budget: &mut Budget) -> Result<Learner> {
    if let Ok(model) = document.take("Model") {
        document = model;
    }
    let version = version(&document);
    let learner = document.take("learner")?;
    read(learner, version, budget).map_err(|error| error.within("'learner'"))
}

fn read(mut learner: Value, version: (u32, u32), budget: &mut Budget) -> Result<Learner> {
    let mut booster = learner.take("gradient_booster")?;
    let parameters = learner.required("learner_model_param")?;
    let size = |name: &str, otherwise: usize| match parameters.get(name) {
        None => Ok(otherwise),
        Some(value) => value.size().ok_or_else(|| Error::malformed(format!("'{name}' is no count"))),
    };
    let n_features = size("num_feature", 0)?;
    let (n_classes, n_targets) = (size("num_class", 0)?, size("num_target", 1)?.max(1));
    let base_score = base_score(parameters.required("base_score")?)?;
    let objective = learner.required("objective")?.required("name")?.text().unwrap_or_default().to_owned();
    let attributes = match learner.get("attributes") {
        Some(Value::Object(entries)) => {
            entries.iter().filter_map(|(key, value)| Some((key.clone(), value.text()?.to_owned()))).collect()
        }
        _ => Vec::new(),
    };
    let feature_names = learner.get("feature_names").and_then(Value::texts).unwrap_or_default();
    let mut categories = Vec::new();
    let boosting = match booster.required("name")?.text() {
        Some("gbtree") => Boosting::Trees(ensemble(booster.take("model")?, &mut categories, budget)?),
        Some("dart") => {
            let model = booster.take("gbtree")?.take("model")?;
            let mut ensemble = ensemble(model, &mut categories, budget)?;
            let weights = booster.required("weight_drop")?.numbers().map(singles);
            ensemble.weights = Some(weights.ok_or_else(|| Error::malformed("'weight_drop' are no numbers"))?);
            Boosting::Trees(ensemble)
        }
        Some("gblinear") => {
            let weights = booster.required("model")?.required("weights")?.numbers().map(singles);
            Boosting::Linear(weights.ok_or_else(|| Error::malformed("'weights' are no numbers"))?)
        }
        name => {
            return Err(Error::unsupported(format!(
                "the booster '{}'",
                name.unwrap_or_default().escape_debug()
            )));
        }
    };
    Ok(Learner {
        version,
        base_score,
        n_features,
        n_classes,
        n_targets,
        objective,
        boosting,
        attributes,
        feature_names,
        categories,
    })
}

fn version(document: &Value) -> (u32, u32) {
    let part = |number: &f64| whole(*number).and_then(|number| u32::try_from(number).ok());
    match document.get("version").and_then(Value::numbers) {
        Some([major, minor, ..]) => (part(major).unwrap_or(0), part(minor).unwrap_or(0)),
        _ => (1, 0),
    }
}

/// A text: of one number, or since 3.1 of a list of them.
fn base_score(value: &Value) -> Result<BaseScore> {
    let bad = || Error::malformed("'base_score' is no number");
    let numbers: Option<Vec<f32>> = match value {
        Value::Number(number) => Some(singles(&[*number])),
        Value::Text(text) => {
            let text = text.trim();
            let list = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
            list.split(',').map(|number| number.trim().parse().ok()).collect()
        }
        _ => None,
    };
    let numbers = numbers.ok_or_else(bad)?;
    if numbers.iter().all(|number| number.is_finite()) { Ok(BaseScore::Answer(numbers)) } else { Err(bad()) }
}

fn ensemble(
    mut model: Value,
    categories: &mut Vec<Option<super::learner::Names>>,
    budget: &mut Budget,
) -> Result<Ensemble> {
    if let Some(names) = model.get("cats") {
        *categories = categories::names(names, budget).map_err(|error| error.within("'cats'"))?;
    }
    let parameters = model.required("gbtree_model_param")?;
    let n_trees = parameters.required("num_trees")?.size();
    let n_parallel = parameters.get("num_parallel_tree").and_then(Value::size);
    let numbers = |name: &str| -> Result<Vec<usize>> {
        let numbers = model.get(name).map_or(Some(&[][..]), Value::numbers);
        let counts = numbers.and_then(|numbers| numbers.iter().map(|number| whole(*number)).collect());
        counts.ok_or_else(|| Error::malformed(format!("'{name}' are no counts")))
    };
    let (groups, rounds) = (numbers("tree_info")?, numbers("iteration_indptr")?);
    let mut ensemble = Ensemble { groups, n_parallel, rounds, ..Ensemble::default() };
    let trees = match model.take("trees")? {
        Value::List(trees) => trees,
        Value::Numbers(numbers) if numbers.is_empty() => Vec::new(),
        _ => return Err(Error::malformed("'trees' are none")),
    };
    if n_trees.is_some_and(|n_trees| n_trees != trees.len()) {
        let message = format!("{} trees where {} are announced", trees.len(), n_trees.unwrap_or(0));
        return Err(Error::malformed(message));
    }
    for (number, tree) in trees.into_iter().enumerate() {
        let has_vectors = tree::read(&tree, budget, &mut ensemble)
            .map_err(|error| error.within(format_args!("tree {number}")))?;
        if number > 0 && has_vectors != ensemble.has_vectors {
            return Err(Error::malformed("some trees have leaves of one number, and some of several"));
        }
        ensemble.has_vectors = has_vectors;
    }
    Ok(ensemble)
}

/// Numbers as XGBoost has them.
#[expect(clippy::cast_possible_truncation, reason = "rounding is what is meant")]
fn singles(numbers: &[f64]) -> Vec<f32> {
    numbers.iter().map(|number| *number as f32).collect()
}
