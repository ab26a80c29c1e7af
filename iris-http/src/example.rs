//! A row that a model answers, for who has none at hand.

use iris_core::{Categories, ColumnKind, Feature, Schema};
use serde_json::{Value, json};

/// The flower that `/health` classifies, as the service that this one replaces does.
const FLOWER: [(&str, f64); 4] =
    [("sepal_length", 5.1), ("sepal_width", 3.5), ("petal_length", 1.4), ("petal_width", 0.2)];

/// A flower, or for a model of other things the mean of its training data, as
/// far as its file has it, and the first of the texts that it was fitted on.
pub(crate) fn example_row(schema: &Schema) -> Vec<f64> {
    let features = schema.features();
    if features.iter().map(Feature::name).eq(FLOWER.map(|(name, _)| name)) {
        return FLOWER.map(|(_, value)| value).to_vec();
    }
    features.iter().map(number).collect()
}

/// The same as clients write it: a text where there is one, and nothing for
/// columns that the model does not look at.
pub(crate) fn example_cells(schema: &Schema) -> Vec<Value> {
    let cell = |(feature, number): (&Feature, f64)| match feature.kind() {
        ColumnKind::Category(categories) => json!(first(categories)),
        ColumnKind::Ignored => Value::Null,
        _ => json!(number),
    };
    schema.features().iter().zip(example_row(schema)).map(cell).collect()
}

fn number(feature: &Feature) -> f64 {
    match feature.kind() {
        ColumnKind::Category(categories) => categories.code(first(categories)).unwrap_or(f64::NAN),
        ColumnKind::Ignored => f64::NAN,
        _ => feature.statistics().map_or(0.0, |statistics| statistics.mean),
    }
}

/// A model that was fitted on no text at all takes any.
fn first(categories: &Categories) -> &str {
    categories.texts().first().map_or("", String::as_str)
}
