//! What the server and the model say of themselves.

#![expect(clippy::unnecessary_wraps, reason = "the handlers of all methods have one signature")]

use iris_serving::{self as serving, SERVER, TensorMetadata, extensions};
use iris_telemetry::{ModelStatistics, Total};

use crate::context::Context;
use crate::pb::inference as pb;
use crate::refusal::Refusal;

pub(crate) fn server_live(
    _context: &Context,
    _request: pb::ServerLiveRequest,
) -> Result<pb::ServerLiveResponse, Refusal> {
    Ok(pb::ServerLiveResponse { live: true })
}

pub(crate) fn server_ready(
    context: &Context,
    _request: pb::ServerReadyRequest,
) -> Result<pb::ServerReadyResponse, Refusal> {
    Ok(pb::ServerReadyResponse { ready: context.catalog().readiness().is_ready() })
}

pub(crate) fn model_ready(
    context: &Context,
    request: pb::ModelReadyRequest,
) -> Result<pb::ModelReadyResponse, Refusal> {
    context.catalog().snapshot().find(&request.name, Some(&request.version))?;
    Ok(pb::ModelReadyResponse { ready: context.catalog().readiness().is_ready() })
}

pub(crate) fn server_metadata(
    context: &Context,
    _request: pb::ServerMetadataRequest,
) -> Result<pb::ServerMetadataResponse, Refusal> {
    let with_statistics = context.service.telemetry().is_some();
    Ok(pb::ServerMetadataResponse {
        name: SERVER.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        extensions: extensions(with_statistics).into_iter().map(str::to_owned).collect(),
    })
}

pub(crate) fn model_metadata(
    context: &Context,
    request: pb::ModelMetadataRequest,
) -> Result<pb::ModelMetadataResponse, Refusal> {
    let snapshot = context.catalog().snapshot();
    let metadata = snapshot.metadata(snapshot.find(&request.name, Some(&request.version))?);
    let tensor = |tensor: TensorMetadata| pb::model_metadata_response::TensorMetadata {
        name: tensor.name.to_owned(),
        datatype: tensor.datatype.name().to_owned(),
        shape: tensor.shape,
    };
    Ok(pb::ModelMetadataResponse {
        name: metadata.name.to_owned(),
        versions: metadata.versions.into_iter().map(str::to_owned).collect(),
        platform: metadata.platform.to_owned(),
        inputs: metadata.inputs.into_iter().map(tensor).collect(),
        outputs: metadata.outputs.into_iter().map(tensor).collect(),
    })
}

pub(crate) fn model_config(
    context: &Context,
    request: pb::ModelConfigRequest,
) -> Result<pb::ModelConfigResponse, Refusal> {
    let snapshot = context.catalog().snapshot();
    let metadata = snapshot.find(&request.name, Some(&request.version))?.metadata();
    let data_type = |tensor: &TensorMetadata| {
        pb::DataType::from_str_name(&tensor.datatype.config_name()).unwrap_or_default().into()
    };
    let input = |tensor: &TensorMetadata| pb::ModelInput {
        name: tensor.name.to_owned(),
        data_type: data_type(tensor),
        dims: tensor.shape.clone(),
        optional: false,
    };
    let output = |tensor: &TensorMetadata| pb::ModelOutput {
        name: tensor.name.to_owned(),
        data_type: data_type(tensor),
        dims: tensor.shape.clone(),
    };
    let config = pb::ModelConfig {
        name: metadata.name.to_owned(),
        platform: metadata.platform.to_owned(),
        max_batch_size: 0,
        input: metadata.inputs.iter().map(input).collect(),
        output: metadata.outputs.iter().map(output).collect(),
        backend: "iris".to_owned(),
        model_transaction_policy: Some(pb::ModelTransactionPolicy { decoupled: false }),
    };
    Ok(pb::ModelConfigResponse { config: Some(config) })
}

/// Takes a moment under load.
pub(crate) fn model_statistics(
    context: &Context,
    request: pb::ModelStatisticsRequest,
) -> Result<pb::ModelStatisticsResponse, Refusal> {
    let snapshot = context.catalog().snapshot();
    if !request.name.is_empty() {
        snapshot.find(&request.name, Some(&request.version))?;
    }
    let telemetry = context.service.telemetry().ok_or_else(serving::Refusal::nothing_is_recorded)?;
    Ok(pb::ModelStatisticsResponse {
        model_stats: telemetry.statistics().into_iter().map(statistics).collect(),
    })
}

fn statistics(of: ModelStatistics) -> pb::ModelStatistics {
    let total = |total: Total| Some(pb::StatisticDuration { count: total.count, ns: total.nanos });
    let inference_stats = pb::InferStatistics {
        success: total(of.success),
        fail: total(of.failure),
        // Requests are answered where they are read; there is no queue.
        queue: total(Total { count: of.success.count, nanos: 0 }),
        compute_input: total(of.data_preparation),
        compute_infer: total(of.model_inference),
        compute_output: total(of.response_formatting),
        cache_hit: total(Total::default()),
        cache_miss: total(Total::default()),
    };
    pb::ModelStatistics {
        name: of.name,
        version: of.version,
        last_inference: of.last_inference,
        inference_count: of.rows,
        execution_count: of.success.count,
        inference_stats: Some(inference_stats),
    }
}
