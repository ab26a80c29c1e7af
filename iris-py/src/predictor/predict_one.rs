//! One row, given as one number a feature.

use iris_core::{ColumnKind, Feature, Texts};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::{Answers, Predictor};
use crate::classes::Classes;
use crate::column::encode;
use crate::errors::input_error;
use crate::numbers::values_of_row;
use crate::prediction::Prediction;
use crate::rows::with_row;
use crate::tracing;

#[pymethods]
impl Predictor {
    /// Answers one row, given as one number a feature.
    ///
    /// Parameters
    /// ----------
    /// *values : float, or str of a column that holds texts; None where it is missing
    ///     In the order of `feature_names_in_`.
    /// **named : the same
    ///     By the name of the feature, in any order.
    ///
    /// Returns
    /// -------
    /// Prediction
    ///     `label`, `class_index` and `probability`; `value` of a regressor.
    ///
    /// Raises
    /// ------
    /// InputError
    ///     A number is not finite; `feature` names it.
    /// TypeError
    ///     Too few, too many, an unknown feature, or no number.
    #[pyo3(signature = (*values, **named))]
    fn predict_one(
        &self,
        values: &Bound<'_, PyTuple>,
        named: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Prediction> {
        with_row(self.schema().n_features(), |row| match &self.answers {
            Answers::Classes(classes) if !tracing::is_on() => {
                // The same without its spans: a call is short enough for the checks to show.
                let (row, reading) = self.fill(row, values, named)?;
                let core = reading.as_ref().unwrap_or(&self.core);
                let prediction = core.predict(row).map_err(|error| input_error(&error, self.schema()))?;
                Ok(classified(values.py(), classes, &prediction))
            }
            _ => self.predict_in_spans(row, values, named),
        })
    }
}

impl Predictor {
    /// Out of line, so that the short way does not carry its frame.
    #[inline(never)]
    fn predict_in_spans(
        &self,
        row: &mut [f64],
        values: &Bound<'_, PyTuple>,
        named: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Prediction> {
        let (py, schema, core) = (values.py(), self.schema(), &self.core);
        self.traced.call(
            py,
            schema,
            || self.fill(row, values, named),
            |request, (row, reading)| match &self.answers {
                Answers::Classes(classes) => {
                    request.features(row);
                    let core = reading.as_ref().unwrap_or(core);
                    let prediction = request
                        .model_inference(|| core.predict(row))
                        .map_err(|error| input_error(&error, schema))?;
                    Ok(request.response_formatting(|| classified(py, classes, &prediction)))
                }
                Answers::Values { n_targets } => with_row(*n_targets, |answer| {
                    let core = reading.as_ref().unwrap_or(core);
                    values_of_row(core, request, row, answer).map_err(|error| input_error(&error, schema))?;
                    Ok(request.response_formatting(|| Prediction::values(answer)))
                }),
            },
        )
    }

    /// The numbers of a call with one value a feature; and where one is free text, the model that reads it.
    fn fill<'r>(
        &self,
        row: &'r mut [f64],
        values: &Bound<'_, PyTuple>,
        named: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<(&'r [f64], Option<iris_core::Predictor>)> {
        if let (None, true, None) = (named, values.len() == row.len(), &self.columns) {
            for (index, (to, value)) in row.iter_mut().zip(values.iter_borrowed()).enumerate() {
                *to = value.extract().map_err(|error| self.no_number(value.py(), index, &error))?;
            }
            return Ok((row, None));
        }
        let features = self.schema().features();
        let mut texts = Texts::new();
        let mut given = vec![None; features.len()];
        let wrong = |what: String| {
            let expected = self.schema().feature_list();
            PyTypeError::new_err(format!("predict_one() {what}; the features are {expected}"))
        };
        if values.len() > features.len() {
            return Err(wrong(format!("takes {} values, {} were given", features.len(), values.len())));
        }
        for (index, value) in values.iter().enumerate() {
            given[index] = Some(value);
        }
        for (name, value) in named.into_iter().flatten() {
            let name: String = name.extract()?;
            let Some(index) = self.schema().feature_index(&name) else {
                return Err(wrong(format!("got an unknown feature '{name}'")));
            };
            if given[index].replace(value).is_some() {
                return Err(wrong(format!("got '{name}' twice")));
            }
        }
        let is_needed = |feature: &Feature| *feature.kind() != ColumnKind::Ignored;
        let missing: Vec<&str> = features
            .iter()
            .zip(&given)
            .filter(|(feature, value)| value.is_none() && is_needed(feature))
            .map(|(feature, _)| feature.name())
            .collect();
        if !missing.is_empty() {
            return Err(wrong(format!("misses {}", missing.join(", "))));
        }
        for (index, (to, value)) in row.iter_mut().zip(given).enumerate() {
            let Some(value) = value else {
                *to = f64::NAN;
                continue;
            };
            *to = match self.columns {
                Some(_) => self.encoded(index, &value, &mut texts)?,
                None => value.extract().map_err(|error| self.no_number(value.py(), index, &error))?,
            };
        }
        let reading = (!texts.is_empty()).then(|| self.core.reading(texts));
        Ok((row, reading))
    }

    /// A value of a model that takes texts.
    #[cold]
    fn encoded(&self, index: usize, value: &Bound<'_, PyAny>, texts: &mut Texts) -> PyResult<f64> {
        let schema = self.schema();
        encode(schema, index, value, texts)
            .map_err(|error| self.no_number(value.py(), index, &error))?
            .map_err(|error| input_error(&error, schema))
    }

    #[cold]
    fn no_number(&self, py: Python<'_>, index: usize, error: &PyErr) -> PyErr {
        let name = self.schema().features()[index].name();
        PyTypeError::new_err(format!("{name}: {}", error.value(py)))
    }
}

/// A classifier's answer as Python has it.
#[inline]
fn classified(py: Python<'_>, classes: &Classes, prediction: &iris_core::Prediction<'_>) -> Prediction {
    let class_index = prediction.class_index().expect("a classifier answers a class");
    Prediction::class(classes.label(py, class_index), class_index, prediction.probability())
}
