//! Events that are answers.

use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderValue, Response};
use iris_serving::Model;
use serde::Serialize;
use serde_json::value::RawValue;

use super::event::{Event, VERSION};
use super::mode::Mode;
use crate::Failure;
use crate::content::Content;
use crate::failure::Style;
use crate::json::{json_response, to_json};
use crate::respond::Reply;

/// What an answer is called, and what one that only says why there is none.
const ANSWERED: &str = "iris.prediction";
const REFUSED: &str = "iris.prediction.refused";

const STRUCTURED: HeaderValue = HeaderValue::from_static("application/cloudevents+json");
const BATCH: HeaderValue = HeaderValue::from_static("application/cloudevents-batch+json");

/// The answers to a request's events, in the mode in which these came.
pub(super) struct Answer {
    mode: Mode,
    events: Vec<AnswerEvent>,
}

/// One answer. Its id is made of the event's, so that who gets it twice sees that.
#[derive(Serialize)]
pub(super) struct AnswerEvent {
    specversion: &'static str,
    id: String,
    source: String,
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    /// The id and the source of the event that is answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    causationid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    causationsource: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    traceparent: Option<String>,
    datacontenttype: &'static str,
    data: Box<RawValue>,
}

/// The answer with this data.
pub(super) fn answered(event: Option<&Event<'_>>, model: &Model, data: Vec<u8>) -> AnswerEvent {
    AnswerEvent::new(event, model, ANSWERED, data)
}

/// The answer to an event of a batch that is refused.
pub(super) fn refused(event: Option<&Event<'_>>, model: &Model, failure: &Failure) -> AnswerEvent {
    AnswerEvent::new(event, model, REFUSED, failure.body(Style::Problem))
}

impl AnswerEvent {
    fn new(event: Option<&Event<'_>>, model: &Model, r#type: &'static str, data: Vec<u8>) -> Self {
        let data = String::from_utf8(data).expect("what was written as JSON is text");
        let id = event.map_or("unknown", |event| &*event.id);
        Self {
            specversion: VERSION,
            id: format!("{id}-prediction"),
            source: format!("/models/{}/versions/{}", model.name(), model.version()),
            r#type,
            subject: event.and_then(|event| event.subject.as_deref().map(str::to_owned)),
            causationid: event.map(|event| event.id.clone().into_owned()),
            causationsource: event.map(|event| event.source.clone().into_owned()),
            traceparent: event.and_then(|event| event.traceparent.as_deref().map(str::to_owned)),
            datacontenttype: "application/json",
            data: RawValue::from_string(data).expect("what was written as JSON is JSON"),
        }
    }

    /// Attributes as headers, data as the body.
    fn into_binary(self) -> Response<Content> {
        let mut response = json_response(self.data.get().as_bytes().to_vec());
        let attributes = [
            ("ce-specversion", Some(self.specversion.to_owned())),
            ("ce-id", Some(self.id)),
            ("ce-source", Some(self.source)),
            ("ce-type", Some(self.r#type.to_owned())),
            ("ce-subject", self.subject),
            ("ce-causationid", self.causationid),
            ("ce-causationsource", self.causationsource),
            ("ce-traceparent", self.traceparent),
        ];
        for (name, value) in attributes {
            // A model may be called what no header can hold.
            if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
                response.headers_mut().insert(HeaderName::from_static(name), value);
            }
        }
        response
    }
}

impl Answer {
    pub(super) fn new(mode: Mode, events: Vec<AnswerEvent>) -> Self {
        Self { mode, events }
    }
}

impl Reply for Answer {
    fn into_response(self) -> Response<Content> {
        let Self { mode, mut events } = self;
        let one = if mode == Mode::Batch { None } else { events.pop() };
        let (json, media_type) = match (mode, one) {
            (Mode::Binary, Some(event)) => return event.into_binary(),
            (_, Some(event)) => (to_json(&event), STRUCTURED),
            (_, None) => (to_json(&events), BATCH),
        };
        let mut response = json_response(json);
        response.headers_mut().insert(CONTENT_TYPE, media_type);
        response
    }
}
