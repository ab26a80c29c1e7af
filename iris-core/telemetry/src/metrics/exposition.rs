//! The page of metrics.

use std::collections::BTreeMap;
use std::fmt::Display;

use super::writer::{Format, Type, Writer};
use super::{Kept, Metrics, process};
use crate::connections::{Closed, Connections, Door, TurnedAway};
use crate::exports::Exports;
use crate::models::Models;
use crate::origin::{Protocol, grpc_code};
use crate::record::{MAX_CLASSES, Stage};
use iris_core::ErrorClass;

/// What stands on the page beside the metrics of records.
#[derive(Debug)]
pub(crate) struct Page<'a> {
    pub(crate) models: &'a Models,
    pub(crate) connections: &'a Connections,
    pub(crate) in_flight: i64,
    pub(crate) exports: &'a Exports,
    pub(crate) kept: &'a Kept,
}

/// The whole page.
pub(crate) fn write_page(format: Format, metrics: &Metrics, page: &Page<'_>) -> String {
    let mut writer = Writer::new(format);
    requests(&mut writer, metrics);
    writer.gauge("http_server_active_requests", "HTTP requests being answered", page.in_flight);
    connections(&mut writer, page.connections);
    stages(&mut writer, metrics);
    predictions(&mut writer, metrics, page.models);
    errors(&mut writer, metrics);
    traces(&mut writer, page.exports);
    page.kept.write(&mut writer);
    build(&mut writer);
    own_process(&mut writer);
    writer.end()
}

fn requests(writer: &mut Writer, metrics: &Metrics) {
    let of = |protocol| metrics.requests.iter().filter(move |known| known.endpoint.protocol == protocol);
    let help = "Time from the head of a request to its answer";
    writer.family("http_server_request_duration_seconds", Type::Histogram, help);
    for known in of(Protocol::Http) {
        let (method, route, status) = (known.endpoint.method, known.endpoint.route, known.status);
        let labels = [
            ("http_request_method", &method as &dyn Display),
            ("http_route", &route),
            ("http_response_status_code", &status),
        ];
        writer.histogram("http_server_request_duration_seconds", &labels, &known.durations);
    }
    if of(Protocol::Grpc).next().is_none() {
        return;
    }
    writer.family("rpc_server_call_duration_seconds", Type::Histogram, "Time from a call to its answer");
    for known in of(Protocol::Grpc) {
        let (method, code) = (known.endpoint.route, grpc_code(known.status));
        let labels = [
            ("rpc_system_name", &"grpc" as &dyn Display),
            ("rpc_method", &method),
            ("rpc_response_status_code", &code),
        ];
        writer.histogram("rpc_server_call_duration_seconds", &labels, &known.durations);
    }
}

fn connections(writer: &mut Writer, counts: &Connections) {
    writer.family("iris_connections_open", Type::Gauge, "Connections that are open");
    for door in Door::ALL {
        writer.sample("iris_connections_open", &[("door", &door.as_str())], counts.open_by(door));
    }
    writer.family("iris_connections_accepted_total", Type::Counter, "Connections served");
    for door in Door::ALL {
        let n = counts.accepted_by(door);
        writer.sample("iris_connections_accepted_total", &[("door", &door.as_str())], n);
    }
    let help = "Clients that were turned away or had to wait, by what was lacking";
    writer.family("iris_connections_turned_away_total", Type::Counter, help);
    for why in TurnedAway::ALL {
        let n = counts.turned_away_by(why);
        writer.sample("iris_connections_turned_away_total", &[("reason", &why.as_str())], n);
    }
    let help = "Connections that the server closed, by what it waited for in vain, or to make room";
    writer.family("iris_connections_closed_total", Type::Counter, help);
    for why in Closed::ALL {
        let n = counts.closed_by(why);
        writer.sample("iris_connections_closed_total", &[("reason", &why.as_str())], n);
    }
}

fn stages(writer: &mut Writer, metrics: &Metrics) {
    let help = "Time of each stage of a prediction request";
    writer.family("iris_stage_duration_seconds", Type::Histogram, help);
    for stage in Stage::ALL {
        let labels = [("stage", &stage.name() as &dyn Display)];
        writer.histogram("iris_stage_duration_seconds", &labels, &metrics.stages[stage as usize]);
    }
}

