//! `DictVectorizer`: values by their names; a text is a column of its own, which the name and the text call.
//!
//! What scikit-learn takes as a dictionary is a row of named columns here: one that a row does not have is
//! missing, and counts as 0.

use std::collections::HashMap;

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use super::value::Value;
use super::{categories, vectorizer};
use crate::error::{Error, Result};
use crate::program::{Impute, LookUp, OneHot, Otherwise, Step};
use crate::read::pickle::{Budget, Object};

/// Where a text of a column goes that has no place.
const NONE: f64 = -1.0;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    vectorizer::check_type(estimator)?;
    let keys = keys(estimator, flow.budget())?;
    if keys.len() != rows.width() {
        let message = format!("it knows {} names where {} columns come in", keys.len(), rows.width());
        return Err(Error::malformed(message));
    }
    let n_outputs = keys.iter().map(|key| key.texts.len() + usize::from(key.number.is_some())).sum();
    flow.spend(8 * n_outputs)?;
    // For each output its place behind texts and numbers, which stand side by side.
    let mut places = vec![0; n_outputs];
    let (mut tables, mut n_texts) = (Vec::new(), 0);
    for (column, key) in keys.iter().enumerate().filter(|(_, key)| !key.texts.is_empty()) {
        let mut values = Vec::with_capacity(key.texts.len());
        for (text, output) in &key.texts {
            places[*output] = n_texts;
            #[expect(clippy::cast_precision_loss, reason = "a program has fewer than 2^53 columns")]
            values.push((Value::Text((*text).to_owned()), n_texts as f64));
            n_texts += 1;
        }
        tables.push((column, categories::table(flow, &rows, column, &values, Otherwise::Value(NONE))?));
    }
    let numbers: Vec<(usize, usize)> =
        keys.iter().enumerate().filter_map(|(column, key)| Some((column, key.number?))).collect();
    for (place, (_, output)) in numbers.iter().enumerate() {
        places[*output] = n_texts + place;
    }
    let mut parts = Vec::new();
    if n_texts > 0 {
        let step = OneHot { places: LookUp { outputs: tables }, width: n_texts };
        parts.push(flow.looked_up(rows.clone(), Step::OneHot(step))?);
    }
    if !numbers.is_empty() {
        let columns: Vec<usize> = numbers.iter().map(|(column, _)| *column).collect();
        let of_numbers = flow.select(&rows, &columns)?;
        let of_numbers = flow.numbers(of_numbers)?;
        let fill = vec![0.0; columns.len()];
        parts.push(flow.stepped(of_numbers, Step::Impute(Impute { fill, missing: f64::NAN }))?);
    }
    let both = flow.beside(parts)?;
    flow.columns(&both, &places).map(Output::from)
}

/// The names of the columns, if it is such a vectorizer.
pub(super) fn names(estimator: &Estimator<'_, '_>, budget: &mut Budget) -> Result<Option<Vec<String>>> {
    if !estimator.is("feature_extraction", "DictVectorizer") {
        return Ok(None);
    }
    keys(estimator, budget).map(|keys| Some(keys.into_iter().map(|key| key.name.to_owned()).collect()))
}

/// A name that a dictionary may have, and what it becomes.
struct Key<'t> {
    name: &'t str,
    /// The output of each text that it may have.
    texts: Vec<(&'t str, usize)>,
    /// The output of a number.
    number: Option<usize>,
}

/// In the order in which they were met, or in that of their outputs.
fn keys<'t>(estimator: &Estimator<'t, '_>, budget: &mut Budget) -> Result<Vec<Key<'t>>> {
    let id = estimator.required("feature_names_")?;
    let unexpected = || estimator.unexpected("feature_names_", id);
    let objects = estimator.objects;
    let (Object::List(names), Some(separator)) = (objects.get(id), estimator.text("separator")) else {
        return Err(unexpected());
    };
    budget.spend(8 * names.len())?;
    let (mut keys, mut known): (Vec<Key<'t>>, HashMap<&str, usize>) = (Vec::new(), HashMap::new());
    for (output, name) in names.iter().enumerate() {
        let name = objects.text(*name).ok_or_else(unexpected)?;
        let split = if separator.is_empty() { None } else { name.split_once(separator) };
        let of = split.map_or(name, |(of, _)| of);
        let place = *known.entry(of).or_insert(keys.len());
        if place == keys.len() {
            keys.push(Key { name: of, texts: Vec::new(), number: None });
        }
        match split {
            Some((_, text)) => keys[place].texts.push((text, output)),
            None if keys[place].number.is_some() => {
                return Err(Error::malformed(format!("'feature_names_' has '{name}' twice")));
            }
            None => keys[place].number = Some(output),
        }
    }
    match keys.iter().find(|key| key.number.is_some() && !key.texts.is_empty()) {
        Some(key) => {
            Err(Error::unsupported(format!("'{}' holds texts in some rows and numbers in others", key.name)))
        }
        None if keys.is_empty() => Err(Error::unsupported("it knows no name")),
        None => Ok(keys),
    }
}
