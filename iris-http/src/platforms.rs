//! `POST /invocations`, as SageMaker sends it to a container.

mod csv;

use axum::extract::Request;
use axum::response::Response;
use iris_telemetry::Endpoint;

use crate::HttpService;
use crate::media_type::MediaType;
use crate::predict::predict_at;
use crate::respond::{check_json_or_form, recorded, respond};
use csv::Csv;

/// JSON as `/predict` takes it, or lines of numbers.
pub(crate) async fn invocations(
    service: &HttpService,
    request: Request,
    endpoint: &'static Endpoint,
) -> Response {
    if !MediaType::of(request.headers()).is_some_and(|media_type| media_type.is("text", "csv")) {
        return predict_at(service, request, endpoint, check_json_or_form).await;
    }
    let any = |_: &_| Ok(());
    let response = respond(service, request, endpoint, any, |catalog, origin, _, body| {
        catalog.answer(origin, Csv { body })
    });
    recorded(response.await)
}
