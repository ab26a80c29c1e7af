//! What is said of a model.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use iris_core::ErrorClass;
use iris_serving::{Refusal, TensorMetadata};
use iris_telemetry::{ModelStatistics, Total};
use serde_json::{Value, json};

use super::{ModelPath, Refused, status_if};
use crate::{Failure, HttpService, json};

pub(super) async fn metadata(
    State(service): State<HttpService>,
    path: ModelPath,
) -> Result<Response, Refused> {
    let snapshot = service.catalog().snapshot();
    let metadata = path.find(&snapshot)?.metadata();
    Ok(json::answer(&json!({
        "name": metadata.name,
        "versions": metadata.versions,
        "platform": metadata.platform,
        "inputs": tensors(&metadata.inputs, tensor),
        "outputs": tensors(&metadata.outputs, tensor),
    })))
}

pub(super) async fn ready(State(service): State<HttpService>, path: ModelPath) -> Result<Response, Refused> {
    path.find(&service.catalog().snapshot())?;
    let ready = service.catalog().readiness().is_ready();
    let body = json::answer(&json!({ "name": path.model, "ready": ready }));
    Ok((status_if(ready), body).into_response())
}

/// The part of Triton's configuration that clients read; 0 says that the shape
/// in it has the rows already.
pub(super) async fn config(State(service): State<HttpService>, path: ModelPath) -> Result<Response, Refused> {
    let snapshot = service.catalog().snapshot();
    let metadata = path.find(&snapshot)?.metadata();
    Ok(json::answer(&json!({
        "name": metadata.name,
        "platform": metadata.platform,
        "backend": "iris",
        "max_batch_size": 0,
        "input": tensors(&metadata.inputs, config_tensor),
        "output": tensors(&metadata.outputs, config_tensor),
    })))
}

fn tensors(all: &[TensorMetadata], one: fn(&TensorMetadata) -> Value) -> Vec<Value> {
    all.iter().map(one).collect()
}

fn tensor(TensorMetadata { name, datatype, shape }: &TensorMetadata) -> Value {
    json!({ "name": name, "datatype": datatype.name(), "shape": shape })
}

fn config_tensor(TensorMetadata { name, datatype, shape }: &TensorMetadata) -> Value {
    json!({ "name": name, "data_type": datatype.config_name(), "dims": shape })
}

pub(super) async fn statistics(
    State(service): State<HttpService>,
    path: ModelPath,
) -> Result<Response, Refused> {
    path.find(&service.catalog().snapshot())?;
    all_statistics(State(service)).await
}

pub(super) async fn all_statistics(State(service): State<HttpService>) -> Result<Response, Refused> {
    let telemetry = service.telemetry().cloned();
    let telemetry = telemetry.ok_or_else(|| Failure::from(Refusal::nothing_is_recorded()))?;
    // It takes a moment under load, in which this thread has requests to answer.
    let statistics = tokio::task::spawn_blocking(move || telemetry.statistics()).await;
    let statistics = statistics.map_err(|error| {
        let reason = format!("the statistics could not be made: {error}");
        Failure::new(ErrorClass::Internal, reason)
    })?;
    Ok(json::answer(&json!({ "model_stats": statistics.iter().map(of_model).collect::<Vec<_>>() })))
}

fn of_model(model: &ModelStatistics) -> Value {
    let total = |Total { count, nanos }| json!({ "count": count, "ns": nanos });
    let success = model.success.count;
    json!({
        "name": model.name,
        "version": model.version,
        "last_inference": model.last_inference,
        "inference_count": model.rows,
        "execution_count": success,
        "inference_stats": {
            "success": total(model.success),
            "fail": total(model.failure),
            // Requests are answered where they are read; there is no queue.
            "queue": total(Total { count: success, nanos: 0 }),
            "compute_input": total(model.data_preparation),
            "compute_infer": total(model.model_inference),
            "compute_output": total(model.response_formatting),
        },
        "batch_stats": [],
    })
}
