//! Tables of Arrow's: the one call that engines of data make.

use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchOptions, RecordBatchReader};
use arrow_schema::{ArrowError, Field, SchemaRef};
use iris_core::Texts;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;

use super::Predictor;
use crate::arrow::{self, Answers, ArrowStream, Asked, Batches, Columns};
use crate::blocks::{FIRST, each_span};
use crate::errors::input_error;
use crate::tracing;

/// How each batch of a table is answered.
struct Plan {
    columns: Columns,
    /// The table's columns that are in the answer as well.
    kept: Vec<usize>,
    asked: Vec<Asked>,
    answers: SchemaRef,
    /// A row that is refused has nulls as its answer.
    skips: bool,
}

/// Batches that are answered as they are asked for.
struct Answering {
    predictor: Py<Predictor>,
    plan: Plan,
    batches: Batches,
}

#[pymethods]
impl Predictor {
    /// Answers a table of Arrow's, as engines hold their data: the table with the answers as further columns.
    ///
    /// The columns are read where they lie. Features are found by name, and other columns do not disturb; they are
    /// kept as they are, with their types and nulls. A null is a missing value.
    ///
    /// Parameters
    /// ----------
    /// table : anything with `__arrow_c_stream__`
    ///     A table or batch of pyarrow's, a frame of polars' or pandas', a relation of DuckDB's. Of a
    ///     `pyarrow.RecordBatchReader` each batch is answered when it is asked for.
    /// methods : str or sequence of str
    ///     What to ask: "predict" for a column `prediction` (or `prediction_0`, … of several targets),
    ///     "predict_proba" for `probability_` and each label, "decision_function" for `score`.
    /// keep : bool or sequence of str
    ///     Which of the table's columns are kept: all, none, or those of these names.
    /// on_error : "raise" or "null"
    ///     What becomes of a row that the model cannot answer: InputError, or nulls as its answer.
    ///
    /// Returns
    /// -------
    /// table of the kind that was given
    ///     Labels with their own type, numbers as float64.
    ///
    /// Examples
    /// --------
    /// >>> import pyarrow as pa
    /// >>> from iris_py import Predictor
    /// >>> names = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
    /// >>> table = pa.table([[5.1, 6.3], [3.5, 3.3], [1.4, 6.0], [0.2, 2.5]], names=names)
    /// >>> Predictor().predict_arrow(table)["prediction"].to_pylist()
    /// ['setosa', 'virginica']
    #[pyo3(signature = (table, /, methods = None, *, keep = None, on_error = "raise"))]
    fn predict_arrow<'py>(
        slf: &Bound<'py, Self>,
        table: &Bound<'py, PyAny>,
        methods: Option<&Bound<'py, PyAny>>,
        keep: Option<&Bound<'py, PyAny>>,
        on_error: &str,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let predictor = slf.get();
        let skips = match on_error {
            "raise" => false,
            "null" => true,
            _ => {
                return Err(PyValueError::new_err(format!(
                    "on_error is 'raise' or 'null', not {on_error:?}"
                )));
            }
        };
        let asked = predictor.asked(methods)?;
        let batches = arrow::open(table)?;
        let plan = Plan::new(predictor, &batches.schema(), asked, keep, skips)?;
        let module = py.import(intern!(py, "iris_py._arrow"))?;
        let stream = if module.call_method1(intern!(py, "is_lazy"), (table,))?.is_truthy()? {
            ArrowStream::of_reader(Answering { predictor: slf.clone().unbind(), plan, batches })
        } else {
            let mut first = 0;
            let mut answered = Vec::new();
            for batch in batches {
                let batch = batch.map_err(|error| PyValueError::new_err(error.to_string()))?;
                answered.push(predictor.answer_batch(py, &plan, &batch, first)?);
                first += batch.num_rows();
            }
            ArrowStream::of_batches(plan.answers, answered)
        };
        module.call_method1(intern!(py, "like"), (table, stream))
    }
}

impl Predictor {
    fn asked(&self, methods: Option<&Bound<'_, PyAny>>) -> PyResult<Vec<Asked>> {
        let methods = match methods {
            None => vec!["predict".to_owned()],
            Some(methods) => match methods.extract::<String>() {
                Ok(method) => vec![method],
                Err(_) => methods.extract::<Vec<String>>()?,
            },
        };
        let mut all = Vec::new();
        for method in methods {
            let Some(asked) = arrow::asked(self.schema(), &method) else {
                return Err(PyValueError::new_err(format!(
                    "methods are 'predict', 'predict_proba' and 'decision_function', not {method:?}"
                )));
            };
            if let Asked::Numbers(wanted) = asked {
                wanted.check(&self.core)?;
            }
            if !all.contains(&asked) {
                all.push(asked);
            }
        }
        Ok(all)
    }

