//! Version 1 of the inference protocol, as TensorFlow Serving and KServe have it.

use axum::extract::{Request, State};
use axum::response::Response;
use http::request::Parts;
use iris_core::{Error, ErrorClass, Task};
use iris_serving::{Asked, Catalog, Datatype, Exchange, Model, Predictions, TensorMetadata, Want};
use iris_telemetry::{Endpoint, Origin};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::access::pass;
use crate::json::to_json;
use crate::model_path::{ModelPath, OfModel, Refused};
use crate::predict::decode::{self, Decoded, Form};
use crate::predict::refused;
use crate::respond::{check_json_or_form, recorded, respond};
use crate::{Failure, HttpService, json};

/// The model's state, as TensorFlow Serving says it, with KServe's `ready`.
pub(crate) async fn model(State(service): State<HttpService>, path: ModelPath) -> Result<Response, Refused> {
    let snapshot = service.catalog().snapshot();
    let (model, ready) = (path.find(&snapshot)?, service.catalog().readiness().is_ready());
    let is_asked = |version: &&Model| path.version.is_none() || version.version() == model.version();
    let versions = snapshot.versions_of(model.name()).filter(is_asked);
    let statuses = versions.map(|version| {
        json!({
            "version": version.version(),
            "state": if ready { "AVAILABLE" } else { "UNLOADING" },
            "status": { "error_code": "OK", "error_message": "" },
        })
    });
    Ok(json::answer(&json!({
        "name": model.name(),
        "ready": ready,
        "model_version_status": statuses.collect::<Vec<_>>(),
    })))
}

/// The model's tensors, as TensorFlow Serving says them.
pub(crate) async fn metadata(
    State(service): State<HttpService>,
    path: ModelPath,
) -> Result<Response, Refused> {
    let snapshot = service.catalog().snapshot();
    let model = path.find(&snapshot)?;
    let metadata = model.metadata();
    let tensors = |all: &[TensorMetadata<'_>]| all.iter().map(tensor).collect::<Map<String, Value>>();
    let signature = json!({
        "inputs": tensors(&metadata.inputs),
        "outputs": tensors(&metadata.outputs),
        "method_name": "tensorflow/serving/predict",
    });
    Ok(json::answer(&json!({
        "model_spec": { "name": model.name(), "signature_name": "", "version": model.version() },
        "metadata": { "signature_def": { "signature_def": { "serving_default": signature } } },
    })))
}

fn tensor(TensorMetadata { name, datatype, shape }: &TensorMetadata<'_>) -> (String, Value) {
    let dimensions: Vec<Value> =
        shape.iter().map(|size| json!({ "size": size.to_string(), "name": "" })).collect();
    let described = json!({
        "name": name,
        "dtype": dtype(*datatype),
        "tensor_shape": { "dim": dimensions, "unknown_rank": false },
    });
    ((*name).to_owned(), described)
}

/// TensorFlow's name of a type that metadata has.
fn dtype(datatype: Datatype) -> &'static str {
    match datatype {
        Datatype::Fp32 => "DT_FLOAT",
        Datatype::Int64 => "DT_INT64",
        Datatype::Bool => "DT_BOOL",
        Datatype::Bytes => "DT_STRING",
        _ => "DT_DOUBLE",
    }
}

/// Answers instances; the router leaves the action to be looked for here.
pub(crate) async fn predict(
    service: &HttpService,
    mut path: ModelPath,
    request: Request,
    endpoint: &'static Endpoint,
) -> Result<Response, Refused> {
    let target = path.version.as_mut().unwrap_or(&mut path.model);
    let Some(len) = target.strip_suffix(":predict").map(str::len) else {
        let reason = format!("'{target}' names no action; POST to {}:predict", request.uri().path());
        return Err(Failure::new(ErrorClass::NotFound, reason).into());
    };
    target.truncate(len);
    let answer = move |catalog: &Catalog, origin: &Origin<'_>, parts: &Parts, body: &[u8]| {
        let exchange = OfModel::new(catalog, &parts.headers, Predict { body }).at(&path);
        catalog.answer(origin, pass(parts).charging(exchange))
    };
    let response = respond(service, request, endpoint, check_json_or_form, answer);
    Ok(recorded(response.await))
}

/// `{"instances": […]}`, answered by the labels alone, as scikit-learn's
/// servers do.
struct Predict<'a> {
    body: &'a [u8],
}

impl Exchange for Predict<'_> {
    type Answer = Vec<u8>;
    type Refusal = Failure;

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
