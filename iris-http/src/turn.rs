//! A request's turn: on the spot where it is cheap, in the lane where it is dear.

use std::time::Duration;

use http::header::RETRY_AFTER;
use http::request::Parts;
use http_body::SizeHint;
use iris_core::ErrorClass;
use iris_serving::{Client, Form, Lane, Overloaded, Place, Sort};
use iris_telemetry::Tick;

use crate::json::JSON_LEN;
use crate::{Failure, HttpService};

/// How requests of one kind, by one client, take their turns.
#[derive(Debug)]
pub(crate) struct Turn<'s> {
    /// Whose turn it is, if there is a lane.
    asked: Option<Asked<'s>>,
}

#[derive(Debug)]
struct Asked<'s> {
    lane: &'s Lane,
    client: Client,
    sort: Sort,
}

impl<'s> Turn<'s> {
    /// The turn of the request with this head.
    pub(crate) fn of(service: &'s HttpService, parts: &Parts) -> Self {
        let asked = |lane| {
            let client = parts.extensions.get::<Client>().cloned().unwrap_or_default();
            Asked { lane, client, sort: sort(service, parts) }
        };
        Self { asked: service.catalog().lane().map(asked) }
    }

    /// Refuses what would wait for too long, before its body of this size is read.
    pub(crate) async fn check(&self, body: SizeHint) -> Result<(), Failure> {
        let Some(Asked { lane, client, sort }) = &self.asked else { return Ok(()) };
        let announced = usize::try_from(body.lower()).unwrap_or(usize::MAX);
        let Err(overloaded) = lane.check(client, *sort, announced) else { return Ok(()) };
        let pause = lane.pause(announced);
        if !pause.is_zero() {
            // Elsewhere, for a timer is large, and what awaits it is moved with every request.
            Box::pin(tokio::time::sleep(pause)).await;
        }
        Err(overloaded.into())
    }

    /// The place of a request of so many bytes in the lane, if it belongs there.
    pub(crate) fn place(&self, n_bytes: usize) -> Result<Option<Place>, Failure> {
        let Some(Asked { lane, client, sort }) = &self.asked else { return Ok(None) };
        Ok(lane.admit(client, *sort, n_bytes)?)
    }

    /// Answers a cheap request of so many bytes.
    pub(crate) fn at_once<T>(&self, n_bytes: usize, answer: impl FnOnce() -> T) -> T {
        let Some(Asked { lane, sort, .. }) = &self.asked else { return answer() };
        let began = Tick::now();
        let answer = answer();
        lane.learn(*sort, n_bytes, Duration::from_nanos(Tick::now().since(began)));
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

/// Tensors in bytes announce the length of the JSON before them; no other route has such.
fn form(parts: &Parts) -> Form {
    let may_have = parts.uri.path().ends_with("/infer");
    if may_have && parts.headers.contains_key(JSON_LEN) { Form::Binary } else { Form::Text }
}

/// What requests with this head cost alike: those of one model, in one form.
fn sort(service: &HttpService, parts: &Parts) -> Sort {
    let form = form(parts);
    let Some(model) = model(parts.uri.path()) else { return form.into() };
    sort_of(service.catalog().snapshot().default_model().name(), Some(model), form)
}

/// The same where a model is named, with the alias of a version behind an @, or none is.
#[inline]
pub(crate) fn sort_of(default_model: &str, model: Option<&str>, form: Form) -> Sort {
    let name = model.and_then(|model| model.split('@').next());
    match name.filter(|name| *name != default_model) {
        Some(name) => form.of_model(name.as_bytes()),
        None => form.into(),
    }
}

/// The model that a path has, as it is written there.
fn model(path: &str) -> Option<&str> {
    let (_, rest) = path.split_once("/models/")?;
    rest.split(['/', ':']).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_costs_alike_goes_by_the_model() {
        let of = |model| sort_of("m", model, Form::Text);
        assert_eq!(of(None), Form::Text.into());
        assert_eq!(of(Some("m")), Form::Text.into());
        assert_eq!(of(Some("m@champion")), Form::Text.into());
        assert_eq!(of(Some("other@champion")), of(Some("other")));
        assert_ne!(of(Some("other")), of(None));
    }

    #[test]
    fn a_path_names_a_model() {
        for path in ["/v2/models/m/infer", "/v1/models/m:predict", "/models/m/predict", "/models/m"] {
            assert_eq!(model(path), Some("m"), "{path}");
        }
        assert_eq!(model("/models/m@champion/predict"), Some("m@champion"));
        assert_eq!([model("/predict"), model("/invocations"), model("/models")], [None; 3]);
    }
}
