//! Tracing for the whole process: switched on and off, and what it says.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use iris_core::spans::{ContextHeaders, Fault, PredictionRequest, Timing as CoreTiming};
use iris_core::telemetry::{Settings, Telemetry};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// Which `Telemetry` is at work, counted from 1; 0 while there is none.
static GENERATION: AtomicU64 = AtomicU64::new(0);
static STATE: Mutex<State> = Mutex::new(State { telemetry: None, started: 0, service_name: String::new() });

thread_local! {
    static LAST: Cell<Option<CoreTiming>> = const { Cell::new(None) };
}

struct State {
    telemetry: Option<Telemetry>,
    /// How often one was started.
    started: u64,
    service_name: String,
}

/// A predictor whose calls are recorded, made when it is first needed.
#[derive(Default)]
pub(crate) struct Traced(Mutex<Option<(u64, iris_core::Predictor)>>);

/// Whether calls are recorded.
#[inline]
pub(crate) fn is_on() -> bool {
    GENERATION.load(Ordering::Relaxed) != 0
}

impl Traced {
    /// The recording twin of `predictor`, while tracing is enabled.
    #[inline]
    pub(crate) fn of(&self, predictor: &iris_core::Predictor) -> Option<iris_core::Predictor> {
        match GENERATION.load(Ordering::Relaxed) {
            0 => None,
            generation => self.recording(generation, predictor),
        }
    }

    #[cold]
    fn recording(&self, generation: u64, predictor: &iris_core::Predictor) -> Option<iris_core::Predictor> {
        let mut twin = lock(&self.0);
        if let Some((made_for, twin)) = &*twin
            && *made_for == generation
        {
            return Some(twin.clone());
        }
        let tracer = lock(&STATE).telemetry.as_ref()?.tracer().timed();
        let schema = predictor.schema();
        let name = schema.name().unwrap_or("model").to_owned();
        let version = schema.version().unwrap_or("1").to_owned();
        let made = predictor.clone().with_tracer(&tracer, &name, &version);
        *twin = Some((generation, made.clone()));
        Some(made)
    }
}

/// The span that is active in opentelemetry-python, as headers would carry it.
pub(crate) struct Context<'py>(Option<(Bound<'py, PyBytes>, Bound<'py, PyBytes>)>);

impl<'py> Context<'py> {
    /// The context of a call that is recorded.
    pub(crate) fn current(py: Python<'py>) -> PyResult<Self> {
        let module = py.import(intern!(py, "iris_py._context"))?;
        Ok(Self(module.call_method0(intern!(py, "current"))?.extract()?))
    }

    pub(crate) fn none() -> Self {
        Self(None)
    }

    pub(crate) fn headers(&self) -> ContextHeaders<'_> {
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

/// Ends a request with what came of it.
#[inline]
pub(crate) fn end<T>(request: PredictionRequest<'_>, answer: &PyResult<T>) {
    let timing = match answer {
        Ok(_) => request.succeed(0),
        Err(error) => request.fail(0, Fault::InvalidInput, error),
    };
    if timing.is_some() {
        LAST.set(timing);
    }
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
    fn stages(&self) -> std::collections::BTreeMap<&'static str, f64> {
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

/// Records every prediction of this process from now on.
///
/// Parameters
/// ----------
/// service_name : str
///     What the service is called if `OTEL_SERVICE_NAME` does not say.
///
/// Traces go where OpenTelemetry's `OTEL_*` variables say, such as
/// `OTEL_EXPORTER_OTLP_ENDPOINT`; without any they stay in memory. What is still
/// to be sent is sent when the interpreter exits. Enabling twice changes nothing.
///
/// Raises
/// ------
/// ValueError
///     A variable cannot be honoured; the message names it.
#[pyfunction]
#[pyo3(signature = (service_name = "iris-py"))]
pub(crate) fn enable_tracing(py: Python<'_>, service_name: &str) -> PyResult<()> {
    // Registers what has to happen at a fork and at the exit.
    py.import("iris_py._lifecycle")?;
    lock(&STATE).start(service_name)
}

/// Stops recording and sends what is still to be sent.
///
/// Parameters
/// ----------
/// timeout : float
///     How long that may take, in seconds.
///
/// Returns
/// -------
/// int
///     How many traces could not be sent in that time.
#[pyfunction]
#[pyo3(signature = (timeout = 5.0))]
pub(crate) fn disable_tracing(py: Python<'_>, timeout: f64) -> PyResult<u64> {
    let limit = Duration::try_from_secs_f64(timeout)
        .map_err(|_| PyValueError::new_err(format!("timeout must be a number of seconds, not {timeout}")))?;
    GENERATION.store(0, Ordering::Relaxed);
    let telemetry = lock(&STATE).telemetry.take();
    Ok(py.detach(|| telemetry.map_or(0, |telemetry| telemetry.shutdown(limit))))
}

/// How long the last prediction of this thread took; None unless tracing was enabled.
#[pyfunction]
pub(crate) fn last_timing() -> Option<Timing> {
    LAST.get().map(Timing)
}

/// Starts tracing anew in a forked process, which has none of its threads.
#[pyfunction]
pub(crate) fn restart_after_fork() -> PyResult<()> {
    let mut state = lock(&STATE);
    let Some(of_parent) = state.telemetry.take() else { return Ok(()) };
    // Ending it would wait for threads that are the parent's.
    std::mem::forget(of_parent);
    let service_name = std::mem::take(&mut state.service_name);
    state.start(&service_name)
}

impl State {
    fn start(&mut self, service_name: &str) -> PyResult<()> {
        if self.telemetry.is_some() {
            return Ok(());
        }
        let settings =
            Settings::from_env(service_name).map_err(|error| PyValueError::new_err(error.to_string()))?;
        let telemetry =
            Telemetry::start(settings).map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
        self.started += 1;
        self.telemetry = Some(telemetry);
        service_name.clone_into(&mut self.service_name);
        GENERATION.store(self.started, Ordering::Relaxed);
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
