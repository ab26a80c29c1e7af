//! `POST /events`: predictions for events, answered by events.
//!
//! `CloudEvents` over HTTP in its three modes, and the envelope in which Pub/Sub pushes messages. Statuses decide what a
//! broker does next: what can never be answered is 400, 413, 415 or 422, and what may be later 429 or 5xx.

mod answer;
mod encoded;
mod event;
mod mode;
mod pubsub;

use std::ops::Range;

use axum::extract::Request;
use axum::response::Response;
use http::header::HeaderName;
use http::{HeaderMap, HeaderValue};
use iris_core::{ColumnKind, Error, ErrorClass, Predictor, Schema, Task, Texts};
use iris_serving::{Asked, Exchange, Model, Predictions, Want};
use iris_telemetry::{ContextHeaders, Endpoint};

use crate::access::pass;
use crate::model_path::OfModel;
use crate::predict::decode::{self, Decoded, Form};
use crate::predict::encode::{self, NOT_EXPLAINED, around};
use crate::predict::refused;
use crate::respond::{recorded, respond};
use crate::{Failure, HttpService};
use answer::Answer;
use event::Event;
use mode::Mode;

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Answers one event, or a batch of them.
pub(crate) async fn events(service: &HttpService, request: Request, endpoint: &'static Endpoint) -> Response {
    let check = |headers: &HeaderMap| Mode::of(headers).map(drop);
    let response = respond(service, request, endpoint, check, |catalog, origin, parts, body| {
        let events = Events::new(&parts.headers, body);
        // The header says who called; an event says where it came from, which is all there is without a header.
        let parent = if parts.headers.contains_key(TRACEPARENT) { None } else { events.traceparent() };
        let origin = match &parent {
            Some(parent) => origin.headers(ContextHeaders {
                traceparent: Some(parent.as_bytes()),
                tracestate: None,
                cloud_trace: None,
            }),
            None => *origin,
        };
        let exchange = OfModel::new(catalog, &parts.headers, events);
        catalog.answer(&origin, pass(parts).charging(exchange))
    });
    recorded(response.await)
}

/// A request's events, and what becomes of each.
struct Events<'b> {
    mode: Result<Mode, Failure>,
    /// In the place of an event that was not read stands why.
    read: Vec<Result<Event<'b>, Failure>>,
    /// The rows of each event, or why it has none.
    rows: Vec<Result<(Range<usize>, Form), Failure>>,
}

impl<'b> Events<'b> {
    fn new(headers: &'b HeaderMap, body: &'b [u8]) -> Self {
        let mode = Mode::of(headers);
        let read = match &mode {
            Ok(Mode::Binary) => vec![Event::binary(headers, body)],
            Ok(Mode::Structured) => vec![Event::structured(body)],
            Ok(Mode::Push) => vec![Event::pushed(body)],
            Ok(Mode::Batch) => Event::batch(body).unwrap_or_else(|failure| vec![Err(failure)]),
            Err(failure) => vec![Err(failure.clone())],
        };
        Self { mode, read, rows: Vec::new() }
    }

    /// The publisher's trace, of one event that came alone.
    fn traceparent(&self) -> Option<HeaderValue> {
        let [Ok(event)] = &*self.read else { return None };
        HeaderValue::from_str(event.traceparent.as_deref()?).ok()
    }

    /// The rows of one event, behind those of the events before it.
    fn rows_of(
        event: &Event<'_>,
        model: &Model,
        is_alone: bool,
        (rows, held): (&mut Vec<f64>, &mut Texts),
    ) -> Result<(Range<usize>, Form), Failure> {
        let width = model.schema().n_features();
        let before = rows.len() / width;
        let room = model.max_rows() - before;
        let Decoded { mut values, texts, form } = decode::decode(model.schema(), room, event.json()?)?;
        if is_alone {
            // What the model refuses of it is told when it is asked, once.
            (*rows, *held) = (values, texts);
            return Ok((0..rows.len() / width, form));
        }
        let reading = (!texts.is_empty()).then(|| model.predictor().reading(texts.clone()));
        let predictor = reading.as_ref().unwrap_or(model.predictor());
        // What the model itself refuses is this event's fault and not the batch's. Rows that are
        // finite may still be too large, which only the answer tells.
        for (row, values) in values.chunks_exact(width).enumerate() {
            answer_one(predictor, values).map_err(|error| refused(&error.at_row(row), form))?;
        }
        if reading.is_some() {
            hold_again(model.schema(), &mut values, &texts, held);
        }
        rows.extend_from_slice(&values);
        Ok((before..rows.len() / width, form))
    }
}

