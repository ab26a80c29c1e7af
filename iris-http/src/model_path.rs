//! The model that a path names, and how the inference protocols refuse a request.

use axum::extract::{FromRequestParts, Path};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue};
use iris_core::Error;
use iris_serving::{Asked, Catalog, Exchange, Model, Predictions, Snapshot, Traffic, Want};
use serde::Deserialize;

use crate::content::Content;
use crate::respond::Reply;
use crate::{Failure, HttpService, Style};

/// The model, and the version of it or what that is called, that a path names.
#[derive(Debug, Deserialize)]
pub(crate) struct ModelPath {
    pub(crate) model: String,
    #[serde(alias = "label")]
    pub(crate) version: Option<String>,
}

/// A failure as the inference protocols write it, unless the path is of another style.
pub(crate) struct Refused(Failure, Style);

/// A request of the model that its path names, if it names one.
pub(crate) struct OfModel<'p, X> {
    path: Option<&'p ModelPath>,
    /// By which it goes to one of several versions.
    split_key: Option<u64>,
    exchange: X,
}

impl FromRequestParts<HttpService> for ModelPath {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, service: &HttpService) -> Result<Self, Refused> {
        let path = Path::from_request_parts(parts, service).await;
        let Path(path) = path.map_err(|error| {
            Refused(Failure::wrong(error.body_text()), Style::of(parts.uri.path(), &parts.headers))
        })?;
        Ok(path)
    }
}

/// An answer with the model that gave it, as the header `iris-model` says it.
pub(crate) struct By<A> {
    answer: A,
    model: Option<HeaderValue>,
}

const IRIS_MODEL: HeaderName = HeaderName::from_static("iris-model");

impl<A> By<A> {
    pub(crate) fn new(model: &Model, answer: A) -> Self {
        let signature = Some(model.signature().clone()).filter(|signature| !signature.is_empty());
        Self { answer, model: signature.and_then(|signature| HeaderValue::from_maybe_shared(signature).ok()) }
    }
}

impl<A: Reply> Reply for By<A> {
    fn into_response(self) -> http::Response<Content> {
        let mut response = self.answer.into_response();
        if let Some(model) = self.model {
            response.headers_mut().insert(IRIS_MODEL, model);
        }
        response
    }
}

impl<X> OfModel<'_, X> {
    /// The request with this head.
    pub(crate) fn new(catalog: &Catalog, headers: &HeaderMap, exchange: X) -> Self {
        let value = catalog.traffic().split_header().and_then(|name| headers.get(name));
        Self { path: None, split_key: value.map(|value| Traffic::key(value.as_bytes())), exchange }
    }
}

impl<'p, X> OfModel<'p, X> {
    /// The same of the model that this path names.
    pub(crate) fn at(self, path: &'p ModelPath) -> Self {
        self.at_any(Some(path))
    }

    /// The same where a path may name none.
    pub(crate) fn at_any(self, path: Option<&'p ModelPath>) -> Self {
        Self { path, ..self }
    }
}

impl<X: Exchange> Exchange for OfModel<'_, X> {
    type Answer = By<X::Answer>;
    type Refusal = X::Refusal;

    fn model<'s>(&mut self, snapshot: &'s Snapshot) -> Result<&'s Model, X::Refusal> {
        match self.path {
            Some(ModelPath { model, version }) => Ok(snapshot.find(model, version.as_deref())?),
            None => self.exchange.model(snapshot),
        }
    }

    fn split_key(&self) -> Option<u64> {
        self.split_key
    }

    fn decode(&mut self, model: &Model) -> Result<Asked, X::Refusal> {
        self.exchange.decode(model)
    }

    fn answer_len(&self, model: &Model, n_rows: usize, want: Want) -> usize {
        self.exchange.answer_len(model, n_rows, want)
    }

    fn encode(&mut self, model: &Model, predictions: &Predictions<'_>) -> By<X::Answer> {
        By::new(model, self.exchange.encode(model, predictions))
    }

    fn refuse(&self, error: Error) -> X::Refusal {
        self.exchange.refuse(error)
    }
}

impl Refused {
    /// The failure as the routes beside the protocols write it.
    pub(crate) fn in_detail(failure: impl Into<Failure>) -> Self {
        Self(failure.into(), Style::Detail)
    }
}

impl ModelPath {
    /// The model; 404 if there is none such.
    pub(crate) fn find<'s>(&self, snapshot: &'s Snapshot) -> Result<&'s Model, Refused> {
        Ok(snapshot.find(&self.model, self.version.as_deref()).map_err(Failure::from)?)
    }
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self(failure, Style::Error)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        self.0.into_response(self.1).map(axum::body::Body::new)
    }
}
