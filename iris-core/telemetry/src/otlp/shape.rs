//! What the spans of a record look like, but for their numbers.

use super::template::{Placeholder, Template};
use crate::models::ModelInfo;
use crate::origin::{Endpoint, HttpVersion, Protocol};
use crate::record::{Answer, Kind, Record, Stage};
use crate::request::{ATTRIBUTES, error_type, grpc_code};
use crate::view::View;

/// The spans of a message `ScopeSpans`, of which each is field 2.
const SPANS: u32 = 2;
const ATTRIBUTE: u32 = 9;

/// Flags of a span: sampled, and it is known whether the parent is remote.
const FLAGS: u32 = 0x101;
const PARENT_IS_REMOTE: u32 = 0x200;

/// `SpanKind` and `StatusCode`.
const INTERNAL: u64 = 1;
const SERVER: u64 = 2;
const STATUS_ERROR: u64 = 2;

/// Records of equal shape have spans that differ only in what [`Placeholder`] lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Shape {
    endpoint: usize,
    kind: u8,
    http_version: HttpVersion,
    has_parent: bool,
    has_number: bool,
    n_stages: u8,
    status: u16,
    n_features: u16,
    model: u32,
    answer: Answer,
}

impl Shape {
    /// The shape of a record, unless it has texts or counts of its own.
    pub(super) fn of(record: &Record) -> Option<Self> {
        let texts = record.tracestate_len | record.path_len | record.error_len;
        (texts == 0 && record.batch_size == 0 && record.fault.is_none()).then(|| Self {
            endpoint: std::ptr::from_ref(record.endpoint).addr(),
            kind: record.kind as u8,
            http_version: record.http_version,
            has_parent: record.parent_id.0 != 0,
            has_number: record.number.is_some(),
            n_stages: record.n_stages,
            status: record.status,
            n_features: record.n_features,
            model: record.model,
            answer: record.answer,
        })
    }
}

/// Makes the spans of a record.
pub(super) fn template(view: &View<'_>, model: Option<&ModelInfo>) -> Template {
    let mut template = Template::default();
    match view.record.kind {
        Kind::Prediction => prediction(&mut template, view, model),
        Kind::ModelLoading => model_loading(&mut template, view),
        Kind::HealthCheck => health_check(&mut template, view),
        Kind::Other => {}
    }
    template
}

fn prediction(template: &mut Template, view: &View<'_>, model: Option<&ModelInfo>) {
    root(template, view, "prediction_request", |span| {
        features(span, view.record, model);
        if view.record.batch_size > 0 {
            span.int_attribute(ATTRIBUTE, "request.batch_size", view.record.batch_size.into());
        }
        span.double_attribute(ATTRIBUTE, "request.total_time_seconds", Placeholder::Seconds(None));
        let status = if view.record.fault.is_some() { "error" } else { "success" };
        span.string_attribute(ATTRIBUTE, "request.status", status);
        if view.record.fault.is_some() {
            span.string_attribute(ATTRIBUTE, "request.error", view.error);
        }
    });
    for stage in Stage::ALL {
        if view.record.stage(stage).is_some() {
            template.message(SPANS, |span| child(span, view, stage, model));
        }
    }
}

fn child(span: &mut Template, view: &View<'_>, stage: Stage, model: Option<&ModelInfo>) {
    let View { record, tracestate, .. } = *view;
    span.placeholder_bytes(1, Placeholder::TraceId);
    span.placeholder_bytes(2, Placeholder::SpanId(Some(stage)));
    if !tracestate.is_empty() {
        span.string(3, tracestate);
    }
    span.placeholder_bytes(4, Placeholder::SpanId(None));
    span.string(5, stage.name());
    span.varint(6, INTERNAL);
    span.placeholder_64(7, Placeholder::Start(Some(stage)));
    span.placeholder_64(8, Placeholder::End(Some(stage)));
    let seconds = Placeholder::Seconds(Some(stage));
    match stage {
        Stage::DataPreparation => span.double_attribute(ATTRIBUTE, "data_preparation.time_seconds", seconds),
        Stage::ModelInference => {
            span.double_attribute(ATTRIBUTE, "model.inference_time_seconds", seconds);
            if let Some(species) = record.class().and_then(|class| model?.label(class)) {
                span.string_attribute(ATTRIBUTE, "model.predicted_species", species);
            }
            if record.probability().is_some() {
                span.double_attribute(ATTRIBUTE, "model.prediction_probability", Placeholder::Number);
            }
            if record.value().is_some() {
                span.double_attribute(ATTRIBUTE, "model.predicted_value", Placeholder::Number);
            }
        }
        Stage::ResponseFormatting => {}
    }
    span.fixed_32(16, FLAGS);
}

