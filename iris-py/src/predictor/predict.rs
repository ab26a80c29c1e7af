//! Many rows, or one in a table: the methods that scikit-learn's estimators have.

use std::sync::{Arc, Mutex, PoisonError};

use iris_core::Texts;
use iris_telemetry::PredictionRequest;
use ndarray::s;
use numpy::PyArrayDyn;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use super::{Answers, Predictor};
use crate::blocks::each_block;
use crate::classes::Classes;
use crate::column::Column;
use crate::errors::input_error;
use crate::numbers::{Wanted, checked_out, table, writable};
use crate::rows::{Input, with_row};
use crate::tracing;

#[pymethods]
impl Predictor {
    /// The class of every row, or a regressor's value.
    ///
    /// Parameters
    /// ----------
    /// X : table of numbers, (n_rows, n_features)
    /// out : ndarray of float64, (n_rows,) or (n_rows, n_targets), optional
    ///     Where a regressor's answer is written, in any layout.
    ///
    /// Returns
    /// -------
    /// ndarray of shape (n_rows,); (n_rows, n_targets) of a regressor with several targets,
    ///     or with one that it was fitted on as a column
    ///     Labels, of the type of `classes_`; a regressor's values as float64, in
    ///     the units of the targets, in `out`, if it was given.
    ///
    /// Raises
    /// ------
    /// TypeError
    ///     `out` was given to a classifier.
    #[pyo3(signature = (X, out = None))]
    #[expect(non_snake_case, reason = "scikit-learn's name")]
    pub(super) fn predict<'py>(
        &self,
        X: &Bound<'py, PyAny>,
        out: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        match (&self.answers, out) {
            (Answers::Values { .. }, _) => {
                let in_column = self.schema().answers_column();
                self.numbers(X, out, Wanted::Values { in_column })
            }
            (Answers::Classes(classes), None) => self.labels(X, classes),
            (Answers::Classes(_), Some(_)) => Err(PyTypeError::new_err(
                "predict() of a classifier takes no out; its labels are a new array",
            )),
        }
    }

    /// The probability of every class for every row.
    ///
    /// Parameters
    /// ----------
    /// X : table of numbers, (n_rows, n_features)
    /// out : ndarray of float64, (n_rows, n_classes), optional
    ///     Where the answer is written, in any layout.
    ///
    /// Returns
    /// -------
    /// ndarray of float64, (n_rows, n_classes)
    ///     `out`, if it was given. Columns in the order of `classes_`, in [0, 1].
    ///
    /// Raises
    /// ------
    /// AttributeError
    ///     The model gives scores only, or is a regressor.
    #[pyo3(signature = (X, out = None))]
    #[expect(non_snake_case, reason = "scikit-learn's name")]
    fn predict_proba<'py>(
        &self,
        X: &Bound<'py, PyAny>,
        out: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.numbers(X, out, Wanted::Probabilities)
    }

    /// The natural logarithm of `predict_proba`; -inf where that is 0.
    ///
    /// Parameters
    /// ----------
    /// X : table of numbers, (n_rows, n_features)
    /// out : ndarray of float64, (n_rows, n_classes), optional
    ///     Where the answer is written, in any layout.
    ///
    /// Returns
    /// -------
    /// ndarray of float64, (n_rows, n_classes)
    ///
    /// Raises
    /// ------
    /// AttributeError
    ///     The model gives scores only, or is a regressor.
    #[pyo3(signature = (X, out = None))]
    #[expect(non_snake_case, reason = "scikit-learn's name")]
    fn predict_log_proba<'py>(
        &self,
        X: &Bound<'py, PyAny>,
        out: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.numbers(X, out, Wanted::LogProbabilities)
    }

    /// The scores that the class is taken from.
    ///
    /// Parameters
    /// ----------
    /// X : table of numbers, (n_rows, n_features)
    /// out : ndarray of float64, optional
    ///     Where the answer is written, in its shape and any layout.
    ///
    /// Returns
    /// -------
    /// ndarray of float64, (n_rows, n_classes), or (n_rows,) of a model with two classes
    ///     A single score is positive for the second class.
    ///
    /// Raises
    /// ------
    /// AttributeError
    ///     The model is a regressor, or a classifier that has no scores.
    #[pyo3(signature = (X, out = None))]
    #[expect(non_snake_case, reason = "scikit-learn's name")]
    fn decision_function<'py>(
        &self,
        X: &Bound<'py, PyAny>,
        out: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.numbers(X, out, Wanted::Scores)
    }
}

