//! An event: what is said of it, and its data.

use std::borrow::Cow;

use http::HeaderMap;
use iris_core::ErrorClass;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::encoded::from_base64;
use super::pubsub::{self, Pushed};
use crate::Failure;

/// The attribute that every event has, as a header.
pub(super) const SPECVERSION: &str = "ce-specversion";

/// The only version there is.
pub(super) const VERSION: &str = "1.0";

/// One event, whatever carried it.
#[derive(Debug)]
pub(super) struct Event<'b> {
    pub(super) id: Cow<'b, str>,
    pub(super) source: Cow<'b, str>,
    pub(super) subject: Option<Cow<'b, str>>,
    /// Which trace it was published in.
    pub(super) traceparent: Option<Cow<'b, str>>,
    data: Data<'b>,
}

#[derive(Debug)]
enum Data<'b> {
    Json(Cow<'b, [u8]>),
    /// Of another type, which is not read.
    Other(Cow<'b, str>),
    None,
}

/// An event as an object of JSON.
#[derive(Deserialize)]
struct Structured<'b> {
    #[serde(borrow)]
    specversion: Option<Cow<'b, str>>,
    #[serde(borrow)]
    id: Option<Cow<'b, str>>,
    #[serde(borrow)]
    source: Option<Cow<'b, str>>,
    #[serde(borrow)]
    r#type: Option<Cow<'b, str>>,
    #[serde(borrow)]
    subject: Option<Cow<'b, str>>,
    #[serde(borrow)]
    traceparent: Option<Cow<'b, str>>,
    #[serde(borrow)]
    datacontenttype: Option<Cow<'b, str>>,
    #[serde(borrow)]
    data: Option<&'b RawValue>,
    #[serde(borrow)]
    data_base64: Option<Cow<'b, str>>,
}

impl<'b> Event<'b> {
    /// The event whose attributes are headers.
    pub(super) fn binary(headers: &'b HeaderMap, body: &'b [u8]) -> Result<Self, Failure> {
        let header = |name: &str| Some(Cow::Borrowed(headers.get(name)?.to_str().ok()?));
        let kind = required("type", header("ce-type"))?;
        let event = Self {
            id: required("id", header("ce-id"))?,
            source: required("source", header("ce-source"))?,
            subject: header("ce-subject"),
            traceparent: header("ce-traceparent"),
            data: Data::of(&kind, Cow::Borrowed(body))?,
        };
        check_version(header(SPECVERSION))?;
        Ok(event)
    }

    /// The event that is an object of JSON.
    pub(super) fn structured(body: &'b [u8]) -> Result<Self, Failure> {
        let structured =
            serde_json::from_slice(body).map_err(|error| Failure::wrong(format!("no event: {error}")))?;
        Self::of(structured)
    }

    /// The events of a list, each for itself; no list is an error.
    pub(super) fn batch(body: &'b [u8]) -> Result<Vec<Result<Self, Failure>>, Failure> {
        let events: Vec<&RawValue> = serde_json::from_slice(body)
            .map_err(|error| Failure::wrong(format!("no batch of events: {error}")))?;
        Ok(events.into_iter().map(|event| Self::structured(event.get().as_bytes())).collect())
    }

    /// The event that a message is which a subscription of Pub/Sub's pushes.
    pub(super) fn pushed(body: &'b [u8]) -> Result<Self, Failure> {
        let Pushed { id, source, traceparent, data } = pubsub::pushed(body)?;
        let data = data.map_or(Data::None, |data| Data::Json(Cow::Owned(data)));
        Ok(Self { id, source: source.into(), subject: None, traceparent, data })
    }

    fn of(structured: Structured<'b>) -> Result<Self, Failure> {
        let Structured { id, source, subject, traceparent, data, data_base64, datacontenttype, .. } =
            structured;
        check_version(structured.specversion)?;
        let kind = required("type", structured.r#type)?;
        let is_json = datacontenttype.as_deref().is_none_or(|of| of.contains("json"));
        let data = match (datacontenttype, data, data_base64) {
            (Some(of), ..) if !is_json => Data::Other(of),
            (_, Some(data), _) => Data::of(&kind, Cow::Borrowed(data.get().as_bytes()))?,
            (_, None, Some(text)) => Data::of(&kind, Cow::Owned(from_base64(&text)?))?,
            (_, None, None) => Data::None,
        };
        Ok(Self { id: required("id", id)?, source: required("source", source)?, subject, traceparent, data })
    }

    /// The data, of which the rows are made.
    pub(super) fn json(&self) -> Result<&[u8], Failure> {
        match &self.data {
            Data::Json(json) => Ok(json),
            Data::Other(of) => {
                let reason = format!("the event's data is {of}; it is read as application/json");
                Err(Failure::new(ErrorClass::UnsupportedMediaType, reason))
            }
            Data::None => Err(Failure::wrong("the event has no data")),
        }
    }
}

impl<'b> Data<'b> {
    /// JSON; the message in it where Eventarc passes on what Pub/Sub has.
    fn of(kind: &str, json: Cow<'b, [u8]>) -> Result<Self, Failure> {
        Ok(Self::Json(if kind == pubsub::PUBLISHED { Cow::Owned(pubsub::data(&json)?) } else { json }))
    }
}

fn required<'b>(name: &str, value: Option<Cow<'b, str>>) -> Result<Cow<'b, str>, Failure> {
    value.filter(|value| !value.is_empty()).ok_or_else(|| Failure::wrong(format!("the event has no {name}")))
}

fn check_version(version: Option<Cow<'_, str>>) -> Result<(), Failure> {
    match version.as_deref() {
        Some(VERSION) => Ok(()),
        Some(other) => Err(Failure::wrong(format!("the event is of version {other:?}; {VERSION} is read"))),
        None => Err(Failure::wrong("the event has no specversion")),
    }
}
