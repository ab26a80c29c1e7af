//! Version 1 of the inference protocol, as TensorFlow Serving and KServe have it.

use axum::extract::{Request, State};
use axum::response::Response;
use http::request::Parts;
use iris_core::{Error, ErrorClass, Task};
use iris_serving::{Asked, Catalog, Exchange, Model, Predictions, Snapshot, Want};
use iris_telemetry::{Endpoint, Origin};
use serde::Serialize;
use serde_json::json;

use crate::access::pass;
use crate::json::to_json;
use crate::model_path::{ModelPath, Refused};
use crate::predict::decode::{self, Decoded, Form};
use crate::predict::refused;
use crate::respond::{check_json_or_form, recorded, respond};
use crate::{Failure, HttpService, json};

/// The model's state, as TensorFlow Serving says it, with KServe's `ready`.
pub(crate) async fn model(State(service): State<HttpService>, path: ModelPath) -> Result<Response, Refused> {
    let snapshot = service.catalog().snapshot();
    let (model, ready) = (path.find(&snapshot)?, service.catalog().readiness().is_ready());
    Ok(json::answer(&json!({
        "name": model.name(),
        "ready": ready,
        "model_version_status": [{
            "version": model.version(),
            "state": if ready { "AVAILABLE" } else { "UNLOADING" },
            "status": { "error_code": "OK", "error_message": "" },
        }],
    })))
}

/// Answers instances; the router leaves the action to be looked for here.
pub(crate) async fn predict(
    service: &HttpService,
    ModelPath { model: mut target, .. }: ModelPath,
    request: Request,
    endpoint: &'static Endpoint,
) -> Result<Response, Refused> {
    let Some(len) = target.strip_suffix(":predict").map(str::len) else {
        let reason = format!("'{target}' names no action; POST to /v1/models/{target}:predict");
        return Err(Failure::new(ErrorClass::NotFound, reason).into());
    };
    target.truncate(len);
    let answer = move |catalog: &Catalog, origin: &Origin<'_>, parts: &Parts, body: &[u8]| {
        catalog.answer(origin, pass(parts).charging(Predict { model: &target, body }))
    };
    let response = respond(service, request, endpoint, check_json_or_form, answer);
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

    fn model<'s>(&mut self, snapshot: &'s Snapshot) -> Result<&'s Model, Failure> {
        Ok(snapshot.find(self.model, None)?)
    }

    fn decode(&mut self, model: &Model) -> Result<Asked, Failure> {
        let decoded = decode::decode(model.schema(), model.max_rows(), self.body);
        // This protocol knows no 422.
        match decoded.map_err(Failure::in_a_sentence)? {
            Decoded { values, texts, form: Form::Instances } => {
                Ok(Asked { rows: values, texts, want: Want::default() })
            }
            _ => Err(Failure::wrong("expected an object with the list `instances`")),
        }
    }

    fn encode(&mut self, model: &Model, predictions: &Predictions<'_>) -> Vec<u8> {
        answer(model, predictions)
    }

    fn refuse(&self, error: Error) -> Failure {
        refused(&error, Form::Instances).in_a_sentence()
    }
}

/// `{"predictions": […]}`: a label a row, or the values of a regressor.
pub(crate) fn answer(model: &Model, predictions: &Predictions<'_>) -> Vec<u8> {
    #[derive(Serialize)]
    struct Body<P> {
        predictions: P,
    }
    let values = predictions.values();
    match model.schema().task() {
        Task::Classify { .. } => to_json(&Body { predictions: predictions.labels().collect::<Vec<_>>() }),
        Task::Regress { n_targets: 1 } => to_json(&Body { predictions: values }),
        Task::Regress { n_targets } => {
            to_json(&Body { predictions: values.chunks_exact(*n_targets).collect::<Vec<_>>() })
        }
    }
}
