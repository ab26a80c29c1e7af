//! Version 1 of the inference protocol, as TensorFlow Serving and KServe have it.

use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use iris_serving::{Exchange, Predictions, Rows, Model, Want};
use iris_core::ErrorClass;
use iris_telemetry::Endpoint;
use iris_core::{Error, Label};
use serde::Serialize;
use serde_json::json;

use crate::json::to_json;
use crate::predict::decode::{self, Decoded, Form};
use crate::predict::refused;
use crate::respond::{check_json_or_form, recorded, respond};
use crate::router::only_get;
use crate::v2::{ModelPath, Refused};
use crate::{HttpService, Failure, json};

static PREDICT: Endpoint = Endpoint::http("POST", "/v1/models/{model}:predict");

/// Every route under `/v1`. A router cannot tell `{model}` from
/// `{model}:predict`, so the handler does.
pub(crate) fn routes() -> axum::Router<HttpService> {
    axum::Router::new()
        .route("/v1/models", get(models).fallback(only_get))
        .route("/v1/models/{model}", post(predict).get(model).fallback(neither))
}

async fn models(State(service): State<HttpService>) -> Response {
    json::answer(&json!({ "models": [service.served().name()] }))
}

/// The model's state, as TensorFlow Serving says it, with KServe's `ready`.
async fn model(State(service): State<HttpService>, path: ModelPath) -> Result<Response, Refused> {
    path.check(&service)?;
    let (served, ready) = (service.served(), service.served().is_ready());
    Ok(json::answer(&json!({
        "name": served.name(),
        "ready": ready,
        "model_version_status": [{
            "version": served.version(),
            "state": if ready { "AVAILABLE" } else { "UNLOADING" },
            "status": { "error_code": "OK", "error_message": "" },
        }],
    })))
}

async fn neither() -> Refused {
    Failure::method_not_allowed("GET, HEAD, POST").into()
}

async fn predict(
    State(service): State<HttpService>,
    ModelPath { model: target, .. }: ModelPath,
    request: Request,
) -> Result<Response, Refused> {
    let model = target.strip_suffix(":predict").ok_or_else(|| {
        let reason = format!("'{target}' names no action; POST to /v1/models/{target}:predict");
        Failure::new(ErrorClass::NotFound, reason)
    })?;
    let response = respond(&service, request, &PREDICT, check_json_or_form, |served, origin, _, body| {
        served.answer(origin, Predict { model, body })
    });
    Ok(recorded(response.await))
}

/// `{"instances": […]}`, answered by the labels alone, as scikit-learn's
/// servers do.
struct Predict<'a> {
    model: &'a str,
    body: &'a [u8],
}

impl Exchange for Predict<'_> {
    type Answer = Vec<u8>;
    type Refusal = Failure;

    fn decode(&mut self, served: &Model) -> Result<Rows, Failure> {
        served.check(self.model, None)?;
        let decoded = decode::decode(served.schema(), served.max_rows(), self.body);
        // This protocol knows no 422.
        match decoded.map_err(Failure::in_a_sentence)? {
            Decoded { values, form: Form::Instances } => Ok(Rows { values, wanted: Want::default() }),
            _ => Err(Failure::wrong("expected an object with the list `instances`")),
        }
    }

    fn encode(&mut self, _: &Model, outputs: &Predictions<'_>) -> Vec<u8> {
        #[derive(Serialize)]
        struct Body<'a> {
            predictions: Vec<Label<'a>>,
        }
        to_json(&Body { predictions: outputs.labels().collect() })
    }

    fn refuse(&self, error: Error) -> Failure {
        refused(&error, Form::Instances).in_a_sentence()
    }
}
