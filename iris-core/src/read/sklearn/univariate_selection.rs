//! `SelectKBest` and its kin, which score each column on its own.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use super::selected::{self, indices};
use crate::error::Result;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let (mode, parameter) = match estimator.class() {
        "SelectKBest" => ("k_best", "k"),
        "SelectPercentile" => ("percentile", "percentile"),
        "SelectFpr" => ("fpr", "alpha"),
        "SelectFdr" => ("fdr", "alpha"),
        "SelectFwe" => ("fwe", "alpha"),
        _ => (estimator.text("mode").unwrap_or_default(), "param"),
    };
    let width = rows.width();
    let columns = match mode {
        "k_best" => k_best(estimator, parameter, width)?,
        "percentile" => percentile(estimator, parameter, width)?,
        "fpr" | "fdr" | "fwe" => {
            let p_values = estimator.column_numbers("pvalues_", width)?;
            significant(mode, &p_values, estimator.number(parameter)?)
        }
        _ => return Err(estimator.unexpected("mode", estimator.required("mode")?)),
    };
    selected::columns(flow, rows, &columns, false)
}

/// A score for each column; one that is not a number is the worst.
fn scores(estimator: &Estimator<'_, '_>, width: usize) -> Result<Vec<f64>> {
    let lowest = if estimator.is_single("scores_") { f32::MIN.into() } else { f64::MIN };
    let mut scores = estimator.column_numbers("scores_", width)?;
    scores.iter_mut().filter(|score| score.is_nan()).for_each(|score| *score = lowest);
    Ok(scores)
}

/// The best; of equal ones the last.
fn k_best(estimator: &Estimator<'_, '_>, parameter: &str, width: usize) -> Result<Vec<usize>> {
    if estimator.text(parameter) == Some("all") {
        return Ok((0..width).collect());
    }
    let k = estimator.size(parameter)?;
    let scores = scores(estimator, width)?;
    let mut order: Vec<usize> = (0..width).collect();
    order.sort_by(|a, b| scores[*a].total_cmp(&scores[*b]));
    let mut best = order.split_off(width.saturating_sub(k));
    best.sort_unstable();
    Ok(best)
}

/// The best of a hundred; of those on the threshold as many of the first as fit.
fn percentile(estimator: &Estimator<'_, '_>, parameter: &str, width: usize) -> Result<Vec<usize>> {
    let percentile = estimator.number(parameter)?;
    if percentile >= 100.0 {
        return Ok((0..width).collect());
    }
    if percentile <= 0.0 || percentile.is_nan() || width == 0 {
        return Ok(Vec::new());
    }
    let scores = scores(estimator, width)?;
    let threshold = quantile(&scores, (100.0 - percentile) / 100.0);
    let n_above = scores.iter().filter(|score| **score > threshold).count();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a share of the columns, rounded down"
    )]
    let most = (width as f64 * percentile / 100.0) as usize;
    let ties = indices(&scores, |score| *score == threshold);
    // A negative number of them would leave as many of the last ones out.
    let n_ties = if most >= n_above { most - n_above } else { (ties.len() + most).saturating_sub(n_above) };
    let kept = &ties[..n_ties.min(ties.len())];
    Ok((0..width).filter(|column| scores[*column] > threshold || kept.contains(column)).collect())
}

/// As numpy interpolates between two numbers in order.
fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    #[expect(clippy::cast_precision_loss, reason = "there are fewer than 2^53 columns")]
    let place = (sorted.len() - 1) as f64 * share;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is below the length")]
    let below = (place.floor() as usize).min(sorted.len() - 1);
    let (a, b) = (sorted[below], sorted[(below + 1).min(sorted.len() - 1)]);
    let t = place - place.floor();
    if t >= 0.5 { b - (b - a) * (1.0 - t) } else { a + (b - a) * t }
}

/// The columns whose p-values say enough, however several are counted together.
fn significant(mode: &str, p_values: &[f64], alpha: f64) -> Vec<usize> {
    #[expect(clippy::cast_precision_loss, reason = "there are fewer than 2^53 columns")]
    let n = p_values.len() as f64;
    match mode {
        "fpr" => indices(p_values, |p| *p < alpha),
        "fwe" => indices(p_values, |p| *p < alpha / n),
        // Benjamini & Hochberg 1995.
        _ => {
            let mut sorted: Vec<f64> = p_values.iter().copied().filter(|p| !p.is_nan()).collect();
            sorted.sort_by(f64::total_cmp);
            let mut rank = 0.0;
            let mut largest = None;
            for p in sorted {
                rank += 1.0;
                if p <= alpha / n * rank {
                    largest = Some(p);
                }
            }
            indices(p_values, |p| largest.is_some_and(|largest| *p <= largest))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_between_numbers() {
        assert_eq!(quantile(&[3.0, 1.0, 2.0], 0.5), 2.0);
        assert_eq!(quantile(&[1.0, 2.0], 0.25), 1.25);
        assert_eq!(quantile(&[1.0, 2.0], 1.0), 2.0);
        assert_eq!(quantile(&[7.0], 0.3), 7.0);
    }

    #[test]
    fn p_values_alone_and_together() {
        let p_values = [0.01, 0.04, 0.03, f64::NAN, 0.2];
        assert_eq!(significant("fpr", &p_values, 0.05), [0, 1, 2]);
        assert_eq!(significant("fwe", &p_values, 0.05), [] as [usize; 0]);
        assert_eq!(significant("fdr", &p_values, 0.05), [0]);
        assert_eq!(significant("fdr", &p_values, 0.08), [0, 1, 2]);
    }
}
