//! The model that a path names, and how the inference protocols refuse a request.

use axum::extract::{FromRequestParts, Path};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use iris_serving::{Model, Snapshot};
use serde::Deserialize;

use crate::{Failure, HttpService, Style};

/// The model, and the version of it, that a path names.
#[derive(Debug, Deserialize)]
pub(crate) struct ModelPath {
    pub(crate) model: String,
    pub(crate) version: Option<String>,
}

/// A failure as the inference protocols write it.
pub(crate) struct Refused(Failure);

impl FromRequestParts<HttpService> for ModelPath {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, service: &HttpService) -> Result<Self, Refused> {
        let path = Path::from_request_parts(parts, service).await;
        let Path(path) = path.map_err(|error| Failure::wrong(error.body_text()))?;
        Ok(path)
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
        Self(failure)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        self.0.into_response(Style::Error).map(axum::body::Body::new)
    }
}
