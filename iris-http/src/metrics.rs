//! `GET /metrics`, in the format that a scraper would rather have.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use iris_core::ErrorClass;
use iris_telemetry::Format;

use crate::media_type::Accept;
use crate::respond::refuse;
use crate::{Failure, HttpService};

/// Prometheus' page, or OpenMetrics'; 404 if nothing is recorded.
pub(crate) async fn metrics(State(service): State<HttpService>, request: Request) -> Response {
    let Some(telemetry) = service.telemetry() else {
        let reason = "nothing is recorded: telemetry is switched off";
        return refuse(request.uri().path(), request.headers(), Failure::new(ErrorClass::NotFound, reason));
    };
    let format = format(request.headers());
    match service.scrapes().page(telemetry, format).await {
        Ok(page) => ([(CONTENT_TYPE, format.content_type())], page).into_response(),
        Err(reason) => {
            refuse(request.uri().path(), request.headers(), Failure::new(ErrorClass::Internal, reason))
        }
    }
}

/// Prometheus' own format, unless the scraper would rather have the other.
fn format(headers: &HeaderMap) -> Format {
    let [own, open] = [Format::Prometheus, Format::OpenMetrics].map(Format::content_type);
    match Accept::of(headers).choose(&[own, open]) {
        Some(chosen) if chosen == open => Format::OpenMetrics,
        _ => Format::Prometheus,
    }
}
