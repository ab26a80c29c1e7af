//! Telemetry as the environment asks for it.

use std::time::Duration;

use iris_telemetry::{Settings, Telemetry};
use tracing::{info, warn};

/// What traces call this service unless `OTEL_SERVICE_NAME` says otherwise.
const SERVICE_NAME: &str = "iris-prediction-api";

/// A buffer that no collector could be slow with.
const LEAST_BUFFER: usize = 1 << 20;

/// The least time for sending what is left, where requests took all of the grace.
const LEAST_FLUSH: Duration = Duration::from_millis(500);

/// Starts recording, unless `OTEL_SDK_DISABLED` forbids it; with a buffer of so many bytes for traces that wait.
pub(crate) fn start(buffer: usize, access_log: bool) -> Result<Option<Telemetry>, String> {
    let settings = Settings::from_env(SERVICE_NAME).map_err(|error| error.to_string())?;
    for warning in settings.warnings() {
        warn!("{warning}");
    }
    if settings.is_disabled() {
        info!("OTEL_SDK_DISABLED is true: nothing is recorded, and there is no /metrics");
        return Ok(None);
    }
    if buffer < LEAST_BUFFER {
        return Err("--trace-buffer is too small; expected at least 1MiB".to_owned());
    }
    let settings = settings.with_buffer(buffer).with_access_log(access_log);
    info!(to = settings.destination(), "recording traces");
    Telemetry::start(settings).map(Some).map_err(|error| error.to_string())
}

/// Sends what is left, for as long as `limit`.
pub(crate) fn flush(telemetry: Option<&Telemetry>, limit: Duration) {
    let Some(telemetry) = telemetry else { return };
    let left = telemetry.shutdown(limit.max(LEAST_FLUSH));
    if left > 0 {
        warn!(traces = left, "the grace is over; these traces could not be exported");
    }
}