fn predictions(writer: &mut Writer, metrics: &Metrics, models: &Models) {
    writer.family(
        "iris_predictions_total",
        Type::Counter,
        "Rows answered, by predicted class; a regressor's have none",
    );
    for ((model, version, class), count) in by_label(metrics, models) {
        let of_model: [(_, &dyn Display); 2] = [("model", &model), ("version", &version)];
        match class {
            Some(class) => {
                let labels = [of_model[0], of_model[1], ("class", &class)];
                writer.sample("iris_predictions_total", &labels, count);
            }
            None => writer.sample("iris_predictions_total", &of_model, count),
        }
    }
}

/// Each name, version and label once, also where a model was loaded again.
fn by_label(metrics: &Metrics, models: &Models) -> BTreeMap<(String, String, Option<String>), u64> {
    let mut counts = BTreeMap::new();
    for (number, usage) in (0..).zip(&metrics.usage) {
        let Some(model) = models.served(number) else { continue };
        for (class, count) in (0..).zip(&usage.classes) {
            let label = model.label(class).filter(|_| (class as usize) < MAX_CLASSES).unwrap_or("other");
            let key = (model.name.clone(), model.version.clone(), Some(label.to_owned()));
            *counts.entry(key).or_default() += count;
        }
        if usage.values > 0 {
            let key = (model.name.clone(), model.version.clone(), None);
            *counts.entry(key).or_default() += usage.values;
        }
    }
    counts
}

fn errors(writer: &mut Writer, metrics: &Metrics) {
    writer.family("iris_errors_total", Type::Counter, "Requests refused, by kind of error");
    for fault in ErrorClass::ALL {
        let count = metrics.faults[fault as usize];
        writer.sample("iris_errors_total", &[("kind", &fault.as_str())], count);
    }
}

fn traces(writer: &mut Writer, page: &Exports) {
    writer.counter("iris_traces_recorded_total", "Traces recorded", page.recorded);
    writer.counter(
        "iris_traces_exported_total",
        "Traces in the messages that the collector took",
        page.exported,
    );
    writer.family(
        "iris_traces_dropped_total",
        Type::Counter,
        "Traces lost, by reason; their requests are in the other metrics",
    );
    for (reason, count) in page.dropped {
        writer.sample("iris_traces_dropped_total", &[("reason", &reason)], count);
    }
    let help = "Lines for requests that were not written, because their reader is too slow";
    writer.counter("iris_request_lines_dropped_total", help, page.dropped_lines);
    let help = "Spans that the collector took the message of, but not them";
    writer.counter("iris_spans_rejected_total", help, page.rejected_spans);
    writer.counter("iris_trace_export_retries_total", "Batches of traces sent again", page.retries);
    let help = "Times that the thread woke which takes the traces over from those that answer";
    writer.counter("iris_trace_wakeups_total", help, page.wakeups);
    writer.gauge("iris_traces_pending", "Traces waiting to be exported", page.pending);
    writer.gauge("iris_trace_buffer_bytes", "Bytes in the buffer of waiting traces", page.buffer_bytes);
    writer.gauge("iris_trace_buffer_limit_bytes", "Bytes that may wait", page.buffer_limit);
    let help = "Most slots of a thread's ring ever in use";
    writer.gauge("iris_trace_ring_high_water_slots", help, page.ring_used_at_most);
    writer.gauge("iris_trace_ring_slots", "Slots of a thread's ring", page.ring_slots);
}

fn build(writer: &mut Writer) {
    writer.family("iris_build_info", Type::Info, "The version that is running");
    writer.sample("iris_build_info", &[("version", &env!("CARGO_PKG_VERSION"))], 1);
}

fn own_process(writer: &mut Writer) {
    let figures = process::figures();
    if let Some(seconds) = figures.cpu_seconds {
        writer.counter("process_cpu_seconds_total", "User and system CPU time", seconds);
    }
    let mut gauge = |name, help, value: Option<u64>| {
        if let Some(value) = value {
            writer.gauge(name, help, value);
        }
    };
    gauge("process_resident_memory_bytes", "Resident memory", figures.resident_bytes);
    gauge("process_virtual_memory_bytes", "Virtual memory", figures.virtual_bytes);
    gauge("process_threads", "Threads", figures.threads);
    gauge("process_open_fds", "Open file descriptors", figures.open_fds);
    gauge("process_max_fds", "Most file descriptors that may be open", figures.max_fds);
    if let Some(seconds) = figures.start_time_seconds {
        writer.gauge(
            "process_start_time_seconds",
            "When the process started, in seconds since 1970",
            seconds,
        );
    }
}
