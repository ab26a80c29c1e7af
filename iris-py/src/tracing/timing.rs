//! How long the last prediction of each thread took.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::time::Duration;

use iris_telemetry::Timing as CoreTiming;
use pyo3::prelude::*;

thread_local! {
    static LAST: Cell<Option<CoreTiming>> = const { Cell::new(None) };
}

/// How long a prediction and its stages took, in seconds.
#[pyclass(frozen, module = "iris_py")]
pub(crate) struct Timing(CoreTiming);

#[pymethods]
impl Timing {
    /// The whole call.
    #[getter]
    fn total(&self) -> f64 {
        Duration::from_nanos(self.0.total()).as_secs_f64()
    }

    /// The stages that were reached: `data_preparation`, `model_inference`, `response_formatting`.
    #[getter]
    fn stages(&self) -> BTreeMap<&'static str, f64> {
        let seconds = |nanoseconds| Duration::from_nanos(nanoseconds).as_secs_f64();
        self.0.stages().map(|(name, nanoseconds)| (name, seconds(nanoseconds))).collect()
    }

    /// The trace in hexadecimal, if it is sampled.
    #[getter]
    fn trace_id(&self) -> Option<String> {
        self.0.ids().map(|(trace, _)| trace.to_string())
    }

    /// The span `prediction_request` in hexadecimal, if it is sampled.
    #[getter]
    fn span_id(&self) -> Option<String> {
        self.0.ids().map(|(_, span)| span.to_string())
    }

    fn __repr__(&self) -> String {
        format!("Timing(total={}, stages={:?})", self.total(), self.stages())
    }
}

/// How long the last prediction of this thread took; None unless tracing was enabled.
#[pyfunction]
pub(crate) fn last_timing() -> Option<Timing> {
    LAST.get().map(Timing)
}

/// Keeps what the thread's last prediction took, if that was measured.
#[inline]
pub(super) fn keep(timing: Option<CoreTiming>) {
    if timing.is_some() {
        LAST.set(timing);
    }
}