fn features(span: &mut Template, record: &Record, model: Option<&ModelInfo>) {
    let placeholders = (0..record.n_features).map(Placeholder::Feature);
    if model.is_some_and(|model| model.has_named_features) {
        for (placeholder, (_, attribute)) in placeholders.zip(ATTRIBUTES) {
            span.double_attribute(ATTRIBUTE, attribute, placeholder);
        }
    } else if record.n_features > 0 {
        span.doubles_attribute(ATTRIBUTE, "request.features", placeholders);
    }
}

fn model_loading(template: &mut Template, view: &View<'_>) {
    root(template, view, "model_loading", |span| {
        span.double_attribute(
            ATTRIBUTE,
            "model.load_time_seconds",
            Placeholder::Seconds(Some(Stage::DataPreparation)),
        );
        outcome(span, view, ("model.status", ["loaded", "error"]), "model.error");
    });
}

fn health_check(template: &mut Template, view: &View<'_>) {
    root(template, view, "health_check", |span| {
        let seconds = Placeholder::Seconds(Some(Stage::DataPreparation));
        span.double_attribute(ATTRIBUTE, "health.model_test_time_seconds", seconds);
        outcome(span, view, ("health.status", ["healthy", "unhealthy"]), "health.reason");
    });
}

fn outcome(span: &mut Template, view: &View<'_>, (status, [good, bad]): (&str, [&str; 2]), reason: &str) {
    let failed = view.record.fault.is_some();
    span.string_attribute(ATTRIBUTE, status, if failed { bad } else { good });
    if failed {
        span.string_attribute(ATTRIBUTE, reason, view.error);
    }
}

/// A span that has no parent in this process.
fn root(template: &mut Template, view: &View<'_>, name: &str, attributes: impl FnOnce(&mut Template)) {
    let View { record, tracestate, .. } = *view;
    let has_parent = record.parent_id.0 != 0;
    template.message(SPANS, |span| {
        span.placeholder_bytes(1, Placeholder::TraceId);
        span.placeholder_bytes(2, Placeholder::SpanId(None));
        if !tracestate.is_empty() {
            span.string(3, tracestate);
        }
        if has_parent {
            span.placeholder_bytes(4, Placeholder::ParentId);
        }
        span.string(5, name);
        let is_call = record.endpoint.protocol == Protocol::Call;
        span.varint(6, if is_call { INTERNAL } else { SERVER });
        span.placeholder_64(7, Placeholder::Start(None));
        span.placeholder_64(8, Placeholder::End(None));
        protocol(span, view);
        attributes(span);
        // What the client did wrong is no error of a server's span.
        if let Some(fault) = record.fault.filter(|fault| is_call || fault.is_servers()) {
            span.string_attribute(ATTRIBUTE, "error.type", error_type(record.endpoint, record.status, fault));
            span.message(15, |status| {
                status.string(2, view.error);
                status.varint(3, STATUS_ERROR);
            });
        }
        span.fixed_32(16, if has_parent { FLAGS | PARENT_IS_REMOTE } else { FLAGS });
    });
}

/// The attributes of OpenTelemetry's conventions for HTTP and RPC servers.
fn protocol(span: &mut Template, view: &View<'_>) {
    let View { record, path, .. } = *view;
    let Endpoint { protocol, method, route } = *record.endpoint;
    match protocol {
        Protocol::Call => {}
        Protocol::Http => {
            span.string_attribute(ATTRIBUTE, "http.request.method", method);
            span.string_attribute(ATTRIBUTE, "url.path", if path.is_empty() { route } else { path });
            span.string_attribute(ATTRIBUTE, "url.scheme", "http");
            span.string_attribute(ATTRIBUTE, "http.route", route);
            span.int_attribute(ATTRIBUTE, "http.response.status_code", record.status.into());
            span.string_attribute(ATTRIBUTE, "network.protocol.version", record.http_version.as_str());
        }
        Protocol::Grpc => {
            span.string_attribute(ATTRIBUTE, "rpc.system.name", "grpc");
            span.string_attribute(ATTRIBUTE, "rpc.method", route);
            span.string_attribute(ATTRIBUTE, "rpc.response.status_code", grpc_code(record.status));
        }
    }
}
