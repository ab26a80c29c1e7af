//! How a request carries its events.

use http::HeaderMap;
use http::header::CONTENT_TYPE;
use iris_core::ErrorClass;

use super::event::SPECVERSION;
use crate::Failure;
use crate::media_type::{self, MediaType};

/// Where an event's attributes and its data are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Attributes in headers, data as the body.
    Binary,
    /// Both in an object of JSON.
    Structured,
    /// A list of such objects.
    Batch,
    /// A message as Pub/Sub pushes it.
    Push,
}

impl Mode {
    /// By the headers alone, so that what is none of them is refused before it is read.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, Failure> {
        let media_type = MediaType::of(headers);
        if media_type.is_some_and(|media_type| media_type.is("application", "cloudevents+json")) {
            return Ok(Self::Structured);
        }
        if media_type.is_some_and(|media_type| media_type.is("application", "cloudevents-batch+json")) {
            return Ok(Self::Batch);
        }
        let is_json = media_type.is_none_or(MediaType::is_json);
        match (headers.contains_key(SPECVERSION), is_json) {
            (true, true) => Ok(Self::Binary),
            (false, true) => Ok(Self::Push),
            (_, false) => {
                let text = headers.get(CONTENT_TYPE).map(media_type::text).unwrap_or_default();
                let reason =
                    format!("the content type is {text:?}; an event's data is read as application/json");
                Err(Failure::new(ErrorClass::UnsupportedMediaType, reason))
            }
        }
    }
}
