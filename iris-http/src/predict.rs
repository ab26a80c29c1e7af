//! `POST /predict`: from the bytes of a body to the bytes of an answer.

pub(crate) mod decode;
pub(crate) mod encode;
mod pieces;
mod query;

use axum::extract::Request;
use axum::response::Response;
use http::HeaderMap;
use iris_core::ErrorClass;
use iris_serving::{Answered, Asked, Exchange, Model, Predictions, Want, budget};
use iris_telemetry::{Endpoint, Origin};

use crate::access::pass;
use crate::content::Written;
use crate::model_path::{ModelPath, OfModel};
use crate::respond::{check_json, recorded, respond};
#[cfg(feature = "server")]
use crate::routes::{Action, Route};
use crate::{Detail, Failure, HttpService, Location, status};
use decode::{Decoded, Form};
pub(crate) use query::CONTRIBUTIONS;

/// The route, as spans and metrics name it, for the path beside the router.
#[cfg(feature = "server")]
pub(crate) static ENDPOINT: Endpoint = Route::endpoint_of(Action::Predict);

/// The same of a model that is named.
#[cfg(feature = "server")]
pub(crate) static ENDPOINT_OF_MODEL: Endpoint = Route::endpoint_of(Action::PredictModel);

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
        let predict = Predict { query: parts.uri.query(), ..Predict::new(body) };
        catalog.answer(origin, pass(parts).charging(OfModel::new(catalog, &parts.headers, InPieces(predict))))
    });
    recorded(response.await)
}

/// The same of the model that the path names.
pub(crate) async fn predict_model_at(
    service: &HttpService,
    path: ModelPath,
    request: Request,
    endpoint: &'static Endpoint,
) -> Response {
    let response = respond(service, request, endpoint, check_json, move |catalog, origin, parts, body| {
        let exchange = InPieces(Predict { query: parts.uri.query(), ..Predict::new(body) });
        let exchange = OfModel::new(catalog, &parts.headers, exchange).at(&path);
        catalog.answer(origin, pass(parts).charging(exchange))
    });
    recorded(response.await)
}

/// The service's own form of a request: named numbers in, a flower's name out.
#[derive(Debug)]
pub(crate) struct Predict<'b> {
    body: &'b [u8],
    /// What the address asks beside the path.
    query: Option<&'b str>,
    form: Form,
}

impl<'b> Predict<'b> {
    pub(crate) fn new(body: &'b [u8]) -> Self {
        Self { body, query: None, form: Form::Single }
    }
}

/// The same with an answer that is written while the client reads it, if it is a long one.
#[derive(Debug)]
pub(crate) struct InPieces<'b>(Predict<'b>);

impl<'b> InPieces<'b> {
    pub(crate) fn new(body: &'b [u8]) -> Self {
        Self(Predict::new(body))
    }
}

impl Exchange for InPieces<'_> {
    type Answer = Written;
    type Refusal = Failure;

    fn decode(&mut self, model: &Model) -> Result<Asked, Failure> {
        self.0.decode(model)
    }

    fn answer_len(&self, model: &Model, n_rows: usize, want: Want) -> usize {
        budget::answer_len(model, n_rows, want).min(pieces::AT_A_TIME)
    }

    fn encode(&mut self, model: &Model, predictions: &Predictions<'_>) -> Written {
        pieces::write(model, self.0.form, predictions)
    }

    fn refuse(&self, error: iris_core::Error) -> Failure {
        self.0.refuse(error)
    }
}

impl Exchange for Predict<'_> {
    type Answer = Vec<u8>;
    type Refusal = Failure;

    #[inline]
    fn decode(&mut self, model: &Model) -> Result<Asked, Failure> {
        let schema = model.schema();
        let Decoded { values, texts, form } = decode::decode(schema, model.max_rows(), self.body)?;
        self.form = form;
        let contributions = query::contributions(self.query)?;
        let want = Want { probabilities: schema.has_probabilities(), scores: false, contributions };
        model.check_want(want, values.len())?;
        Ok(Asked { rows: values, texts, want })
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
