//! The answer for one row.

use std::fmt;

use crate::Label;

/// What a model answers for one row: a class from a classifier, a number from
/// a regressor of one target.
///
/// ```
/// let predictor = iris_core::Predictor::iris();
/// let prediction = predictor.predict(&[5.1, 3.5, 1.4, 0.2])?;
/// assert_eq!(prediction.label(), Some("setosa".into()));
/// assert!(prediction.probability() > Some(0.98));
/// println!("{prediction}"); // setosa (0.982)
/// # Ok::<(), iris_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prediction<'a> {
    answer: Answer<'a>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Answer<'a> {
    Class { class_index: usize, label: Label<'a>, probability: Option<f64> },
    Value(f64),
}

impl<'a> Prediction<'a> {
    #[inline]
    pub(crate) fn class(class_index: usize, label: Label<'a>, probability: Option<f64>) -> Self {
        Self { answer: Answer::Class { class_index, label, probability } }
    }

    #[inline]
    pub(crate) fn number(value: f64) -> Self {
        Self { answer: Answer::Value(value) }
    }

    /// Zero-based index of the class: the column of `predict_proba`; `None` from a regressor.
    #[inline]
    #[must_use]
    pub fn class_index(&self) -> Option<usize> {
        match self.answer {
            Answer::Class { class_index, .. } => Some(class_index),
            Answer::Value(_) => None,
        }
    }

    /// The class as the model was trained on it; `None` from a regressor.
    #[inline]
    #[must_use]
    pub fn label(&self) -> Option<Label<'a>> {
        match self.answer {
            Answer::Class { label, .. } => Some(label),
            Answer::Value(_) => None,
        }
    }

    /// The largest class probability, in [0, 1]; `None` from a regressor and
    /// from a classifier that gives only scores.
    #[inline]
    #[must_use]
    pub fn probability(&self) -> Option<f64> {
        match self.answer {
            Answer::Class { probability, .. } => probability,
            Answer::Value(_) => None,
        }
    }

    /// The regressor's number, in the unit of its target; `None` from a classifier.
    #[inline]
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        match self.answer {
            Answer::Class { .. } => None,
            Answer::Value(value) => Some(value),
        }
    }
}

/// The class, with its probability in three digits, or the number.
impl fmt::Display for Prediction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.answer {
            Answer::Class { label, probability: Some(probability), .. } => {
                write!(f, "{label} ({probability:.3})")
            }
            Answer::Class { label, .. } => label.fmt(f),
            Answer::Value(value) => value.fmt(f),
        }
    }
}

/// As `{"label": …, "class_index": …, "probability": …}` or `{"value": …}`.
#[cfg(feature = "serde")]
impl serde::Serialize for Prediction<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = serializer.serialize_map(None)?;
        match self.answer {
            Answer::Class { class_index, label, probability } => {
                map.serialize_entry("label", &label)?;
                map.serialize_entry("class_index", &class_index)?;
                map.serialize_entry("probability", &probability)?;
            }
            Answer::Value(value) => map.serialize_entry("value", &value)?,
        }
        map.end()
    }
}
