//! The models there are. They are fixed when the server starts.

#![expect(clippy::unnecessary_wraps, reason = "the handlers of all methods have one signature")]

use iris_core::serving::Refusal;

use crate::calls::Shared;
use crate::pb::inference as pb;
use crate::status::Refused;

pub(crate) fn index(
    shared: &Shared,
    request: pb::RepositoryIndexRequest,
) -> Result<pb::RepositoryIndexResponse, Refused> {
    let served = shared.door.served();
    let (state, reason) = served.state();
    let model = pb::repository_index_response::ModelIndex {
        name: served.name().to_owned(),
        version: served.version().to_owned(),
        state: state.to_owned(),
        reason: reason.to_owned(),
    };
    let models = if request.ready && !served.is_ready() { Vec::new() } else { vec![model] };
    Ok(pb::RepositoryIndexResponse { models })
}

pub(crate) fn load(
    _shared: &Shared,
    request: pb::RepositoryModelLoadRequest,
) -> Result<pb::RepositoryModelLoadResponse, Refused> {
    Err(refused("loaded", &request.repository_name, &request.model_name))
}

pub(crate) fn unload(
    _shared: &Shared,
    request: pb::RepositoryModelUnloadRequest,
) -> Result<pb::RepositoryModelUnloadResponse, Refused> {
    Err(refused("unloaded", &request.repository_name, &request.model_name))
}

/// `KServe`'s edition of the protocol has the model where others have the repository.
fn refused(what: &str, first: &str, second: &str) -> Refused {
    let model = if second.is_empty() { first } else { second };
    Refusal::fixed_models(model, what).into()
}
