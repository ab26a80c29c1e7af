//! A row that a model answers, for who has none at hand.

use iris_core::{Feature, Schema};

/// The flower that `/health` classifies, as the service that this one replaces does.
const FLOWER: [(&str, f64); 4] =
    [("sepal_length", 5.1), ("sepal_width", 3.5), ("petal_length", 1.4), ("petal_width", 0.2)];

/// A flower, or for a model of other things the mean of its training data, as
/// far as its file has it.
pub(crate) fn example_row(schema: &Schema) -> Vec<f64> {
    let features = schema.features();
    if features.iter().map(Feature::name).eq(FLOWER.map(|(name, _)| name)) {
        return FLOWER.map(|(_, value)| value).to_vec();
    }
    let mean = |feature: &Feature| feature.statistics().map_or(0.0, |statistics| statistics.mean);
    features.iter().map(mean).collect()
}
