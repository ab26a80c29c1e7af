//! The models there are, and those that come and go while the server runs.

use iris_serving::loading::SentFile;
use iris_serving::{self as serving, IndexEntry};
use tokio::runtime::Handle;

use crate::context::Context;
use crate::pb::inference as pb;
use crate::pb::inference::model_repository_parameter::ParameterChoice;
use crate::refusal::Refusal;

#[expect(clippy::unnecessary_wraps, reason = "the handlers of all methods have one signature")]
pub(crate) fn index(
    context: &Context,
    request: pb::RepositoryIndexRequest,
) -> Result<pb::RepositoryIndexResponse, Refusal> {
    let models = context.catalog().index(request.ready).into_iter();
    let models = models.map(|IndexEntry { name, version, state, reason }| {
        let state = state.to_owned();
        pb::repository_index_response::ModelIndex { name, version, state, reason }
    });
    Ok(pb::RepositoryIndexResponse { models: models.collect() })
}

/// Takes as long as reading the model does.
pub(crate) fn load(
    context: &Context,
    request: pb::RepositoryModelLoadRequest,
) -> Result<pb::RepositoryModelLoadResponse, Refusal> {
    let model = model(request.repository_name, request.model_name);
    let loader = context.catalog().client_loader(&model, "loaded")?;
    let files = request.parameters.into_iter().filter_map(|(name, parameter)| {
        let path = name.strip_prefix("file:")?.to_owned();
        Some(match parameter.parameter_choice {
            Some(ParameterChoice::BytesParam(bytes)) => Ok((path, bytes.into())),
            _ => Err(serving::Refusal::invalid(format!("parameter '{name}': expected bytes_param"))),
        })
    });
    let files: Vec<SentFile> = files.collect::<Result<_, _>>()?;
    Handle::current().block_on(loader.load(&model, files))?;
    Ok(pb::RepositoryModelLoadResponse {})
}

pub(crate) fn unload(
    context: &Context,
    request: pb::RepositoryModelUnloadRequest,
) -> Result<pb::RepositoryModelUnloadResponse, Refusal> {
    let model = model(request.repository_name, request.model_name);
    let loader = context.catalog().client_loader(&model, "unloaded")?;
    Handle::current().block_on(loader.unload(&model))?;
    Ok(pb::RepositoryModelUnloadResponse {})
}

/// `KServe`'s edition of the protocol has the model where others have the repository.
fn model(first: String, second: String) -> String {
    if second.is_empty() { first } else { second }
}
