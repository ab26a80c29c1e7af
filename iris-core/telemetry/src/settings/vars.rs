//! Reading variables, and noticing which were not.

use std::collections::BTreeMap;
use std::time::Duration;

/// A variable that cannot be honoured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{variable} is {value:?}; {expected}")]
pub struct SettingsError {
    variable: String,
    value: String,
    expected: String,
}

impl SettingsError {
    pub(super) fn new(variable: &str, value: &str, expected: impl Into<String>) -> Self {
        Self { variable: variable.to_owned(), value: value.to_owned(), expected: expected.into() }
    }
}

/// Variables not read yet. An empty one counts as not set, as OpenTelemetry asks.
#[derive(Debug)]
pub(crate) struct Vars(BTreeMap<String, String>);

impl Vars {
    pub(super) fn new(vars: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(vars.into_iter().filter(|(_, value)| !value.trim().is_empty()).collect())
    }

    pub(crate) fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name).map(|value| value.trim().to_owned())
    }

    /// The first of two names that is set, with its name; both count as read.
    pub(super) fn take_first<'n>(&mut self, names: [&'n str; 2]) -> Option<(&'n str, String)> {
        let found = names.map(|name| self.take(name).map(|value| (name, value)));
        found.into_iter().flatten().next()
    }

    /// A word whose case does not matter, as OpenTelemetry asks of all that are chosen from a list.
    pub(super) fn take_word(&mut self, name: &str) -> Option<String> {
        self.take(name).map(|value| value.to_ascii_lowercase())
    }

    pub(super) fn take_first_word<'n>(&mut self, names: [&'n str; 2]) -> Option<(&'n str, String)> {
        self.take_first(names).map(|(name, value)| (name, value.to_ascii_lowercase()))
    }

    pub(super) fn boolean(&mut self, name: &str) -> Result<Option<bool>, SettingsError> {
        let Some(value) = self.take_word(name) else { return Ok(None) };
        match value.as_str() {
            "true" => Ok(Some(true)),
            "false" => Ok(Some(false)),
            _ => Err(SettingsError::new(name, &value, "expected true or false")),
        }
    }

    pub(super) fn milliseconds(&mut self, name: &str) -> Result<Option<Duration>, SettingsError> {
        self.take(name).map(|value| milliseconds(name, &value)).transpose()
    }

    /// Sentences about the `OTEL_*` variables that nobody read.
    pub(super) fn unused(self) -> Vec<String> {
        self.0.into_iter().filter_map(|(name, value)| unused(&name, &value)).collect()
    }
}

pub(super) fn milliseconds(name: &str, value: &str) -> Result<Duration, SettingsError> {
    let error = |_| SettingsError::new(name, value, "expected a number of milliseconds");
    value.parse().map(Duration::from_millis).map_err(error)
}

fn unused(name: &str, value: &str) -> Option<String> {
    let reason = match name {
        "OTEL_METRICS_EXPORTER" | "OTEL_LOGS_EXPORTER" if value == "none" => return None,
        "OTEL_METRICS_EXPORTER" => "metrics are served at /metrics and not sent anywhere",
        "OTEL_LOGS_EXPORTER" => "logs go to standard error",
        "OTEL_TRACES_SAMPLER_ARG" => "the sampler takes no argument",
        "OTEL_BSP_MAX_QUEUE_SIZE" => "the buffer is bounded in bytes, by --trace-buffer",
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE" => "messages are bounded in bytes",
        "OTEL_BSP_EXPORT_TIMEOUT" => "OTEL_EXPORTER_OTLP_TIMEOUT bounds an attempt, the buffer the retries",
        name if name.starts_with("OTEL_") => "it has no meaning here",
        _ => return None,
    };
    Some(format!("{name} is set, but has no effect: {reason}"))
}

/// The items of a list separated by commas.
pub(super) fn list(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(str::trim).filter(|item| !item.is_empty())
}

/// `key=value` pairs separated by commas, the values percent-encoded.
pub(crate) fn pairs(name: &str, value: &str) -> Result<Vec<(String, String)>, SettingsError> {
    list(value)
        .map(|item| {
            let (key, value) = item.split_once('=')?;
            let decoded = percent_encoding::percent_decode_str(value.trim()).decode_utf8().ok()?;
            (!key.trim().is_empty()).then(|| (key.trim().to_owned(), decoded.into_owned()))
        })
        .collect::<Option<_>>()
        .ok_or_else(|| SettingsError::new(name, value, "expected key=value pairs separated by commas"))
}
