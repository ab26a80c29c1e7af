//! `POST /predict`: from the bytes of a body to the bytes of an answer.

pub(crate) mod decode;
mod encode;

use axum::extract::Request;
use axum::response::Response;
use http::HeaderMap;
use iris_core::ErrorClass;
use iris_serving::{Answered, Asked, Exchange, Model, Predictions, Want};
use iris_telemetry::{Endpoint, Origin};

use crate::access::pass;
use crate::respond::{recorded, respond};
#[cfg(feature = "server")]
use crate::routes::{Action, Route};
use crate::{Detail, Failure, HttpService, Location, status};
use decode::{Decoded, Form};

/// The route, as spans and metrics name it, for the path beside the router.
#[cfg(feature = "server")]
pub(crate) static ENDPOINT: Endpoint = Route::endpoint_of(Action::Predict);

/// Answers one body, in the four spans of a request. Awaits nothing.
#[must_use]
#[inline]
pub fn predict(service: &HttpService, origin: &Origin<'_>, body: &[u8]) -> Answered<Vec<u8>, Failure> {
    service.catalog().answer(origin, Predict::new(body))
}

/// Answers a request in the service's own form, at whatever route it came by.
pub(crate) async fn predict_at(
    service: &HttpService,
    request: Request,
    endpoint: &'static Endpoint,
    check: impl FnOnce(&HeaderMap) -> Result<(), Failure>,
) -> Response {
    let response = respond(service, request, endpoint, check, |catalog, origin, parts, body| {
        catalog.answer(origin, pass(parts).charging(Predict::new(body)))
    });
    recorded(response.await)
}

/// The service's own form of a request: named numbers in, a flower's name out.
#[derive(Debug)]
pub(crate) struct Predict<'b> {
    body: &'b [u8],
    form: Form,
}

impl<'b> Predict<'b> {
    pub(crate) fn new(body: &'b [u8]) -> Self {
        Self { body, form: Form::Single }
    }
}

impl Exchange for Predict<'_> {
    type Answer = Vec<u8>;
    type Refusal = Failure;

    #[inline]
    fn decode(&mut self, model: &Model) -> Result<Asked, Failure> {
        let schema = model.schema();
        let Decoded { values, form } = decode::decode(schema, model.max_rows(), self.body)?;
        self.form = form;
        let want = Want { probabilities: schema.has_probabilities(), scores: false };
        Ok(Asked { rows: values, want })
    }

    #[inline]
    fn encode(&mut self, model: &Model, predictions: &Predictions<'_>) -> Vec<u8> {
        encode::encode(model, self.form, predictions)
    }

    #[cold]
    fn refuse(&self, error: iris_core::Error) -> Failure {
        refused(&error, self.form)
    }
}

/// A row that the model itself refuses: its values parse, but give no answer.
#[cold]
pub(crate) fn refused(error: &iris_core::Error, form: Form) -> Failure {
    let mut loc = form.location();
    loc.extend(error.row().map(Location::Index));
    let kind = error.kind();
    let detail = Detail { loc, msg: error.to_string().into(), r#type: status::detail_type(kind) };
    match kind.class() {
        ErrorClass::InvalidInput => Failure::invalid(vec![detail]),
        class => Failure::new(class, error.to_string()),
    }
}
