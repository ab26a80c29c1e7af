//! What is said of a model.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use iris_core::ErrorClass;
use iris_serving::Refusal;
use iris_telemetry::{ModelStatistics, Total};
use serde_json::{Value, json};

use crate::health::status_if;
use crate::model_path::{ModelPath, Refused};
use crate::{Failure, HttpService, json};

/// Its tensors.
pub(crate) async fn metadata(
    State(service): State<HttpService>,
    path: ModelPath,
) -> Result<Response, Refused> {
    Ok(service.now().metadata(&path.model, path.version.as_deref()).map_err(Failure::from)?)
}

/// The part of Triton's configuration that clients read.
pub(crate) async fn config(State(service): State<HttpService>, path: ModelPath) -> Result<Response, Refused> {
    Ok(service.now().config(&path.model, path.version.as_deref()).map_err(Failure::from)?)
}

/// Whether it takes requests.
pub(crate) async fn ready(State(service): State<HttpService>, path: ModelPath) -> Result<Response, Refused> {
    path.find(&service.catalog().snapshot())?;
    let ready = service.catalog().readiness().is_ready();
    let body = json::answer(&json!({ "name": path.model, "ready": ready }));
    Ok((status_if(ready), body).into_response())
}

/// What it was used for.
pub(crate) async fn statistics(
    State(service): State<HttpService>,
    path: ModelPath,
) -> Result<Response, Refused> {
    path.find(&service.catalog().snapshot())?;
    all_statistics(State(service)).await
}

/// What all models were used for.
pub(crate) async fn all_statistics(State(service): State<HttpService>) -> Result<Response, Refused> {
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
