//! The envelope of Google's Pub/Sub: a message as it is pushed, or as Eventarc wraps it.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::Deserialize;

use super::encoded::from_base64;
use crate::Failure;

/// What Eventarc calls an event that is such a message.
pub(super) const PUBLISHED: &str = "google.cloud.pubsub.topic.v1.messagePublished";

/// Where client libraries of Pub/Sub put a publisher's trace context.
const TRACEPARENT: &str = "googclient_traceparent";

/// A message as a subscription pushes it.
pub(super) struct Pushed<'b> {
    pub(super) id: Cow<'b, str>,
    /// The subscription, as a source of events.
    pub(super) source: String,
    pub(super) traceparent: Option<Cow<'b, str>>,
    pub(super) data: Option<Vec<u8>>,
}

#[derive(Deserialize)]
struct Envelope<'b> {
    #[serde(borrow)]
    message: Message<'b>,
    #[serde(borrow)]
    subscription: Option<Cow<'b, str>>,
}

#[derive(Deserialize)]
struct Message<'b> {
    #[serde(borrow)]
    data: Option<Cow<'b, str>>,
    #[serde(borrow, default)]
    attributes: HashMap<Cow<'b, str>, Cow<'b, str>>,
    #[serde(borrow, rename = "messageId")]
    id: Option<Cow<'b, str>>,
}

/// The message in what a subscription pushes.
pub(super) fn pushed(body: &[u8]) -> Result<Pushed<'_>, Failure> {
    let Envelope { mut message, subscription } = envelope(body)?;
    let id = message.id.ok_or_else(|| Failure::wrong("the message has no messageId"))?;
    let source = format!("//pubsub.googleapis.com/{}", subscription.unwrap_or_default());
    let data = message.data.as_deref().map(from_base64).transpose()?;
    Ok(Pushed { id, source, traceparent: message.attributes.remove(TRACEPARENT), data })
}

/// The data of the message in an envelope.
pub(super) fn data(body: &[u8]) -> Result<Vec<u8>, Failure> {
    let data = envelope(body)?.message.data.ok_or_else(|| Failure::wrong("the message has no data"))?;
    from_base64(&data)
}

fn envelope(body: &[u8]) -> Result<Envelope<'_>, Failure> {
    let no = |error| {
        Failure::wrong(format!(
            "neither an event (no ce-specversion, no application/cloudevents+json) nor a message of Pub/Sub's: {error}"
        ))
    };
    serde_json::from_slice(body).map_err(no)
}
