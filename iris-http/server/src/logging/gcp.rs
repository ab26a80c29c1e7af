//! Log lines as Google Cloud Logging reads them: one JSON object each, with the
//! fields of <https://cloud.google.com/logging/docs/structured-logging>.

use std::fmt;
use std::time::SystemTime;

use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

pub(super) struct CloudLogging {
    /// Traces are found by their project too.
    project: Option<String>,
}

impl CloudLogging {
    pub(super) fn from_env() -> Self {
        Self { project: std::env::var("GOOGLE_CLOUD_PROJECT").ok() }
    }

    fn line(&self, level: Level, time: SystemTime, mut fields: Map<String, Value>) -> Value {
        let mut take = |name: &str| fields.remove(name).filter(|value| !value.is_null());
        let message = take("message").unwrap_or_default();
        let mut line = Map::from_iter([
            ("severity".to_owned(), severity(level).into()),
            ("time".to_owned(), humantime::format_rfc3339_micros(time).to_string().into()),
            ("message".to_owned(), message),
        ]);
        if let Some(Value::String(trace)) = take("trace_id") {
            let trace = match &self.project {
                Some(project) => format!("projects/{project}/traces/{trace}"),
                None => trace,
            };
            line.insert("logging.googleapis.com/trace".to_owned(), trace.into());
            let sampled = take("sampled").unwrap_or(true.into());
            line.insert("logging.googleapis.com/trace_sampled".to_owned(), sampled);
        }
        if let Some(span) = take("span_id") {
            line.insert("logging.googleapis.com/spanId".to_owned(), span);
        }
        if let Some(latency) = take("latency_seconds") {
            let latency = format!("{:.9}s", latency.as_f64().unwrap_or_default());
            let mut request = json!({
                "requestMethod": take("method").unwrap_or_default(),
                "requestUrl": take("route").unwrap_or_default(),
                "status": take("status").unwrap_or_default(),
                "latency": latency,
            });
            for (field, name) in [("remoteIp", "client.address"), ("userAgent", "user_agent.original")] {
                if let Some(value) = take(name) {
                    request[field] = value;
                }
            }
            line.insert("httpRequest".to_owned(), request);
        }
        line.extend(fields);
        line.into()
    }
}

fn severity(level: Level) -> &'static str {
    match level {
        Level::ERROR => "ERROR",
        Level::WARN => "WARNING",
        Level::INFO => "INFO",
        Level::DEBUG | Level::TRACE => "DEBUG",
    }
}

impl<S, N> FormatEvent<S, N> for CloudLogging
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut fields = Fields(Map::new());
        event.record(&mut fields);
        let line = self.line(*event.metadata().level(), SystemTime::now(), fields.0);
        writeln!(writer, "{line}")
    }
}

/// An event's fields as JSON.
struct Fields(Map<String, Value>);

impl Fields {
    fn add(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(project: Option<&str>, fields: &Value) -> Value {
        let logging = CloudLogging { project: project.map(str::to_owned) };
        logging.line(Level::WARN, SystemTime::UNIX_EPOCH, fields.as_object().unwrap().clone())
    }

    #[test]
    fn a_request_has_its_trace_and_its_http_fields() {
        let fields = json!({
            "message": "request", "method": "POST", "route": "/predict", "status": 200,
            "latency_seconds": 1.5e-6, "client.address": "203.0.113.9", "user_agent.original": "curl/8", "trace_id": "4bf9", "span_id": "00f0", "error": null,
        });
        let expected = json!({
            "severity": "WARNING", "time": "1970-01-01T00:00:00.000000Z", "message": "request",
            "logging.googleapis.com/trace": "projects/garden/traces/4bf9",
            "logging.googleapis.com/trace_sampled": true,
            "logging.googleapis.com/spanId": "00f0",
            "httpRequest": {
                "requestMethod": "POST", "requestUrl": "/predict", "status": 200, "latency": "0.000001500s",
                "remoteIp": "203.0.113.9", "userAgent": "curl/8",
            },
            "error": null,
        });
        assert_eq!(line(Some("garden"), &fields), expected);
    }

    #[test]
    fn any_other_line_keeps_its_fields() {
        let line = line(None, &json!({"message": "serving", "threads": 2, "trace_id": "4bf9"}));
        assert_eq!(line["threads"], 2);
        assert_eq!(line["logging.googleapis.com/trace"], "4bf9");
        assert_eq!(line.get("httpRequest"), None);
    }
}
