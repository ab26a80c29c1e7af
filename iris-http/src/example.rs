//! A row that a model answers, for who has none at hand.

use iris_core::{Categories, ColumnKind, Feature, Predictor, Result, Schema, Statistics, Task, Texts};
use serde_json::{Value, json};

/// The flower that `/health` classifies, as the service that this one replaces does.
const FLOWER: [(&str, f64); 4] =
    [("sepal_length", 5.1), ("sepal_width", 3.5), ("petal_length", 1.4), ("petal_width", 0.2)];

/// Numbers that are tried one after the other where a model refuses what is likely: those that
/// stand for categories most often, and some for steps that take no small number, no integer, or none below zero.
const OTHERS: [f64; 12] = [1.0, 0.0, 2.0, 3.0, 0.5, -1.0, 10.0, 4.0, 5.0, 100.0, 0.01, 1_000.0];

/// What stands in a column of free text.
const TEXT: &str = "any text";

/// A flower, or for a model of other things about the mean of its training data, as far as its file
/// has it, and the first of the texts that it was fitted on. What the model refuses of
/// that, one feature or all of them, is replaced as long as there is something left to try.
pub(crate) fn example_row(predictor: &Predictor) -> Vec<f64> {
    let features = predictor.schema().features();
    if features.iter().map(Feature::name).eq(FLOWER.map(|(name, _)| name)) {
        return FLOWER.map(|(_, value)| value).to_vec();
    }
    let mut row: Vec<f64> = features.iter().map(likely).collect();
    let mut n_tried = vec![0; row.len()];
    while let Err(error) = run(predictor, &row) {
        let at_fault = error.feature().map_or(0..row.len(), |feature| feature..feature + 1);
        let mut is_exhausted = true;
        for feature in at_fault {
            let Some(other) = other(&features[feature], n_tried[feature]) else { continue };
            row[feature] = other;
            n_tried[feature] += 1;
            is_exhausted = false;
        }
        if is_exhausted {
            break;
        }
    }
    row
}

/// Runs the model whatever its task is.
pub(crate) fn run(predictor: &Predictor, row: &[f64]) -> Result<()> {
    if predictor.schema().features().iter().any(|feature| *feature.kind() == ColumnKind::Text) {
        let mut texts = Texts::new();
        texts.push(TEXT);
        return run_reading(&predictor.reading(texts), row);
    }
    run_reading(predictor, row)
}

fn run_reading(predictor: &Predictor, row: &[f64]) -> Result<()> {
    match predictor.schema().task() {
        Task::Classify { .. } => predictor.predict_class(row).map(drop),
        Task::Regress { n_targets } => predictor.predict_values_into(row, &mut vec![0.0; *n_targets]),
    }
}

/// A row as clients write it: a text where there is one, and nothing for columns that the
/// model does not look at.
pub(crate) fn cells(schema: &Schema, row: &[f64]) -> Vec<Value> {
    let cell = |(feature, number): (&Feature, &f64)| match feature.kind() {
        ColumnKind::Category(categories) => text(categories, *number),
        ColumnKind::Text => json!(TEXT),
        ColumnKind::Ignored => Value::Null,
        _ if number.is_nan() => Value::Null,
        _ => json!(number),
    };
    schema.features().iter().zip(row).map(cell).collect()
}

fn likely(feature: &Feature) -> f64 {
    match feature.kind() {
        ColumnKind::Category(categories) => categories.code(first(categories)).unwrap_or(f64::NAN),
        // The number of the only text that comes along.
        ColumnKind::Text => 0.0,
        ColumnKind::Ignored => f64::NAN,
        _ => feature.statistics().map_or(0.0, rounded_mean),
    }
}

/// The mean as one would write it: to a tenth of the standard deviation, within what was seen.
pub(crate) fn rounded_mean(statistics: &Statistics) -> f64 {
    let Statistics { min, max, mean, std } = *statistics;
    let magnitude = std.log10().floor();
    // Where all values are the same there is nothing to round to, and beyond these no `f64` has decimals to spare.
    if !magnitude.is_finite() || magnitude.abs() > 12.0 {
        return mean;
    }
    let steps = 10_f64.powf(1.0 - magnitude);
    let rounded = (mean * steps).round() / steps;
    if (min..=max).contains(&rounded) { rounded } else { mean }
}

/// The next value to try; of texts another that the model knows.
fn other(feature: &Feature, n_tried: usize) -> Option<f64> {
    match feature.kind() {
        ColumnKind::Category(categories) => categories.code(categories.texts().get(n_tried + 1)?),
        ColumnKind::Text | ColumnKind::Ignored => None,
        _ => OTHERS.get(n_tried).copied(),
    }
}

/// The text of a code.
fn text(categories: &Categories, code: f64) -> Value {
    let is_it = |text: &&String| categories.code(text) == Some(code);
    json!(categories.texts().iter().find(is_it).map_or(first(categories), String::as_str))
}

/// The first that is not empty, for that means a missing value in CSV. A model that lists no text takes any.
fn first(categories: &Categories) -> &str {
    categories.texts().iter().find(|text| !text.is_empty()).map_or("any", String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_is_written_as_one_would() {
        let mean = |min, max, mean, std| rounded_mean(&Statistics { min, max, mean, std });
        assert_eq!(mean(4.3, 7.9, 5.843_333_333_333_335, 0.825), 5.84);
        assert_eq!(mean(0.0, 250_000.0, 61_234.567, 20_511.0), 61_000.0);
        assert_eq!(mean(0.000_1, 0.000_9, 0.000_456_78, 0.000_2), 0.000_46);
        assert_eq!(mean(3.7, 3.7, 3.7, 0.0), 3.7);
        assert_eq!(mean(0.04, 0.04, 0.04, 1.0), 0.04);
    }
}
