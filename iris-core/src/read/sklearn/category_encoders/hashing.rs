//! `HashingEncoder`: how many of a row's texts have each column, by their digests.

use super::super::estimator::Estimator;
use super::super::flow::{Flow, Output, Rows};
use super::super::value::Value;
use super::keys::Keys;
use super::together::Fitted;
use crate::error::{Error, Result};
use crate::words::{Accents, Analyzer, Case, Counter, Index, Unit};

/// Columns that texts may be spread over.
const MOST_COLUMNS: usize = 1 << 16;

/// Its columns stand in front of those that it hands on.
pub(in crate::read::sklearn) fn build(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    match estimator.text("hash_method") {
        Some("md5") => {}
        Some(name) => {
            let name: String = name.chars().take(40).collect();
            return Err(Error::unsupported(format!("its 'hash_method' is '{name}'; 'md5' is read")));
        }
        None => return Err(estimator.unexpected("hash_method", estimator.required("hash_method")?)),
    }
    if !estimator.is_none("min_group_size") {
        return Err(Error::unsupported("'min_group_size' is not read"));
    }
    let n = estimator.size("n_components")?;
    let Some(n_columns) = u32::try_from(n).ok().filter(|_| (1..=MOST_COLUMNS).contains(&n)) else {
        return Err(Error::unsupported(format!("it hashes into {n} columns")));
    };
    let fitted = Fitted::of(estimator, flow, &rows)?;
    let dropped = Keys::of(&fitted.dropped, flow)?;
    let (hashed, kept): (Vec<usize>, Vec<usize>) =
        (0..rows.width()).partition(|column| fitted.is_encoded[*column]);
    if hashed.is_empty() {
        return Ok(Output::Rows(rows));
    }
    let mut counts = Vec::with_capacity(hashed.len());
    for column in &hashed {
        let analyzer =
            Analyzer { case: Case::Kept, accents: Accents::Kept, unit: Unit::Whole, n_grams: (1, 1) };
        let counter = Counter { analyzer, index: Index::Digested { n_columns }, is_binary: false };
        let column = flow.select(&rows, &[*column])?;
        counts.push(flow.counted(&column, counter)?);
    }
    let used: Vec<usize> =
        (0..n).filter(|at| dropped.place(&Value::Text(format!("col_{at}"))).is_none()).collect();
    let n_inputs = n.saturating_mul(hashed.len());
    flow.spend(n_inputs.saturating_mul(used.len()))?;
    let mut weights = vec![0.0; n_inputs * used.len()];
    for (input, weights) in weights.chunks_exact_mut(used.len().max(1)).enumerate() {
        if let Some(output) = used.iter().position(|at| *at == input % n) {
            weights[output] = 1.0;
        }
    }
    let mut parts = Vec::new();
    if !used.is_empty() {
        let counts = flow.beside(counts)?;
        parts.push(flow.weighted(&counts, &weights, used.len())?.into());
    }
    if !kept.is_empty() {
        parts.push(flow.select(&rows, &kept)?);
    }
    if parts.is_empty() {
        return Err(Error::unsupported("it leaves no column"));
    }
    flow.concat(parts).map(Output::Rows)
}
