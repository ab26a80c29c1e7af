//! What the estimators of XGBoost write of themselves into the files that they save.

use super::json;
use crate::read::budget::Budget;
use crate::schema::Labels;

/// The attribute `scikit_learn` of a file, a text of JSON. Before 2.0 it has all parameters.
#[derive(Debug, Default)]
pub(super) struct Saved {
    /// Whether a classifier wrote it, where it says.
    pub(super) is_classifier: Option<bool>,
    /// What stands for missing values, where it says.
    pub(super) missing: Option<f32>,
    /// What the classes are called, of releases that encoded labels.
    pub(super) labels: Option<Labels>,
}

impl Saved {
    /// What a text says; nothing if it is no such one.
    #[expect(clippy::cast_possible_truncation, reason = "values are compared in single precision")]
    pub(super) fn of(text: &str, budget: &mut Budget) -> Self {
        // Its values are as large as the text, and as many as its bytes.
        if budget.spend(text.len()).is_err() {
            return Self::default();
        }
        let strict = json::in_strict_json(text.as_bytes());
        let Ok(saved) = serde_json::from_slice::<serde_json::Value>(&strict) else { return Self::default() };
        let missing = saved.get("missing").and_then(serde_json::Value::as_f64);
        let labels = saved.get("_le").and_then(|encoder| encoder.get("classes_")?.as_array());
        Self {
            is_classifier: saved.get("_estimator_type").map(|kind| kind == "classifier"),
            missing: missing.map(|missing| missing as f32),
            labels: labels.and_then(|labels| self::labels(labels)),
        }
    }
}

/// Labels that are all of one type.
fn labels(values: &[serde_json::Value]) -> Option<Labels> {
    fn all<T>(values: &[serde_json::Value], one: fn(&serde_json::Value) -> Option<T>) -> Option<Vec<T>> {
        values.iter().map(one).collect()
    }
    all(values, |value| value.as_str().map(str::to_owned))
        .map(Labels::Strings)
        .or_else(|| all(values, serde_json::Value::as_i64).map(Labels::Integers))
        .or_else(|| all(values, serde_json::Value::as_bool).map(Labels::Booleans))
        .or_else(|| all(values, serde_json::Value::as_f64).map(Labels::Floats))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrapper_says_its_kind_and_labels_and_what_is_missing() {
        let of = |text: &str| Saved::of(text, &mut Budget::new(1000));
        let saved =
            of(r#"{"missing": -1.5, "_le": {"classes_": ["a", "b"]}, "_estimator_type": "classifier"}"#);
        assert_eq!((saved.is_classifier, saved.missing), (Some(true), Some(-1.5)));
        assert_eq!(saved.labels, Some(Labels::Strings(vec!["a".to_owned(), "b".to_owned()])));
        let saved = of(r#"{"missing": NaN, "_le": {"classes_": [0.0, 1.0]}}"#);
        assert_eq!((saved.is_classifier, saved.missing), (None, None));
        assert_eq!(saved.labels, Some(Labels::Floats(vec![0.0, 1.0])));
        assert!(of("{").labels.is_none());
    }
}
