//! A value that a request has as a text, as CSV and tensors of strings have all.

use iris_core::{Cell, ColumnKind, Error, Feature, Result};

/// What stands in a row for a text, whatever the column holds: where numbers
/// belong, a number in decimal or a truth value as Python or JSON writes it.
/// An empty text is a missing value, unless the model was fitted on such.
/// Allocates nothing.
///
/// # Errors
///
/// As [`Feature::encode`].
pub fn encode_text(feature: &Feature, text: &str) -> Result<f64, Error> {
    let cell = match feature.kind() {
        ColumnKind::Number => number(text.trim()),
        ColumnKind::Category(categories)
            if text.is_empty() && feature.accepts_missing() && !categories.knows(text) =>
        {
            Some(Cell::Missing)
        }
        _ => None,
    };
    feature.encode(cell.unwrap_or(Cell::Text(text)))
}

fn number(text: &str) -> Option<Cell<'_>> {
    match text {
        "" => Some(Cell::Missing),
        "true" | "True" | "TRUE" => Some(Cell::Bool(true)),
        "false" | "False" | "FALSE" => Some(Cell::Bool(false)),
        _ => text.parse().ok().map(Cell::Number),
    }
}

#[cfg(test)]
mod tests {
    use iris_core::Predictor;

    use super::*;

    fn encode(column: &str, text: &str) -> Result<f64, Error> {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../testdata/mixed/churn.joblib");
        let predictor = Predictor::open(file).unwrap();
        let schema = predictor.schema();
        encode_text(&schema.features()[schema.feature_index(column).unwrap()], text)
    }

    #[test]
    fn a_text_is_what_its_column_holds() {
        for (text, number) in [(" 34.5", 34.5), ("-1e3", -1e3), ("True", 1.0), ("false", 0.0)] {
            assert_eq!(encode("age", text).unwrap(), number);
        }
        assert_eq!(encode("plan", "pro").unwrap(), 2.0);
        for (column, text) in [("age", ""), ("city", ""), ("age", "NaN"), ("note", "anything")] {
            assert!(encode(column, text).unwrap().is_nan(), "{column} {text}");
        }
    }

    #[test]
    fn what_the_column_does_not_hold_is_named() {
        for (column, text, said) in [
            ("age", "2024-01-31", "age is the text '2024-01-31', where a number belongs"),
            ("plan", "gold", "plan is 'gold', which the model was not fitted on; known are basic, plus, pro"),
            ("plan", "", "plan is ''"),
        ] {
            let error = encode(column, text).unwrap_err().to_string();
            assert!(error.starts_with(said), "{error}");
        }
    }
}
