//! `TfidfVectorizer` and `TfidfTransformer`: counts of terms, weighed by how rare each is.

use super::estimator::Estimator;
use super::flow::{Flow, Numbers, Output, Rows, check_finite};
use super::{sparse_matrix, vectorizer};
use crate::error::{Error, Result};
use crate::program::{Function, Step};

pub(super) fn vectorizer(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    let counts = vectorizer::counted(estimator, flow, &rows)?;
    let weights = flow.part_of(estimator, estimator.required("_tfidf")?)?;
    weighed(&weights, flow, counts).map(Output::from)
}

pub(super) fn transformer(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    let counts = flow.numbers(rows)?;
    weighed(estimator, flow, counts).map(Output::from)
}

/// Counts or their logarithms, by the inverse frequency of each term, to rows of length one.
fn weighed(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, counts: Numbers) -> Result<Numbers> {
    let mut numbers = counts;
    if estimator.flag("sublinear_tf", false)? {
        numbers = flow.stepped(numbers, Step::Function(Function::COUNT_LOGARITHM))?;
    }
    if estimator.flag("use_idf", true)? {
        let weights = inverse_frequencies(estimator, flow, numbers.width())?;
        let affine = numbers.affine.scaled(|column| weights[column]);
        check_finite(&affine)?;
        numbers = Numbers { affine, ..numbers };
        if flow.are_terms(&numbers) {
            numbers = flow.settled(numbers)?;
        }
    }
    vectorizer::normed(estimator, flow, numbers)
}

/// A number a term. Releases before 1.5 kept them as the diagonal of a matrix.
fn inverse_frequencies(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    width: usize,
) -> Result<Vec<f64>> {
    if estimator.get("idf_").is_some() {
        return estimator.column_numbers("idf_", width);
    }
    let id = estimator.required("_idf_diag")?;
    let diagonal = sparse_matrix::diagonal(flow, id, width)?;
    diagonal.ok_or_else(|| estimator.unexpected("_idf_diag", id)).and_then(|weights| {
        if weights.len() == width {
            Ok(weights)
        } else {
            Err(Error::malformed("'_idf_diag' is of another width"))
        }
    })
}
