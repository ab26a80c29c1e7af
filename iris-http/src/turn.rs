//! A request's turn: on the spot where it is cheap, in the lane where it is dear.

use std::time::Duration;

use http::HeaderMap;
use http::header::RETRY_AFTER;
use http::request::Parts;
use http_body::SizeHint;
use iris_core::ErrorClass;
use iris_serving::{Client, Form, Lane, Overloaded, Place};
use iris_telemetry::Tick;

use crate::v2::request::JSON_LEN;
use crate::{Failure, HttpService};

/// How requests of one kind, by one client, take their turns.
#[derive(Debug)]
pub(crate) struct Turn<'s> {
    lane: Option<&'s Lane>,
    client: Client,
    form: Form,
}

impl<'s> Turn<'s> {
    /// The turn of the request with this head.
    pub(crate) fn of(service: &'s HttpService, parts: &Parts) -> Self {
        let client = parts.extensions.get::<Client>().cloned().unwrap_or_default();
        Self { lane: service.catalog().lane(), client, form: form(&parts.headers) }
    }

    /// Refuses what would wait for too long, before its body of this size is read.
    pub(crate) async fn check(&self, body: SizeHint) -> Result<(), Failure> {
        let Some(lane) = self.lane else { return Ok(()) };
        let announced = usize::try_from(body.lower()).unwrap_or(usize::MAX);
        let Err(overloaded) = lane.check(&self.client, self.form, announced) else { return Ok(()) };
        let pause = lane.pause(announced);
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        Err(overloaded.into())
    }

    /// The place of a request of so many bytes in the lane, if it belongs there.
    pub(crate) fn place(&self, n_bytes: usize) -> Result<Option<Place>, Failure> {
        let Some(lane) = self.lane else { return Ok(None) };
        Ok(lane.admit(&self.client, self.form, n_bytes)?)
    }

    /// Answers a cheap request of so many bytes.
    pub(crate) fn at_once<T>(&self, n_bytes: usize, answer: impl FnOnce() -> T) -> T {
        let Some(lane) = self.lane else { return answer() };
        let began = Tick::now();
        let answer = answer();
        lane.learn(self.form, n_bytes, Duration::from_nanos(Tick::now().since(began)));
        answer
    }
}

impl From<Overloaded> for Failure {
    #[cold]
    fn from(overloaded: Overloaded) -> Self {
        Self::new(ErrorClass::Overloaded, overloaded.to_string())
            .with_header(RETRY_AFTER, overloaded.retry_after().into())
    }
}

/// Tensors in bytes announce the length of the JSON before them.
fn form(headers: &HeaderMap) -> Form {
    if headers.contains_key(JSON_LEN) { Form::Binary } else { Form::Text }
}
