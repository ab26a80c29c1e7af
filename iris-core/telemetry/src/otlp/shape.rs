//! The spans of a record as messages of the protocol, but for their numbers.

use super::placeholder::Placeholder;
use super::template::Template;
use crate::contract::{Spans, Value};
use crate::origin::HttpVersion;
use crate::record::{Answer, Record, Stage};

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
    parent_is_remote: bool,
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
        let texts = record.tracestate_len | record.path_len | record.user_agent_len | record.error_len;
        (texts == 0 && record.batch_size == 0 && record.fault.is_none()).then(|| Self {
            endpoint: std::ptr::from_ref(record.endpoint).addr(),
            kind: record.kind as u8,
            http_version: record.http_version,
            has_parent: record.parent_id.0 != 0,
            parent_is_remote: record.parent_is_remote,
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
pub(super) fn template(spans: &Spans<'_>) -> Template {
    let mut template = Template::default();
    if let Some(name) = spans.name() {
        template.open_message(SPANS, |span| whole(span, name, spans));
    }
    for stage in spans.stages() {
        template.message(SPANS, |span| child(span, stage, spans));
    }
    template
}

/// Who asked, to be put at the end of the first span: it differs from client to
/// client, which templates are not to.
pub(super) fn client(spans: &Spans<'_>, user_agent: Option<&str>) -> Template {
    let mut template = Template::default();
    spans.client(user_agent, &mut |key, value| attribute(&mut template, key, value));
    template
}

/// The span that has no parent in this process.
fn whole(span: &mut Template, name: &str, spans: &Spans<'_>) {
    let record = spans.view.record;
    let has_parent = record.parent_id.0 != 0;
    let kind = if spans.is_servers() { SERVER } else { INTERNAL };
    head(span, None, has_parent.then_some(Placeholder::ParentId), name, kind, spans);
    spans.opening(&mut |key, value| attribute(span, key, value));
    spans.closing(&mut |key, value| attribute(span, key, value));
    if let Some((_, error)) = spans.failure() {
        span.message(15, |status| {
            status.string(2, error);
            status.varint(3, STATUS_ERROR);
        });
    }
    span.fixed_32(16, if record.parent_is_remote { FLAGS | PARENT_IS_REMOTE } else { FLAGS });
}

fn child(span: &mut Template, stage: Stage, spans: &Spans<'_>) {
    head(span, Some(stage), Some(Placeholder::SpanId(None)), stage.name(), INTERNAL, spans);
    spans.stage(stage, &mut |key, value| attribute(span, key, value));
    span.fixed_32(16, FLAGS);
}

/// What every span begins with.
fn head(
    span: &mut Template,
    stage: Option<Stage>,
    parent: Option<Placeholder>,
    name: &str,
    kind: u64,
    spans: &Spans<'_>,
) {
    let tracestate = spans.view.tracestate;
    span.placeholder_bytes(1, Placeholder::TraceId);
    span.placeholder_bytes(2, Placeholder::SpanId(stage));
    if !tracestate.is_empty() {
        span.string(3, tracestate);
    }
    if let Some(parent) = parent {
        span.placeholder_bytes(4, parent);
    }
    span.string(5, name);
    span.varint(6, kind);
    span.placeholder_64(7, Placeholder::Start(stage));
    span.placeholder_64(8, Placeholder::End(stage));
}

fn attribute(span: &mut Template, key: &str, value: Value<'_>) {
    match value {
        Value::Word(text) | Value::Text(text) => span.string_attribute(ATTRIBUTE, key, text),
        Value::Int(number) => span.int_attribute(ATTRIBUTE, key, number.into()),
        Value::Number(quantity) => span.double_attribute(ATTRIBUTE, key, quantity.into()),
        Value::Features(n) => {
            let features = (0..n).map(Placeholder::Feature);
            span.doubles_attribute(ATTRIBUTE, key, features);
        }
    }
}
