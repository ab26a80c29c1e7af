//! The envelope of Google's Pub/Sub: a message as it is pushed, or as Eventarc wraps it.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::Deserialize;

use super::event::{Data, Event, from_base64};
use crate::Failure;

/// What Eventarc calls an event that is such a message.
pub(super) const PUBLISHED: &str = "google.cloud.pubsub.topic.v1.messagePublished";

/// Where client libraries of Pub/Sub put a publisher's trace context.
const TRACEPARENT: &str = "googclient_traceparent";

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

/// A message that a subscription pushes, as an event.
pub(super) fn pushed(body: &[u8]) -> Result<Event<'_>, Failure> {
    let Envelope { mut message, subscription } = envelope(body)?;
    let id = message.id.ok_or_else(|| Failure::wrong("the message has no messageId"))?;
    let source = format!("//pubsub.googleapis.com/{}", subscription.unwrap_or_default());
    let data = match message.data {
        Some(data) => Data::Json(Cow::Owned(from_base64(&data)?)),
        None => Data::None,
    };
    Ok(Event::new(id, source.into(), message.attributes.remove(TRACEPARENT), data))
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