impl Predictor {
    #[inline]
    fn labels<'py>(&self, x: &Bound<'py, PyAny>, classes: &Classes) -> PyResult<Bound<'py, PyAny>> {
        let (py, schema, core) = (x.py(), self.schema(), &self.core);
        with_row(schema.n_features(), |row| {
            self.traced.call(
                py,
                schema,
                || self.given(x, row),
                |request, (input, reading)| {
                    let core = reading.as_ref().unwrap_or(core);
                    let rows = match input {
                        Input::Rows(rows) => rows,
                        Input::Row(row) => {
                            let class_index =
                                class_of(core, request, row).map_err(|error| input_error(&error, schema))?;
                            return request.response_formatting(|| classes.one(py, class_index));
                        }
                    };
                    let mut counts = vec![0; if tracing::is_on() { schema.n_classes() } else { 0 }];
                    let labels = request.batch_inference(rows.len(), || {
                        classes.many(py, rows.len(), |write| {
                            let mut class_indices = Vec::new();
                            each_block(py, rows.view(), rows.len(), schema, false, |first, block| {
                                class_indices.resize(block.nrows(), 0);
                                core.predict_batch_into(block, &mut class_indices)?;
                                write(first, &class_indices);
                                if !counts.is_empty() {
                                    for class in &class_indices {
                                        counts[*class as usize] += 1;
                                    }
                                }
                                Ok(())
                            })
                        })
                    })?;
                    request.batch_classes(&counts);
                    Ok(request.response_formatting(|| labels))
                },
            )
        })
    }

    #[inline]
    pub(super) fn numbers<'py>(
        &self,
        x: &Bound<'py, PyAny>,
        out: Option<&Bound<'py, PyAny>>,
        wanted: Wanted,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (py, schema, core) = (x.py(), self.schema(), &self.core);
        let n_columns = wanted.columns(core);
        let dear = wanted == Wanted::Contributions;
        with_row(schema.n_features(), |row| {
            self.traced.call(
                py,
                schema,
                || wanted.check(core).and_then(|()| self.given(x, row)),
                |request, (input, reading)| {
                    let core = reading.as_ref().unwrap_or(core);
                    let rows = match input {
                        Input::Rows(rows) => rows,
                        Input::Row(row) => {
                            return with_row(n_columns, |answer| {
                                let answered = if dear {
                                    py.detach(|| wanted.one(core, request, row, answer))
                                } else {
                                    wanted.one(core, request, row, answer)
                                };
                                answered.map_err(|error| input_error(&error, schema))?;
                                request.response_formatting(|| wanted.array(py, answer, out))
                            });
                        }
                    };
                    let out = match out {
                        Some(out) => checked_out(out, &wanted.shape(rows.len(), n_columns))?,
                        None => PyArrayDyn::zeros(py, wanted.shape(rows.len(), n_columns), false),
                    };
                    if let Wanted::Values { .. } = wanted {
                        request.values();
                    }
                    request.batch_inference(rows.len(), || {
                        let mut array = writable(&out)?;
                        let mut array = table(array.as_array_mut());
                        each_block(py, rows.view(), rows.len(), schema, dear, |first, block| {
                            wanted.block(core, block, array.slice_mut(s![first..first + block.nrows(), ..]))
                        })
                    })?;
                    Ok(request.response_formatting(|| out.into_any()))
                },
            )
        })
    }
}

impl Predictor {
    /// The rows of what a method was given as `X`; and where these are texts, the model that reads them.
    #[inline]
    fn given<'r, 'py>(
        &self,
        x: &Bound<'py, PyAny>,
        row: &'r mut [f64],
    ) -> PyResult<(Input<'r, 'py>, Option<iris_core::Predictor>)> {
        if !self.reads_texts {
            return Ok((Input::new(x, self.schema(), self.columns.as_ref(), row)?, None));
        }
        self.given_texts(x, row)
    }

    #[cold]
    fn given_texts<'r, 'py>(
        &self,
        x: &Bound<'py, PyAny>,
        row: &'r mut [f64],
    ) -> PyResult<(Input<'r, 'py>, Option<iris_core::Predictor>)> {
        let texts = Arc::<Mutex<Texts>>::default();
        let columns = Column::holding(x.py(), &self.core, &texts)?;
        let input = Input::new(x, self.schema(), Some(&columns), row)?;
        let texts = std::mem::take(&mut *texts.lock().unwrap_or_else(PoisonError::into_inner));
        Ok((input, Some(self.core.reading(texts))))
    }
}

/// The class of a row; with its probability if a trace wants that.
#[inline]
fn class_of(
    core: &iris_core::Predictor,
    request: &mut PredictionRequest<'_>,
    row: &[f64],
) -> iris_core::Result<usize> {
    if !tracing::is_on() {
        return core.predict_class(row);
    }
    request.features(row);
    let prediction = request.model_inference(|| core.predict(row))?;
    Ok(prediction.class_index().expect("a classifier answers a class"))
}