    /// One batch, of which the first row is row `first` of the table.
    fn answer_batch(
        &self,
        py: Python<'_>,
        plan: &Plan,
        batch: &RecordBatch,
        first: usize,
    ) -> PyResult<RecordBatch> {
        let schema = self.schema();
        let n_rows = batch.num_rows();
        let moved = |error: iris_core::Error| match error.row() {
            Some(row) => error.at_row(first + row),
            None => error,
        };
        self.traced.call(
            py,
            schema,
            || {
                let mut unanswered = plan.skips.then(|| vec![false; n_rows]);
                let mut texts = Texts::new();
                let columns = py.detach(|| {
                    plan.columns.of(schema, batch, &mut texts, |error| match (&mut unanswered, error.row()) {
                        (Some(unanswered), Some(row)) => {
                            unanswered[row] = true;
                            Ok(())
                        }
                        _ => Err(error),
                    })
                });
                let columns = columns.map_err(|error| input_error(&moved(error), schema))?;
                let core = if texts.is_empty() { self.core.clone() } else { self.core.reading(texts) };
                Ok((core, columns, unanswered))
            },
            |request, (core, columns, unanswered)| {
                let mut answers = Answers::new(&core, &columns, n_rows, &plan.asked, unanswered);
                request.batch_inference(n_rows, || {
                    each_span(py, n_rows, schema, FIRST, |first, len| {
                        answers.go_on(first, len).map_err(moved)
                    })
                })?;
                if plan.asked.contains(&Asked::Labels) {
                    if tracing::is_on() {
                        request.batch_classes(&answers.counts());
                    }
                } else {
                    request.values();
                }
                request.response_formatting(|| {
                    let kept = plan.kept.iter().map(|index| batch.column(*index).clone());
                    let columns = kept.chain(answers.columns()).collect();
                    let options = RecordBatchOptions::new().with_row_count(Some(n_rows));
                    RecordBatch::try_new_with_options(plan.answers.clone(), columns, &options)
                        .map_err(|error| PyValueError::new_err(error.to_string()))
                })
            },
        )
    }
}

impl Plan {
    fn new(
        predictor: &Predictor,
        table: &SchemaRef,
        asked: Vec<Asked>,
        keep: Option<&Bound<'_, PyAny>>,
        skips: bool,
    ) -> PyResult<Self> {
        let columns = Columns::find(predictor.schema(), table)
            .map_err(|error| input_error(&error, predictor.schema()))?;
        let kept = kept(table, keep)?;
        let answers = asked.iter().flat_map(|asked| asked.fields(&predictor.core, skips)).map(Arc::new);
        let fields: Vec<_> = kept.iter().map(|index| table.fields()[*index].clone()).chain(answers).collect();
        for (index, field) in fields.iter().enumerate().skip(kept.len()) {
            if fields[..index].iter().any(|other| other.name() == field.name()) {
                return Err(PyValueError::new_err(format!(
                    "the table has a column {} already; leave it out with keep",
                    field.name()
                )));
            }
        }
        let fields: Vec<Arc<Field>> = fields;
        let answers = Arc::new(arrow_schema::Schema::new(fields).with_metadata(table.metadata().clone()));
        Ok(Self { columns, kept, asked, answers, skips })
    }
}

fn kept(table: &SchemaRef, keep: Option<&Bound<'_, PyAny>>) -> PyResult<Vec<usize>> {
    let all = || (0..table.fields().len()).collect();
    let Some(keep) = keep else { return Ok(all()) };
    if let Ok(keep) = keep.extract::<bool>() {
        return Ok(if keep { all() } else { Vec::new() });
    }
    if keep.is_instance_of::<pyo3::types::PyString>() {
        return Err(PyTypeError::new_err("keep is True, False or a list of names"));
    }
    let names = keep.extract::<Vec<String>>()?;
    let index = |name: &String| {
        table
            .index_of(name)
            .map_err(|_| PyValueError::new_err(format!("the table has no column {name} to keep")))
    };
    names.iter().map(index).collect()
}

impl Iterator for Answering {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = match self.batches.next()? {
            Ok(batch) => batch,
            Err(error) => return Some(Err(error)),
        };
        let answered = Python::attach(|py| self.predictor.get().answer_batch(py, &self.plan, &batch, 0));
        Some(answered.map_err(|error| ArrowError::ExternalError(Box::new(error))))
    }
}

impl RecordBatchReader for Answering {
    fn schema(&self) -> SchemaRef {
        self.plan.answers.clone()
    }
}
