//! `POST /invocations`, as SageMaker sends it to a container.

mod csv;
mod invocation;

use axum::extract::Request;
use axum::response::Response;
use iris_telemetry::Endpoint;

use crate::HttpService;
use crate::access::pass;
use crate::media_type::MediaType;
use crate::model_path::{ModelPath, OfModel};
use crate::respond::{check_json_or_form, recorded, respond};
use csv::Csv;
use invocation::Invocation;

/// JSON as `/predict` takes it or as `MLflow` does, or lines of numbers: of the model that the path names, if any.
pub(crate) async fn invocations(
    service: &HttpService,
    path: Option<ModelPath>,
    request: Request,
    endpoint: &'static Endpoint,
) -> Response {
    if !MediaType::of(request.headers()).is_some_and(|media_type| media_type.is("text", "csv")) {
        let response =
            respond(service, request, endpoint, check_json_or_form, move |catalog, origin, parts, body| {
                let exchange = OfModel::new(catalog, &parts.headers, Invocation::new(body));
                let exchange = exchange.at_any(path.as_ref());
                catalog.answer(origin, pass(parts).charging(exchange))
            });
        return recorded(response.await);
    }
    let any = |_: &_| Ok(());
    let response = respond(service, request, endpoint, any, move |catalog, origin, parts, body| {
        let exchange = OfModel::new(catalog, &parts.headers, Csv::new(body)).at_any(path.as_ref());
        catalog.answer(origin, pass(parts).charging(exchange))
    });
    recorded(response.await)
}
