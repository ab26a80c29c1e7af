//! A call of a predictor's, in the spans of a request while tracing is on.

use std::sync::Mutex;

use iris_core::Schema;
use iris_telemetry::{ContextHeaders, Origin, PredictionRequest, RecordedModel, Recorder};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::{generation, lock, recorder, timing};
use crate::errors;

/// Where a predictor's calls are recorded, looked up by its first call since tracing was switched on.
#[derive(Default)]
pub(crate) struct Traced(Mutex<Option<(u64, Recorder, RecordedModel)>>);

impl Traced {
    /// Runs a call in its spans, if anybody wants them: `prepare` makes what `answer` needs.
    #[inline]
    pub(crate) fn call<P, T>(
        &self,
        py: Python<'_>,
        schema: &Schema,
        prepare: impl FnOnce() -> PyResult<P>,
        answer: impl FnOnce(&mut PredictionRequest<'_>, P) -> PyResult<T>,
    ) -> PyResult<T> {
        let (recorder, model) = match generation() {
            0 => (Recorder::default(), RecordedModel::default()),
            generation => self.recording(generation, schema),
        };
        let context = if recorder.is_on() { Context::current(py)? } else { Context(None) };
        let mut request = PredictionRequest::start(&recorder, &Origin::call().headers(context.headers()));
        request.model(model);
        let answered = request.data_preparation(prepare).and_then(|prepared| answer(&mut request, prepared));
        timing::keep(match &answered {
            Ok(_) => request.succeed(0),
            Err(error) => request.fail(0, errors::class(py, error), error),
        });
        answered
    }

    #[cold]
    fn recording(&self, generation: u64, schema: &Schema) -> (Recorder, RecordedModel) {
        let mut known = lock(&self.0);
        if let Some((of_generation, recorder, model)) = &*known
            && *of_generation == generation
        {
            return (recorder.clone(), *model);
        }
        let recorder = recorder();
        let model = recorder.model(schema.name().unwrap_or("model"), schema.version().unwrap_or("1"), schema);
        *known = Some((generation, recorder.clone(), model));
        (recorder, model)
    }
}

/// The span that is active in opentelemetry-python, as headers would carry it.
struct Context<'py>(Option<(Bound<'py, PyBytes>, Bound<'py, PyBytes>)>);

impl<'py> Context<'py> {
    fn current(py: Python<'py>) -> PyResult<Self> {
        let module = py.import(intern!(py, "iris_py._context"))?;
        Ok(Self(module.call_method0(intern!(py, "current"))?.extract()?))
    }

    fn headers(&self) -> ContextHeaders<'_> {
        match &self.0 {
            None => ContextHeaders::default(),
            Some((traceparent, tracestate)) => ContextHeaders {
                traceparent: Some(traceparent.as_bytes()),
                tracestate: Some(tracestate.as_bytes()),
                cloud_trace: None,
            },
        }
    }
}