/// Whether a row has an answer.
fn answer_one(predictor: &Predictor, row: &[f64]) -> Result<(), Error> {
    match predictor.schema().task() {
        Task::Classify { .. } => predictor.predict(row).map(drop),
        Task::Regress { n_targets } => predictor.predict_values_into(row, &mut vec![0.0; *n_targets]),
    }
}

/// Lets rows stand for the texts that all events hold, instead of their own event's.
fn hold_again(schema: &Schema, values: &mut [f64], texts: &Texts, held: &mut Texts) {
    let features = schema.features();
    for (value, feature) in values.iter_mut().zip(features.iter().cycle()) {
        // A category's code is a number like those of texts, and stays what it is.
        if *feature.kind() == ColumnKind::Text
            && let Some(text) = texts.get(*value)
        {
            *value = held.push(text);
        }
    }
}

impl Exchange for Events<'_> {
    type Answer = Answer;
    type Refusal = Failure;

    fn decode(&mut self, model: &Model) -> Result<Asked, Failure> {
        let (mut rows, mut texts) = (Vec::new(), Texts::new());
        let is_alone = self.read.len() == 1;
        self.rows.clear();
        for event in &self.read {
            self.rows.push(match event {
                Ok(event) => Self::rows_of(event, model, is_alone, (&mut rows, &mut texts)),
                Err(failure) => Err(failure.clone()),
            });
        }
        if rows.is_empty() {
            // One event, or nothing but such that are refused: the status then says so to who delivered them.
            let first = self.rows.drain(..).find_map(Result::err);
            return Err(first.unwrap_or_else(|| Failure::wrong("the batch has no events")));
        }
        let want =
            Want { probabilities: model.schema().has_probabilities(), scores: false, contributions: false };
        model.check_want(want, rows.len())?;
        Ok(Asked { rows, texts, want })
    }

    fn encode(&mut self, model: &Model, predictions: &Predictions<'_>) -> Answer {
        let mut labels = predictions.rows();
        let mut answers = Vec::with_capacity(self.read.len());
        for (event, rows) in self.read.iter().zip(&self.rows) {
            let event = event.as_ref().ok();
            answers.push(match rows {
                Err(failure) => answer::refused(event, model, failure),
                Ok((range, form)) => {
                    let mut data = Vec::new();
                    let (open, close) = around(*form);
                    data.extend_from_slice(open);
                    match model.schema().task() {
                        Task::Classify { labels: all, .. } => {
                            let rows = labels.by_ref().take(range.len());
                            encode::classes(&mut data, model, all, (0, NOT_EXPLAINED), rows);
                        }
                        Task::Regress { n_targets: n } => {
                            let values = &predictions.values()[range.start * n..range.end * n];
                            encode::values(&mut data, model, *n, (0, NOT_EXPLAINED), values);
                        }
                    }
                    data.extend_from_slice(close);
                    answer::answered(event, model, data)
                }
            });
        }
        Answer::new(self.mode.as_ref().copied().unwrap_or(Mode::Batch), answers)
    }

    fn refuse(&self, error: Error) -> Failure {
        match error.kind().class() {
            // Rows of a batch were asked for one by one, so that this is of an event alone.
            ErrorClass::InvalidInput => {
                let form = self.rows.iter().flatten().next().map_or(Form::Single, |(_, form)| *form);
                let row = error.row().unwrap_or(0);
                refused(&error.at_row(row), form)
            }
            class => Failure::new(class, error.to_string()),
        }
    }
}
