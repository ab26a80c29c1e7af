//! `POST /invocations`, as SageMaker sends it to a container.

mod csv;
mod invocation;

use axum::extract::Request;
use axum::response::Response;
use iris_telemetry::Endpoint;

use crate::HttpService;
use crate::access::pass;
use crate::media_type::MediaType;
use crate::respond::{check_json_or_form, recorded, respond};
use csv::Csv;
use invocation::Invocation;

/// JSON as `/predict` takes it or as `MLflow` does, or lines of numbers.
pub(crate) async fn invocations(
    service: &HttpService,
    request: Request,
    endpoint: &'static Endpoint,
) -> Response {
    if !MediaType::of(request.headers()).is_some_and(|media_type| media_type.is("text", "csv")) {
        let response =
            respond(service, request, endpoint, check_json_or_form, |catalog, origin, parts, body| {
                catalog.answer(origin, pass(parts).charging(Invocation::new(body)))
            });
        return recorded(response.await);
    }
    let any = |_: &_| Ok(());
    let response = respond(service, request, endpoint, any, |catalog, origin, parts, body| {
        catalog.answer(origin, pass(parts).charging(Csv::new(body)))
    });
    recorded(response.await)
}
