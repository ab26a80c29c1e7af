//! Many records as one `ExportTraceServiceRequest`.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use super::shape::{self, Shape};
use super::template::{Open, PADDED, Template, padded_varint};
use super::words::Words;
use crate::contract::Spans;
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
    words: Words,
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
            words: Words::default(),
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
        self.words.fill(view, epoch);
        let client = &self.client.bytes;
        let make = |models: &Models| {
            let model = models.get(view.record.model);
            shape::template(&Spans::new(*view, model.as_deref()))
        };
        let Some(shape) = Shape::of(view.record) else {
            fill(&mut self.body, &make(&self.models), client, &self.words, view);
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
            fill(&mut self.body, template, client, &self.words, view);
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
/// puts the record's words into their places.
fn fill(body: &mut Vec<u8>, template: &Template, client: &[u8], words: &Words, view: &View<'_>) {
    let base = body.len();
    let (end, n_before) = match template.open {
        Some(Open { length, end, n_places }) if !client.is_empty() => {
            body.extend(&template.bytes[..end]);
            body.extend(client);
            body.extend(&template.bytes[end..]);
            let len = end + client.len() - length - PADDED;
            body[base + length..][..PADDED].copy_from_slice(&padded_varint(len));
            (end, n_places)
        }
        _ => {
            body.extend(&template.bytes);
            (usize::MAX, template.places.len())
        }
    };
    let message = &mut body[base..];
    let mut put = |at: usize, word: &[u8; 8]| message[at..at + 8].copy_from_slice(word);
    let (before, behind) = template.places.split_at(n_before);
    for &(at, word) in before {
        put(at, words.get(word));
    }
    for &(at, word) in behind {
        put(at + client.len(), words.get(word));
    }
    for &(at, index) in &template.far_features {
        let at = if at < end { at } else { at + client.len() };
        put(at, &view.feature(index.into()).to_le_bytes());
    }
}
