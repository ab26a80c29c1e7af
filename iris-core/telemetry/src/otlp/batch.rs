//! Many records as one `ExportTraceServiceRequest`.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use super::shape::{self, Shape};
use super::template::{Open, PADDED, Placeholder, Template, padded_varint};
use crate::clock::Tick;
use crate::contract::{Quantity, Spans};
use crate::models::Models;
use crate::view::View;

/// Templates kept; a client cannot make more shapes than there are outcomes, but
/// models may be many.
const MAX_TEMPLATES: usize = 1_024;

/// Writes messages into one buffer, which is kept.
#[derive(Debug)]
pub(crate) struct Encoder {
    models: Arc<Models>,
    templates: HashMap<Shape, Arc<Template>>,
    last: Option<(Shape, Arc<Template>)>,
    /// Everything before the first span, the two lengths still open.
    front: Vec<u8>,
    scope_at: usize,
    body: Vec<u8>,
    client: Who,
}

/// Who asked last, and what that is in a span.
#[derive(Debug, Default)]
struct Who {
    address: Option<IpAddr>,
    user_agent: u32,
    bytes: Vec<u8>,
}

impl Encoder {
    pub(crate) fn new(resource: &[(String, String)], models: Arc<Models>) -> Self {
        let mut inner = Template::default();
        inner.message(1, |message| {
            for (key, value) in resource {
                message.string_attribute(1, key, value);
            }
        });
        let mut scope = Template::default();
        scope.message(1, |message| {
            message.string(1, "iris");
            message.string(2, env!("CARGO_PKG_VERSION"));
        });
        // ResourceSpans is field 1 of the request, ScopeSpans field 2 of that.
        let mut front = vec![1 << 3 | 2];
        front.extend([0; PADDED]);
        front.extend(inner.bytes);
        front.push(2 << 3 | 2);
        let scope_at = front.len();
        front.extend([0; PADDED]);
        front.extend(scope.bytes);
        Self {
            models,
            templates: HashMap::new(),
            last: None,
            front,
            scope_at,
            body: Vec::new(),
            client: Who::default(),
        }
    }

    /// Begins a message.
    pub(crate) fn start(&mut self) {
        self.body.clear();
        self.body.extend(&self.front);
    }

    /// Adds the spans of one record.
    pub(crate) fn add(&mut self, view: &View<'_>, epoch: u64) {
        self.client.becomes(view, &self.models);
        let client = &self.client.bytes;
        let make = |models: &Models| {
            let model = models.get(view.record.model);
            shape::template(&Spans::new(*view, model.as_deref()))
        };
        let Some(shape) = Shape::of(view.record) else {
            fill(&mut self.body, &make(&self.models), client, view, epoch);
            return;
        };
        if self.templates.len() >= MAX_TEMPLATES && !self.templates.contains_key(&shape) {
            self.templates.clear();
        }
        // Most records are of the shape of the one before.
        if !self.last.as_ref().is_some_and(|(last, _)| *last == shape) {
            let template = self.templates.entry(shape).or_insert_with(|| make(&self.models).into());
            self.last = Some((shape, template.clone()));
        }
        if let Some((_, template)) = &self.last {
            fill(&mut self.body, template, client, view, epoch);
        }
    }

    /// Closes the message.
    pub(crate) fn finish(&mut self) -> &[u8] {
        let len = self.body.len();
        let mut close = |at: usize| {
            self.body[at..at + PADDED].copy_from_slice(&padded_varint(len - at - PADDED));
        };
        close(1);
        close(self.scope_at);
        &self.body
    }
}

impl Who {
    /// Mostly the client of one record is that of the one before.
    fn becomes(&mut self, view: &View<'_>, models: &Models) {
        let record = view.record;
        let is_known = self.address == record.client && self.user_agent == record.user_agent;
        let has_text = record.user_agent_len > 0;
        if !is_known || has_text {
            let user_agent = view.user_agent(models.user_agents());
            self.bytes = shape::client(&Spans::new(*view, None), user_agent.as_deref()).bytes;
            // A text of its own is no other record's.
            (self.address, self.user_agent) =
                (record.client, if has_text { u32::MAX } else { record.user_agent });
        }
    }
}

/// Copies a template to the end of `body`, with `client` where it is open, and
/// fills its placeholders.
fn fill(body: &mut Vec<u8>, template: &Template, client: &[u8], view: &View<'_>, epoch: u64) {
    let base = body.len();
    let end = match template.open {
        Some(Open { length, end }) if !client.is_empty() => {
            body.extend(&template.bytes[..end]);
            body.extend(client);
            body.extend(&template.bytes[end..]);
            let len = end + client.len() - length - PADDED;
            body[base + length..][..PADDED].copy_from_slice(&padded_varint(len));
            end
        }
        _ => {
            body.extend(&template.bytes);
            usize::MAX
        }
    };
    let message = &mut body[base..];
    for &(at, placeholder) in &template.placeholders {
        let at = if at < end { at } else { at + client.len() };
        if placeholder == Placeholder::TraceId {
            message[at..at + 16].copy_from_slice(&view.record.trace_id.0.to_be_bytes());
        } else {
            message[at..at + 8].copy_from_slice(&value(placeholder, view, epoch));
        }
    }
}

fn value(placeholder: Placeholder, view: &View<'_>, epoch: u64) -> [u8; 8] {
    let record = view.record;
    let time = |tick: Tick| (epoch + tick.as_nanos()).to_le_bytes();
    match placeholder {
        Placeholder::TraceId => [0; 8],
        Placeholder::SpanId(stage) => record.span_id_of(stage).0.to_be_bytes(),
        Placeholder::ParentId => record.parent_id.0.to_be_bytes(),
        Placeholder::Start(stage) => time(record.times(stage).0),
        Placeholder::End(stage) => time(record.times(stage).1),
        Placeholder::Seconds(stage) => Quantity::Seconds(stage).of(view).to_le_bytes(),
        Placeholder::Feature(index) => Quantity::Feature(index).of(view).to_le_bytes(),
        Placeholder::Answer => Quantity::Answer.of(view).to_le_bytes(),
    }
}
