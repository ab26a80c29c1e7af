//! `SelectFromModel`: the columns that an estimator found important.

use super::estimator::{Estimator, NumberArray};
use super::flow::{Flow, Output, Rows};
use super::pairwise_sum::pairwise_sum;
use super::{importances, missing_values, selected};
use crate::error::{Error, Result};
use crate::read::pickle::Object;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let width = rows.width();
    let fitted = estimator.get("estimator_").map_or_else(|| estimator.required("estimator"), Ok)?;
    let model = flow.open(fitted)?;
    let importances = importances(estimator, flow, &model, width)?;
    let threshold = threshold(estimator, &model, &importances)?;
    let mut columns: Vec<usize> = (0..width).collect();
    if let Some(most) = most(estimator)? {
        // The first of equal ones, so the order is kept.
        columns.sort_by(|a, b| importances[*b].total_cmp(&importances[*a]));
        columns.truncate(most);
        columns.sort_unstable();
    }
    // One that is not a number is not below.
    columns.retain(|column| importances[*column] >= threshold || importances[*column].is_nan());
    let takes_missing = missing_values::are_taken_inside(estimator, flow)?;
    selected::columns(flow, rows, &columns, takes_missing)
}

/// A number for each column, of the coefficients their norm.
fn importances(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    model: &Estimator<'_, '_>,
    width: usize,
) -> Result<Vec<f64>> {
    // Before 0.24 there was no choice.
    let name = match estimator.text("importance_getter") {
        Some(name) if name != "auto" => name,
        None if estimator.get("importance_getter").is_some() => {
            let id = estimator.required("importance_getter")?;
            return Err(estimator.unexpected("importance_getter", id));
        }
        _ => ["coef_", "feature_importances_"]
            .into_iter()
            .find(|name| model.get(name).is_some())
            .unwrap_or("feature_importances_"),
    };
    if model.get(name).is_none() {
        let computed =
            if name == "feature_importances_" { importances::of(model, flow, width)? } else { None };
        if let Some(computed) = computed {
            return Ok(computed);
        }
        return Err(Error::unsupported(format!(
            "its estimator, a {}, keeps no '{name}': such as have to be computed are not read",
            model.class()
        )));
    }
    let NumberArray { shape, values } = model.numbers(name)?;
    match shape.as_slice() {
        [length] if *length == width => Ok(values.into_iter().map(f64::abs).collect()),
        [_, length] if *length == width && !values.is_empty() => {
            let order = norm_order(estimator)?;
            Ok((0..width).map(|column| norm(values[column..].iter().step_by(width), order)).collect())
        }
        _ => Err(Error::malformed(format!("'{name}' is of shape {shape:?} where {width} columns come in"))),
    }
}

/// `norm_order`, 1 before there was any.
fn norm_order(estimator: &Estimator<'_, '_>) -> Result<f64> {
    match estimator.get("norm_order") {
        None => Ok(1.0),
        Some(_) => estimator.number("norm_order"),
    }
}

/// A vector's norm, in numpy's order of computing it.
fn norm<'v>(values: impl Iterator<Item = &'v f64>, order: f64) -> f64 {
    let magnitudes = values.map(|value| value.abs());
    if order == f64::INFINITY {
        magnitudes.fold(0.0, f64::max)
    } else if order == f64::NEG_INFINITY {
        magnitudes.fold(f64::INFINITY, f64::min)
    } else if order == 0.0 {
        magnitudes.map(|value| f64::from(u8::from(value != 0.0))).sum()
    } else if order == 1.0 {
        magnitudes.sum()
    } else if order == 2.0 {
        magnitudes.map(|value| value * value).sum::<f64>().sqrt()
    } else {
        magnitudes.map(|value| value.powf(order)).sum::<f64>().powf(1.0 / order)
    }
}

/// What an importance may not be below.
fn threshold(estimator: &Estimator<'_, '_>, model: &Estimator<'_, '_>, importances: &[f64]) -> Result<f64> {
    let id = estimator.required("threshold")?;
    let text = match estimator.objects.get(id) {
        Object::None if has_l1_penalty(estimator, model)? => return Ok(1e-5),
        Object::None => "mean",
        Object::Str(text) => text,
        _ => return estimator.number("threshold"),
    };
    let reference = |name: &str| match name.trim() {
        "mean" => Some(mean(importances)),
        "median" => Some(median(importances)),
        _ => None,
    };
    let threshold = match text.split_once('*') {
        Some((scale, name)) => scale.trim().parse::<f64>().ok().zip(reference(name)).map(|(a, b)| a * b),
        None => reference(text),
    };
    threshold.ok_or_else(|| estimator.unexpected("threshold", id))
}

/// Whether the estimator makes numbers zero by its penalty, as each release found out.
fn has_l1_penalty(estimator: &Estimator<'_, '_>, model: &Estimator<'_, '_>) -> Result<bool> {
    let class = model.class();
    if model.text("penalty") == Some("l1") || class.contains("Lasso") {
        return Ok(true);
    }
    let is_elastic = class.contains("ElasticNet") && estimator.is_since(1, 1);
    let is_logistic = class.starts_with("LogisticRegression") && estimator.is_since(1, 8);
    let names: &[&str] = match class {
        "ElasticNet" if is_elastic => &["l1_ratio"],
        "ElasticNetCV" if is_elastic && estimator.is_since(1, 7) => &["l1_ratio_"],
        "LogisticRegression" if is_logistic => &["l1_ratio"],
        "LogisticRegressionCV" if is_logistic => &["l1_ratio_"],
        _ if is_elastic && !estimator.is_since(1, 7) => &["l1_ratio_", "l1_ratio"],
        _ => &[],
    };
    for name in names {
        if model.is_none(name) {
            continue;
        }
        let ratios = model.numbers(name)?.values;
        // numpy's `isclose`.
        if !ratios.is_empty() && ratios.iter().all(|ratio| (ratio - 1.0).abs() <= 1e-8 + 1e-5) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// How many columns are left at the most, if that is limited.
fn most(estimator: &Estimator<'_, '_>) -> Result<Option<usize>> {
    if estimator.is_none("max_features") {
        return Ok(None);
    }
    // Since 1.1 fitting keeps what a function of its own came to.
    let name = if estimator.get("max_features_").is_some() { "max_features_" } else { "max_features" };
    estimator.size(name).map(Some)
}

fn mean(values: &[f64]) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "there are fewer than 2^53 columns")]
    let n = values.len() as f64;
    pairwise_sum(values) / n
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    match (n, n % 2) {
        (0, _) => f64::NAN,
        (_, 1) => sorted[n / 2],
        _ => sorted[n / 2 - 1].midpoint(sorted[n / 2]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn norms_of_every_order() {
        let of = |order| norm([3.0, -4.0].iter(), order);
        assert_eq!([of(1.0), of(2.0), of(0.0)], [7.0, 5.0, 2.0]);
        assert_eq!([of(f64::INFINITY), of(f64::NEG_INFINITY)], [4.0, 3.0]);
        assert!((of(3.0) - 91f64.cbrt()).abs() < 1e-15);
    }

    #[test]
    fn the_middle_of_an_even_number_lies_between() {
        assert_eq!([median(&[3.0, 1.0, 2.0]), median(&[4.0, 1.0, 2.0, 3.0])], [2.0, 2.5]);
    }
}
