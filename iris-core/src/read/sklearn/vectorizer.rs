//! `CountVectorizer` and `HashingVectorizer`: a column for each term of a text, with its count.

use super::estimator::Estimator;
use super::flow::{Flow, Numbers, Output, Rows};
use super::text_analyzer;
use crate::error::{Error, Result};
use crate::program::{Norm, Normalize, Step};
use crate::read::pickle::Object;
use crate::words::{Counter, Index, Vocabulary};

/// Columns that a vectorizer may have; scikit-learn hashes into 2^20.
const MOST_COLUMNS: usize = 1 << 26;

pub(super) fn count(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    counted(estimator, flow, &rows).map(Output::from)
}

pub(super) fn hashing(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    if estimator.get("non_negative").is_some() {
        return Err(Error::unsupported("'non_negative', as releases before 0.21 had it, is not read"));
    }
    let n_columns = estimator.size("n_features")?;
    let in_range = u32::try_from(n_columns).ok().filter(|_| (1..=MOST_COLUMNS).contains(&n_columns));
    let Some(n_columns) = in_range else {
        return Err(Error::unsupported(format!("it hashes into {n_columns} columns")));
    };
    let has_signs = estimator.flag("alternate_sign", true)?;
    check_type(estimator)?;
    let counter = Counter {
        analyzer: text_analyzer::of(estimator, flow)?,
        index: Index::Hashed { n_columns, has_signs },
        is_binary: estimator.flag("binary", false)?,
    };
    let counts = flow.counted(&rows, counter)?;
    normed(estimator, flow, counts).map(Output::from)
}

/// The counts of a vectorizer's own terms.
pub(super) fn counted(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: &Rows,
) -> Result<Numbers> {
    check_type(estimator)?;
    let counter = Counter {
        analyzer: text_analyzer::of(estimator, flow)?,
        index: Index::Known(vocabulary(estimator, flow)?),
        is_binary: estimator.flag("binary", false)?,
    };
    flow.counted(rows, counter)
}

/// Rows of the length that an estimator's `norm` names, as `normalize` makes them.
pub(super) fn normed(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    numbers: Numbers,
) -> Result<Numbers> {
    let norm = match estimator.text("norm") {
        None if estimator.is_none("norm") => return Ok(numbers),
        Some("l1") => Norm::L1,
        Some("l2") => Norm::L2,
        _ => return Err(estimator.unexpected("norm", estimator.required("norm")?)),
    };
    // Of sparse rows only a length of zero is none, however small others are.
    flow.stepped(numbers, Step::Normalize(Normalize { norm, floor: 0.0 }))
}

/// Whether it is a class whose rows are texts alone, so that it knows no columns.
pub(super) fn reads_texts(estimator: &Estimator<'_, '_>) -> bool {
    ["CountVectorizer", "HashingVectorizer", "TfidfVectorizer"]
        .into_iter()
        .any(|class| estimator.is("feature_extraction", class))
}

/// The terms, each with its column.
fn vocabulary(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>) -> Result<Vocabulary> {
    let id = estimator.required("vocabulary_")?;
    let objects = estimator.objects;
    let Object::Dict(entries) = objects.get(id) else { return Err(estimator.unexpected("vocabulary_", id)) };
    if entries.len() > MOST_COLUMNS {
        return Err(Error::unsupported(format!("its vocabulary has {} terms", entries.len())));
    }
    flow.spend(entries.len())?;
    let mut terms = vec![None; entries.len()];
    for (term, column) in entries {
        let (Some(term), Some(column)) = (objects.text(*term), objects.size(*column)) else {
            return Err(estimator.unexpected("vocabulary_", id));
        };
        flow.spend(term.len() / size_of::<f64>() + 1)?;
        match terms.get_mut(column) {
            Some(place @ None) => *place = Some(term),
            _ => {
                return Err(Error::malformed(format!(
                    "its vocabulary has {} terms, and their columns are not 0, 1 and so on",
                    entries.len()
                )));
            }
        }
    }
    let terms: Vec<&str> = terms.into_iter().flatten().collect();
    match terms.len() {
        0 => Err(Error::malformed("its vocabulary is empty")),
        _ => Vocabulary::new(&terms).ok_or_else(|| Error::malformed("its vocabulary has a term twice")),
    }
}

/// That numbers are double, or counts.
pub(super) fn check_type(estimator: &Estimator<'_, '_>) -> Result<()> {
    if estimator.is_single("dtype") || names_single(estimator) {
        return Err(Error::unsupported(
            "'dtype' is a type of single precision, whose sums are not read; counts and float64 are",
        ));
    }
    Ok(())
}

/// Whether `dtype` is numpy's class of it, as the parameter mostly is.
fn names_single(estimator: &Estimator<'_, '_>) -> bool {
    let name = estimator.get("dtype").and_then(|id| match estimator.objects.get(id) {
        Object::Str(name) => Some(&**name),
        _ => estimator.objects.global(id).map(|(_, name)| name),
    });
    matches!(name, Some("float32" | "float16" | "f4" | "f2"))
}
