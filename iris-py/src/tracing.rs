//! Tracing for the whole process: switched on, off, and on again behind a fork.

mod call;
mod timing;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use iris_telemetry::{Recorder, Settings, Telemetry};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;

pub(crate) use call::Traced;
pub(crate) use timing::{Timing, last_timing};

/// Which `Telemetry` is at work, counted from 1; 0 while there is none.
static GENERATION: AtomicU64 = AtomicU64::new(0);
/// Locked by who holds the GIL only: at a fork no other thread has it.
static STATE: Mutex<State> = Mutex::new(State { telemetry: None, started: 0, service_name: String::new() });

struct State {
    telemetry: Option<Telemetry>,
    /// How often one was started.
    started: u64,
    service_name: String,
}

/// Whether calls are recorded.
#[inline]
pub(crate) fn is_on() -> bool {
    generation() != 0
}

/// What records the calls of this process; while tracing is off, nothing does.
#[cold]
pub(crate) fn recorder() -> Recorder {
    let state = lock(&STATE);
    state.telemetry.as_ref().map(|telemetry| telemetry.recorder().timed()).unwrap_or_default()
}

#[inline]
fn generation() -> u64 {
    GENERATION.load(Ordering::Relaxed)
}

/// Records every prediction of this process, and every model that it loads, from now on.
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
